using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Tidemark.Core.Results;
using Tidemark.Dashboard.Api;
using Tidemark.Dashboard.Results;
using Tidemark.Functions.Closing;
using Tidemark.Functions.Ingest;
using Tidemark.Functions.Query;
using Tidemark.Sinks;
using Tidemark.Sinks.Lake;
using Tidemark.Sinks.Redis;

namespace Tidemark.Functions.Hosting;

/// <summary>Registers the services of the app.</summary>
public static class ServiceRegistration
{
    /// <summary>Adds the complete app, configured by its settings.</summary>
    /// <exception cref="InvalidOperationException">Settings are invalid; the message lists all mistakes.</exception>
    public static IServiceCollection AddTidemark(this IServiceCollection services, IConfiguration configuration)
    {
        FunctionsOptions options = SettingsBinder.Bind(configuration);
        services.AddTidemark(options);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IBroker, KafkaBroker>();
        services.AddSingleton<IDeadLetters, DeadLetterProducer>();
        services.AddSingleton(
            provider => SinksOf(options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<ResultSinks>>()));
        return services;
    }

    /// <summary>
    /// Adds the services that do not depend on the environment; the caller adds a clock, a broker, dead letters and sinks.
    /// </summary>
    public static IServiceCollection AddTidemark(this IServiceCollection services, FunctionsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        services.AddMetrics();
        services.AddLogging();
        services.AddSingleton(options);
        services.AddSingleton(options.Engine);
        services.AddSingleton<TidemarkMetrics>();
        services.AddSingleton<CursorOpener>();
        services.AddSingleton<IngestLoop>();
        services.AddSingleton<StoppedPartitions>();
        services.AddTransient<TopicReader>();
        services.AddSingleton<IdleLifter>();
        services.AddSingleton<PaneCloser>();
        services.AddSingleton<WindowPublisher>();
        services.AddSingleton<TickLoop>();
        services.AddSingleton<Arrivals>();
        services.AddSingleton<BatchFollowUp>();
        services.AddSingleton<LiveLoop>();
        services.AddSingleton<Rescue>();
        services.AddSingleton<Sweeper>();
        services.AddSingleton<TopicStatus>();
        services.AddSingleton<RecordExamples>();
        services.AddSingleton<AppStatus>();
        services.AddSingleton<IResultStore>(provider => new StoredResults(
            options.Engine.Windows, options.Sinks.FirstOrDefault(plan => plan is RedisPlan),
            options.Sinks.FirstOrDefault(plan => plan is LakePlan), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new DashboardApi(
            provider.GetRequiredService<IResultStore>(), [.. ResultColumns.All, .. ResultColumns.AddedBy(options.Engine.Input)],
            provider.GetRequiredService<AppStatus>(),
            stream: null, new ApiLimits(), provider.GetRequiredService<TimeProvider>()));
        return services;
    }

    private static ResultSinks SinksOf(FunctionsOptions options, TimeProvider time, ILogger<ResultSinks> log)
    {
        if (options.Sinks.Count == 0)
        {
            log.NoSinks(string.Join(", ", SinkRegistry.All.Select(kind => $"{kind.Name}__{kind.MainSetting}")));
        }

        // Any instance may write any window.
        SinkContext context = new(options.Engine.Windows, OthersWrite: true, time);
        return new ResultSinks([.. options.Sinks.Select(plan =>
            new NamedSink(plan.Name, new DeferredSink(stop => plan.OpenAsync(context, stop)), plan.TakesLive))], log);
    }
}

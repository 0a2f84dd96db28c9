using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Tidemark.Core.Windows;
using Tidemark.Functions.Closing;
using Tidemark.Functions.Ingest;
using Tidemark.Functions.Query;
using Tidemark.Sinks;
using Tidemark.Sinks.Lake;
using Tidemark.Sinks.Redis;

namespace Tidemark.Functions.Hosting;

/// <summary>What the app is made of.</summary>
public static class ServiceRegistration
{
    /// <summary>The instance that runs the clock compacts what all instances write, a little at a time: the clock waits for it.</summary>
    private static readonly LakeOptions InLake = new() { OthersWrite = true, MaxFilesPerPass = 256 };

    /// <summary>The whole app, by its settings.</summary>
    /// <exception cref="InvalidOperationException">Some settings are wrong: the message lists all of them.</exception>
    public static IServiceCollection AddTidemark(this IServiceCollection services, IConfiguration configuration)
    {
        FunctionsOptions options = SettingsBinder.Bind(configuration);
        services.AddTidemark(options);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IBroker, KafkaBroker>();
        services.AddSingleton<IDeadLetters, DeadLetterProducer>();
        services.AddSingleton(provider => SinksOf(options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<ResultSinks>>()));
        return services;
    }

    /// <summary>Everything that is the same wherever it runs: the caller adds a clock, a broker, dead letters and sinks.</summary>
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
        services.AddSingleton<LiveLoop>();
        services.AddSingleton<Rescue>();
        services.AddSingleton<Sweeper>();
        services.AddSingleton<TopicStatus>();
        return services;
    }

    private static ResultSinks SinksOf(FunctionsOptions options, TimeProvider time, ILogger<ResultSinks> log)
    {
        IReadOnlyList<WindowDefinition> windows = options.Engine.Windows;
        DeferredSink? redis = options.Redis is not { } server ? null : new DeferredSink(async cancellationToken =>
            await RedisSink.ConnectAsync(server, windows, time, cancellationToken).ConfigureAwait(false));
        DeferredSink? lake = options.LakeRoot is not { } root ? null : new DeferredSink(_ =>
            Task.FromResult<IResultSink>(new LakeSink(FilesOf(root, options.LakeLogin), windows, InLake, time)));
        if (redis is null && lake is null)
        {
            log.NoSinks();
        }

        return new ResultSinks(redis, lake, log);
    }

    private static LakeFiles FilesOf(string root, AzureLogin login) => AzureRoot.IsMeant(root) ? AzureLake.Open(root, login) : LocalLake.Open(root);
}

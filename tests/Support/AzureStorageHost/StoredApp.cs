using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Tidemark.Functions.Closing;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Ingest;
using Tidemark.Functions.Entities;
using Tidemark.Protocol;
using Tidemark.Sinks.Lake;

namespace Tidemark.Support.AzureStorageHost;

/// <summary>
/// One instance of the Functions app on a real task hub: its own services, entities, orchestrations, activities and functions, on the clock
/// of the machine.
/// </summary>
internal sealed class StoredApp : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly HubWorker _worker;
    private readonly IngestFunction _ingest;
    private readonly Timers _timers;

    public StoredApp(TaskHub hub, string worker, AppFolder folder, RecordedLog log, FunctionsOptions options)
    {
        (Hub, Log, Options) = (hub, log, options);
        Directory.CreateDirectory(folder.Lake);
        _services = new ServiceCollection()
            .AddTidemark(options)
            .AddSingleton(hub.Log)
            .AddSingleton(TimeProvider.System)
            .AddSingleton<IBroker>(log)
            .AddSingleton<IDeadLetters>(new LetterFile(folder.Letters(worker)))
            .AddSingleton(new ResultSinks(
            [
                new NamedSink("results", new ResultFile(folder.Results(worker)), TakesLive: true),
                new NamedSink("Lake", new LakeSink(
                    LocalLake.Open(folder.Lake), options.Engine.Windows, new LakeOptions { OthersWrite = true }, TimeProvider.System)),
            ]))
            .BuildServiceProvider();
        _ingest = ActivatorUtilities.CreateInstance<IngestFunction>(_services);
        _timers = ActivatorUtilities.CreateInstance<Timers>(_services);
        _worker = new HubWorker(hub);
        Register(ActivatorUtilities.CreateInstance<ClosingActivities>(_services));
    }

    public TaskHub Hub { get; }

    public RecordedLog Log { get; }

    public FunctionsOptions Options { get; }

    private DurableTaskClient Client => Hub.Client;

    /// <summary>Starts the worker of the hub; the caller starts the triggers.</summary>
    public async Task StartAsync()
    {
        await Hub.CreateAsync();
        await _worker.StartAsync();
    }

    /// <summary>The function that the Kafka trigger calls.</summary>
    public Task IngestAsync(KafkaRecord[] batch, CancellationToken cancellationToken) => _ingest.Run(batch, Client, cancellationToken);

    /// <summary>
    /// The timer functions and their periods: those of the app, except for sweeping, whose real period is longer than a test.
    /// </summary>
    public IReadOnlyList<(TimeSpan Every, Func<CancellationToken, Task> Run)> Ticks =>
    [
        (TimeSpan.FromSeconds(1), cancellationToken => _timers.CloseTimer(new TimerInfo(), Client, cancellationToken)),
        (TimeSpan.FromSeconds(1), cancellationToken => _timers.LiveTimer(new TimerInfo(), Client, cancellationToken)),
        (TimeSpan.FromSeconds(10), cancellationToken => _timers.RescueTimer(new TimerInfo(), Client, cancellationToken)),
        (TimeSpan.FromSeconds(5), cancellationToken => _timers.SweepTimer(new TimerInfo(), Client, cancellationToken)),
    ];

    public async ValueTask DisposeAsync()
    {
        await _worker.DisposeAsync();
        await _services.DisposeAsync();
    }

    private void Register(ClosingActivities activities)
    {
        _worker.AddEntity(nameof(ShardEntity), () => new ShardEntity(Options.Engine));
        _worker.AddEntity(nameof(PartitionEntity), () => new PartitionEntity());
        _worker.AddEntity(nameof(PaneEntity), () => new PaneEntity(Options.Engine));
        _worker.AddEntity(nameof(TopicEntity), () => new TopicEntity(Options.Engine));
        _worker.AddOrchestrator<PaneToClose>(nameof(ClosePaneOrchestration), ClosePaneOrchestration.Run);
        _worker.AddOrchestrator<PublishOrder>(nameof(PublishOrchestration), PublishOrchestration.Run);
        _worker.AddActivity<PaneToClose, PaneClosed?>(nameof(ClosingActivities.MergePane), pane => activities.MergePane(pane, Client, default));
        _worker.AddActivity<PaneClosed, object?>(nameof(ClosingActivities.ConfirmPane), async pane =>
        {
            await activities.ConfirmPane(pane, Client, default);
            return null;
        });
        _worker.AddActivity<PublishOrder, bool>(nameof(ClosingActivities.PublishWindow), order => activities.PublishWindow(order, Client, default));
        _worker.AddActivity<PublishOrder, object?>(nameof(ClosingActivities.ConfirmWindow), async order =>
        {
            await activities.ConfirmWindow(order, Client, default);
            return null;
        });
    }
}

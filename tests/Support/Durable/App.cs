using System.Diagnostics.Metrics;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tidemark.Core;
using Tidemark.Functions.Closing;
using Tidemark.Functions.Entities;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Ingest;
using Tidemark.Protocol;

namespace Tidemark.Support.Durable;

/// <summary>The Functions app on the in-memory host: its real classes, one set for each process.</summary>
internal sealed class App
{
    // Shared by all runs, since a meter is never released.
    internal static TidemarkMetrics Shared { get; } = new(new Meters());

    public App(int seed, EngineOptions engine, int partitions, Faults? faults = null, double holes = 0)
    {
        World = new World(seed, faults);
        Host = new DurableHost(World);
        Log = new KafkaLog(World, partitions, holes);
        Sinks = new SinkStore(World);
        Options = new FunctionsOptions { Brokers = "broker:9092", Topic = KafkaLog.Topic, DeadLetterTopic = "dlq", Engine = engine };
        Trigger = new KafkaTrigger(World, Log, name => new Worker(World, name), IngestAsync);
        Host.AddEntity(nameof(ShardEntity), _ => new ShardEntity(engine));
        Host.AddEntity(nameof(PartitionEntity), _ => new PartitionEntity());
        Host.AddEntity(nameof(PaneEntity), _ => new PaneEntity(engine));
        Host.AddEntity(nameof(TopicEntity), _ => new TopicEntity(engine));
        Host.AddOrchestrator<PaneToClose>(nameof(ClosePaneOrchestration), ClosePaneOrchestration.Run);
        Host.AddOrchestrator<PublishOrder>(nameof(PublishOrchestration), PublishOrchestration.Run);
        Host.AddActivity<PaneToClose, PaneClosed?>(
            nameof(ClosingActivities.MergePane), (worker, pane) => Activities(worker).MergePane(pane, Client(worker), default));
        Host.AddActivity<PaneClosed>(
            nameof(ClosingActivities.ConfirmPane), (worker, pane) => Activities(worker).ConfirmPane(pane, Client(worker), default));
        Host.AddActivity<PublishOrder, bool>(
            nameof(ClosingActivities.PublishWindow), (worker, order) => Activities(worker).PublishWindow(order, Client(worker), default));
        Host.AddActivity<PublishOrder>(
            nameof(ClosingActivities.ConfirmWindow), (worker, order) => Activities(worker).ConfirmWindow(order, Client(worker), default));
        Ticker = TickerOf("close", 1, worker => Ticks(worker).RunAsync(Client(worker), default));
        Live = TickerOf("live", 1, worker => LiveOf(worker).RunAsync(Client(worker), default));
        Rescue = TickerOf("rescue", 10, worker => RescueOf(worker).RunAsync(Client(worker), default));
        Sweep = TickerOf("sweep", 300, worker => new Sweeper(Options, worker.Time, NullLogger<Sweeper>.Instance).RunAsync(Client(worker), default));
    }

    public World World { get; }

    public DurableHost Host { get; }

    public KafkaLog Log { get; }

    public SinkStore Sinks { get; }

    public DeadLetterStore DeadLetters { get; } = new();

    public KafkaTrigger Trigger { get; }

    /// <summary>The timer that closes windows. Other timers are started only by tests about them.</summary>
    public Ticker Ticker { get; }

    public Ticker Live { get; }

    public Ticker Rescue { get; }

    public Ticker Sweep { get; }

    public FunctionsOptions Options { get; }

    public EngineOptions Engine => Options.Engine;

    /// <summary>
    /// The process in which the timers run; null for one process each. With the process of the trigger, all functions run on one instance.
    /// </summary>
    public Worker? Instance { get; set; }

    /// <summary>Called for partitions that are stopped.</summary>
    public ILogger<StoppedPartitions> StoppedLog { get; set; } = NullLogger<StoppedPartitions>.Instance;

    /// <summary>Those shared by all runs, unless a test sets others.</summary>
    public TidemarkMetrics Metrics { get; set; } = Shared;

    public Task IngestAsync(Worker worker, IReadOnlyList<LogRecord> batch) =>
        Ingest(worker).Run([.. batch.Select(ToKafka)], Host.ClientOf(worker), CancellationToken.None);

    /// <summary>Runs one batch in a process until it ends or the process dies; returns how it ended.</summary>
    public (bool Died, Exception? Failure) Invoke(Worker worker, IReadOnlyList<LogRecord> batch, TimeSpan? within = null)
    {
        bool over = false;
        Exception? failure = null;
        worker.Died += () => over = true;
        worker.Start("gets a batch", () => IngestAsync(worker, batch), ended => (over, failure) = (true, ended));
        World.RunUntil(() => over, within ?? TimeSpan.FromMinutes(30), "the batch");
        return (!worker.IsAlive, failure);
    }

    public PartitionState Cursor(int partition) => PartitionState.Decode(Host.Saved<byte[]>(Options.Names.Partition(partition)));

    public PaneShard Shard(long paneMs, int partition) => PaneShard.Decode(Host.Saved<byte[]>(Options.Names.Shard(paneMs, partition)));

    public TopicState Topic() => TopicState.Decode(Host.Saved<byte[]>(Options.Names.Topic), Engine);

    private DurableTaskClient Client(Worker worker) => Host.ClientOf(worker);

    // Each call has its own sinks, since shared sinks wait on a semaphore, whose waiters would leave the thread.
    private ResultSinks SinksOf(Worker worker) => new([new NamedSink("memory", new MemorySink(worker, Sinks), TakesLive: true)]);

    private ClosingActivities Activities(Worker worker) => new(
        new PaneCloser(Options, worker.Time),
        new WindowPublisher(Options, SinksOf(worker), worker.Time, Metrics, NullLogger<WindowPublisher>.Instance),
        Ticks(worker), Options, Metrics);

    private TickLoop Ticks(Worker worker) => new(
        Reader(worker),
        new IdleLifter(Options, worker.Time, NullLogger<IdleLifter>.Instance),
        SinksOf(worker), Options, worker.Time, Metrics, NullLogger<TickLoop>.Instance);

    private LiveLoop LiveOf(Worker worker) =>
        worker.Single(process => new LiveLoop(
            new LogBroker(process, Log), ArrivalsOf(process), Options, SinksOf(process), process.Time, Metrics, NullLogger<LiveLoop>.Instance));

    private Rescue RescueOf(Worker worker) =>
        new(Reader(worker), LoopOf(worker), new LogBroker(worker, Log), StoppedOf(worker), Options, Metrics, NullLogger<Rescue>.Instance);

    private static Arrivals ArrivalsOf(Worker worker) => worker.Single(process => new Arrivals(process.Time));

    private StoppedPartitions StoppedOf(Worker worker) => worker.Single(_ => new StoppedPartitions(StoppedLog));

    private Ticker TickerOf(string name, int seconds, Func<Worker, Task> tick) =>
        new(World, name, process => Instance ?? new Worker(World, process), tick) { Every = TimeSpan.FromSeconds(seconds) };

    private TopicReader Reader(Worker worker) => worker.Single(process =>
    {
        LogBroker broker = new(process, Log);
        return new TopicReader(broker, new CursorOpener(broker, Options, process.Time), Options, process.Time, NullLogger<TopicReader>.Instance);
    });

    private IngestFunction Ingest(Worker worker) => worker.Single(process => new IngestFunction(
        LoopOf(process),
        new BatchFollowUp(Ticks(process), ArrivalsOf(process), new LogBroker(process, Log), Options, NullLogger<BatchFollowUp>.Instance)));

    private IngestLoop LoopOf(Worker worker) => worker.Single(process =>
    {
        LogBroker broker = new(process, Log);
        CursorOpener opener = new(broker, Options, process.Time);
        return new IngestLoop(
            broker, DeadLetters.Of(process), opener, StoppedOf(process), Options, process.Time, Metrics, NullLogger<IngestLoop>.Instance);
    });

    internal static KafkaRecord ToKafka(LogRecord record) => new()
    {
        Topic = KafkaLog.Topic,
        Partition = record.Partition,
        Offset = record.Offset,
        Key = record.Key ?? [],
        Value = record.Value!,
        Timestamp = new KafkaTimestamp { UnixTimestampMs = record.TimestampMs, Type = KafkaTimestampType.CreateTime },
        Headers = [],
    };

    private sealed class Meters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
            // There is nothing to dispose of.
        }
    }
}

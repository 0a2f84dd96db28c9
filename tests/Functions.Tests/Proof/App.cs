using System.Diagnostics.Metrics;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging.Abstractions;
using Tidemark.Aggregation;
using Tidemark.Aggregation.Watermarks;
using Tidemark.Aggregation.Windows;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Ingest;
using Tidemark.Functions.Tests.Durable;
using Tidemark.Functions.Windows;

namespace Tidemark.Functions.Tests.Proof;

/// <summary>The Functions app on the in-memory host: its real classes, one set of them for each process.</summary>
internal sealed class App
{
    // The instruments of all runs are the same: a meter is never forgotten.
    private static readonly TidemarkMetrics Metrics = new(new Meters());

    public App(int seed, EngineOptions engine, int partitions, Faults? faults = null, double holes = 0)
    {
        World = new World(seed, faults);
        Host = new DurableHost(World);
        Log = new KafkaLog(World, partitions, holes);
        Sinks = new SinkStore(World);
        Options = new FunctionsOptions { Brokers = "broker:9092", Topic = KafkaLog.Topic, DeadLetterTopic = "dlq", Engine = engine };
        Trigger = new KafkaTrigger(World, Log, name => new Worker(World, name), IngestAsync);
        Host.AddEntity(nameof(WindowEntity), _ => new WindowEntity(engine));
        Host.AddEntity(nameof(PartitionEntity), _ => new PartitionEntity());
        Host.AddEntity(nameof(PaneEntity), _ => new PaneEntity(engine));
        Host.AddEntity(nameof(CloseEntity), _ => new CloseEntity(engine));
    }

    public World World { get; }

    public DurableHost Host { get; }

    public KafkaLog Log { get; }

    public SinkStore Sinks { get; }

    public DeadLetterStore DeadLetters { get; } = new();

    public KafkaTrigger Trigger { get; }

    public FunctionsOptions Options { get; }

    public EngineOptions Engine => Options.Engine;

    public Task IngestAsync(Worker worker, IReadOnlyList<LogRecord> batch) =>
        Ingest(worker).Run([.. batch.Select(ToKafka)], Host.ClientOf(worker), CancellationToken.None);

    /// <summary>Runs one batch in a process, until it has ended or the process has died; answers how it ended.</summary>
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

    public WindowShard Shard(long paneMs, int partition) => WindowShard.Decode(Host.Saved<byte[]>(Options.Names.Shard(paneMs, partition)));

    private IngestFunction Ingest(Worker worker) => worker.Single(process =>
    {
        LogBroker broker = new(process, Log);
        CursorOpener opener = new(broker, Options, process.Time);
        return new IngestFunction(new IngestLoop(
            broker, DeadLetters.Of(process), opener, Options, process.Time, Metrics, NullLogger<IngestLoop>.Instance));
    });

    private static KafkaRecord ToKafka(LogRecord record) => new()
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
            // Nothing is held.
        }
    }
}

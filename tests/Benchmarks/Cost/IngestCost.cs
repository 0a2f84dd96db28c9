using Tidemark.Functions.Entities;
using Tidemark.Support.Durable;

namespace Tidemark.Benchmarks.Cost;

/// <summary>What one batch size and one number of partitions in a batch come to, in all of a run.</summary>
internal sealed record IngestFigures(int Batch, int Partitions, long Events)
{
    public required long Applies { get; init; }

    public required long Advances { get; init; }

    public required long Reads { get; init; }

    public required long Operations { get; init; }

    public required long SignalBytes { get; init; }

    public required long SavedBytes { get; init; }

    public required long ReadBytes { get; init; }

    /// <summary>Signals and states written that Azure Storage keeps in a blob.</summary>
    public required long LargeWrites { get; init; }

    /// <summary>States read that Azure Storage keeps in a blob.</summary>
    public required long LargeReads { get; init; }

    /// <summary>The mean time that a batch took, with the simulated backend's latency.</summary>
    public required TimeSpan BatchTime { get; init; }

    public required StateSizes States { get; init; }

    public long Signals => Applies + Advances;

    public double Per1000(long count) => count * 1000.0 / Events;
}

/// <summary>
/// Bytes of states as they are stored, base64 in quotes: the mean of the shards of the fullest pane, the sum of its shards, the mean of the
/// cursors.
/// </summary>
internal sealed record StateSizes(long Shard, long Pane, long Cursor);

/// <summary>
/// The real ingest function and entities on the in-memory host, without faults: one instance that gets a full batch of the shop's events
/// every second, for the minute after a warm-up. An instance's cost does not depend on how many others there are.
/// </summary>
internal static class IngestCost
{
    private const int WarmUpBatches = 5;
    private const int Batches = 60;

    /// <param name="batch">Events in a batch.</param>
    /// <param name="partitions">Partitions of the instance, and so in a batch.</param>
    /// <param name="latency">The most that a message or a call of the backend takes; half of it on average.</param>
    public static IngestFigures Run(int batch, int partitions, TimeSpan? latency = null)
    {
        App app = new(1, ShopLoad.Engine, partitions, new Faults { Latency = latency ?? Faults.None.Latency });
        ShopLoad load = new(partitions, batch, app.World.Now);
        Worker worker = app.Host.NewWorker("ingest");
        TimeSpan busy = TimeSpan.Zero;
        for (int i = 0; i < WarmUpBatches + Batches; i++)
        {
            if (i == WarmUpBatches)
            {
                app.Host.Meter.Clear();
                busy = TimeSpan.Zero;
            }

            LogRecord[] records = [.. Enumerable.Range(0, batch).Select(_ => load.AppendTo(app.Log))];
            WaitUntil(app.World, load.NextArrivalMs);
            DateTimeOffset started = app.World.Now;
            if (app.Invoke(worker, records).Failure is { } failure)
            {
                throw new InvalidOperationException("A batch failed.", failure);
            }

            busy += app.World.Now - started;
            Forget(app.Log);
        }

        return FiguresOf(app, batch, busy / Batches);
    }

    /// <summary>Applied records are not read again: without this a run would hold all of them.</summary>
    public static void Forget(KafkaLog log)
    {
        for (int partition = 0; partition < log.Partitions; partition++)
        {
            log.Truncate(partition, log.EndOf(partition));
        }
    }

    /// <summary>The mean shard of the pane with the most bytes, and so on.</summary>
    public static StateSizes SizesOf(DurableHost host)
    {
        Entity[] shards = [.. host.Store.All.Where(entity => Is(entity, nameof(ShardEntity)))];
        IGrouping<string, Entity> fullest = shards.GroupBy(entity => entity.Id.Key.Split(':')[1]).MaxBy(pane => pane.Sum(BytesOf))!;
        Entity[] cursors = [.. host.Store.All.Where(entity => Is(entity, nameof(PartitionEntity)))];
        return new StateSizes((long)fullest.Average(BytesOf), fullest.Sum(BytesOf), (long)cursors.Average(BytesOf));
    }

    private static bool Is(Entity entity, string name) => entity.Id.Name.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static long BytesOf(Entity entity) => entity.State?.Length ?? 0;

    private static void WaitUntil(World world, long arrivalMs)
    {
        TimeSpan wait = DateTimeOffset.FromUnixTimeMilliseconds(arrivalMs) - world.Now;
        world.RunFor(wait > TimeSpan.Zero ? wait : TimeSpan.Zero);
    }

    private static IngestFigures FiguresOf(App app, int batch, TimeSpan batchTime)
    {
        HostMeter meter = app.Host.Meter;
        (long reads, long readBytes, long largeReads) = OfBatches(HostWork.Read);
        (_, long savedBytes, long largeSaves) = OfBatches(HostWork.Save);
        (_, long signalBytes, long largeSignals) = OfBatches(HostWork.Signal);

        // What a batch makes due is begun after it, and is the closing's: a look at the topic's state and then at every cursor.
        reads -= meter.Sum(HostWork.Read, "ingest", nameof(TopicEntity)).Count * app.Log.Partitions;
        return new IngestFigures(batch, app.Log.Partitions, (long)batch * Batches)
        {
            Applies = meter.Sum(HostWork.Signal, what: $"{nameof(ShardEntity)}.").Count,
            Advances = meter.Sum(HostWork.Signal, what: $"{nameof(PartitionEntity)}.").Count,
            Reads = reads,
            Operations = OfBatches(HostWork.Operation).Count,
            SignalBytes = signalBytes,
            SavedBytes = savedBytes,
            ReadBytes = readBytes,
            LargeWrites = largeSaves + largeSignals,
            LargeReads = largeReads,
            BatchTime = batchTime,
            States = SizesOf(app.Host),
        };

        (long Count, long Bytes, long Large) OfBatches(HostWork work)
        {
            string? who = work == HostWork.Read ? "ingest" : null;
            (long count, long bytes, long large) = meter.Sum(work, who, nameof(ShardEntity));
            (long cursors, long cursorBytes, long largeCursors) = meter.Sum(work, who, nameof(PartitionEntity));
            return (count + cursors, bytes + cursorBytes, large + largeCursors);
        }
    }
}

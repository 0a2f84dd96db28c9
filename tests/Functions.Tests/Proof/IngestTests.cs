using Tidemark.Support.Durable;

namespace Tidemark.Functions.Tests.Proof;

/// <summary>
/// Goal: every offset has exactly one effect, whatever happens to batches, signals and workers. Method: the engine's random streams through
/// the real ingest function and the real entities, compared with the oracle's shards, cursors and dead letters.
/// </summary>
public sealed class IngestTests
{
    [Fact]
    public void Run_RandomStreamsWithoutFaults_AppliesWhatTheOracleCounts() => ForSeeds(0, 100, Faults.None, TriggerFaults.None, signalsLost: false);

    [Fact]
    public void Run_RandomStreamsUnderAllFaults_AppliesWhatTheOracleCounts() =>
        ForSeeds(1000, 80, Faults.Many, TriggerFaults.Many with { BatchLost = 0 }, signalsLost: true);

    [Fact]
    public void Run_RandomStreamsInAnAtomicStore_AppliesWhatTheOracleCounts() =>
        ForSeeds(2000, 50, Faults.Many with { Commit = CommitModel.Atomic, EntityBatchDies = 0.1 },
            TriggerFaults.Many with { BatchLost = 0 }, signalsLost: true);

    /// <summary>The records after a lost batch show the gap, and it is read from the broker; a loss at the very end is for the timer.</summary>
    [Fact]
    public void Run_BatchLostInTheMiddle_IsReadFromTheBroker()
    {
        for (int seed = 3000; seed < 3050; seed++)
        {
            Stream stream = Stream.Next(seed);
            App app = new(seed, stream.Engine, stream.Partitions, Faults.None, holes: 0.1);
            List<LogRecord> records = Append(app, stream);
            foreach (IGrouping<int, LogRecord> partition in records.GroupBy(record => record.Partition))
            {
                LogRecord[] all = [.. partition];
                app.Invoke(app.Host.NewWorker("ingest"), all[^1..]);
            }

            Expect.Applied(app, records, stream.Oracle());
        }
    }

    internal static List<LogRecord> Append(App app, Stream stream)
    {
        List<LogRecord> records = [];
        foreach ((int partition, byte[] line) in stream.Records)
        {
            records.Add(app.Log.Append(partition, line, stream.Options.ArrivalMs));
        }

        return records;
    }

    private static void ForSeeds(int first, int count, Faults faults, TriggerFaults trigger, bool signalsLost)
    {
        for (int seed = first; seed < first + (count * Seeds.Factor); seed++)
        {
            Stream stream = Stream.Next(seed);
            App app = new(seed, stream.Engine, stream.Partitions, faults, holes: 0.05);
            List<LogRecord> records = Append(app, stream);
            app.Trigger.Faults = trigger;
            app.Trigger.MaxBatch = 1 + app.World.Random.Next(60);
            app.Trigger.Start(1 + app.World.Random.Next(3));
            app.World.RunUntil(() => app.Trigger.HasCommittedAll, TimeSpan.FromHours(12), "all committed");
            app.World.RunFor(signalsLost ? TimeSpan.FromMinutes(20) : TimeSpan.FromSeconds(5));
            Expect.Applied(app, records, stream.Oracle());
            Assert.Empty(app.Host.Entities.Thrown);
            Assert.All(app.Trigger.FailedBatches.Keys, failure => Assert.StartsWith("TimeoutException", failure, StringComparison.Ordinal));
        }
    }
}

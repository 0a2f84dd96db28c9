using System.Text;
using Tidemark.Core;
using Tidemark.Support.Durable;

namespace Tidemark.Functions.Tests.Proof;

/// <summary>
/// Goal: nothing is lost and nothing doubled when a worker dies at any await of the ingest loop. Method: the same scenario once for
/// each await, with the crash before the await's effect and after it, and other batch boundaries for the worker that continues.
/// </summary>
public sealed class CrashTests
{
    // Streams of several panes, of one partition and of many, with late, rejected and blank records.
    public static TheoryData<int> Streams => [3, 7, 12, 18, 25, 40, 66];

    [Theory]
    [MemberData(nameof(Streams))]
    public void Run_CrashAtEachAwait_NothingIsLostOrDoubled(int seed)
    {
        int awaits = Reference(seed, Faults.None);
        Assert.InRange(awaits, 8, 2_000);
        int crashes = 0;
        for (int k = 1; k <= awaits; k += 1 + (awaits / 150))
        {
            crashes += Crash(seed, k, afterEffect: false, Faults.None) ? 1 : 0;
            crashes += Crash(seed, k, afterEffect: true, Faults.None) ? 1 : 0;
        }

        Assert.InRange(crashes, 16, 2 * awaits);
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void Run_CrashAtEachAwaitAndSignalsThatMisbehave_NothingIsLostOrDoubled(int seed)
    {
        Faults faults = Faults.Many with { SignalLost = 0.1, SignalDelayed = 0.2, SignalDuplicated = 0.2, EntityBatchDies = 0.1 };
        int awaits = Reference(seed, faults);
        for (int k = 1; k <= awaits; k += 1 + (awaits / 40))
        {
            Crash(seed, k, afterEffect: k % 2 == 0, faults);
        }
    }

    /// <summary>Two workers, or three, have the same records in different batches at the same time.</summary>
    [Fact]
    public void Run_SameRecordsAtTheSameTime_AreAppliedOnce()
    {
        for (int seed = 4000; seed < 4060; seed++)
        {
            Stream stream = Stream.Next(seed);
            App app = new(seed, stream.Engine, stream.Partitions, seed % 2 == 0 ? Faults.None : Faults.Many);
            List<LogRecord> records = IngestTests.Append(app, stream);
            int running = 0;
            for (int i = 0; i < 3; i++)
            {
                running++;
                Worker worker = app.Host.NewWorker("ingest");
                Queue<LogRecord[]> batches = new(Batching.Cut(app.World.Random, records));
                Next();

                void Next()
                {
                    if (batches.TryDequeue(out LogRecord[]? batch))
                    {
                        worker.Start("gets a batch", () => app.IngestAsync(worker, batch), _ => Next());
                    }
                    else
                    {
                        running--;
                    }
                }
            }

            app.World.RunUntil(() => running == 0, TimeSpan.FromHours(12), "three workers");
            app.World.RunFor(TimeSpan.FromMinutes(20));
            Batching.Deliver(app, records);
            Expect.Applied(app, records, stream.Oracle());
        }
    }

    /// <summary>
    /// A worker dies when rows 1 to 10 are in their shard and the cursor is not moved; the next one has 1 to 20. It need not wait to see
    /// that its signal was refused.
    /// </summary>
    [Fact]
    public void Run_ShardHoldsAPartAlready_TheRestIsSentAtOnce()
    {
        App app = new(1, new EngineOptions(), 1);
        long nowMs = app.World.Now.ToUnixTimeMilliseconds();
        byte[] line = Encoding.UTF8.GetBytes($$"""{"timestamp":{{nowMs}},"event_type":"click"}""");
        LogRecord[] records = [.. Enumerable.Range(0, 21).Select(_ => app.Log.Append(0, line, nowMs))];
        app.Invoke(app.Host.NewWorker("ingest"), records[..1]);
        Worker dying = app.Host.NewWorker("ingest");
        dying.CrashAt = (3, false);
        Assert.True(app.Invoke(dying, records[1..11]).Died);
        app.World.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(1, app.Cursor(0).Next);
        Assert.Equal(11, app.Shard(nowMs, 0).Next);

        app.Host.Meter.Clear();
        DateTimeOffset begin = app.World.Now;
        Assert.Null(app.Invoke(app.Host.NewWorker("ingest"), records[1..]).Failure);
        Assert.InRange(app.World.Now - begin, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.Equal(3, app.Host.Meter.Sum(HostWork.Signal).Count);
        Assert.Equal(21, app.Cursor(0).Counted);
    }

    [Fact]
    public void Run_ZombieReplaysOldBatches_HasNoEffect()
    {
        for (int seed = 5000; seed < 5060; seed++)
        {
            Stream stream = Stream.Next(seed);
            App app = new(seed, stream.Engine, stream.Partitions);
            List<LogRecord> records = IngestTests.Append(app, stream);
            Batching.Deliver(app, records);

            // What the batches made due is closed by then.
            app.World.RunFor(TimeSpan.FromMinutes(1));
            string before = States(app);
            foreach (LogRecord[] batch in Batching.Cut(app.World.Random, records).Where(_ => app.World.Chance(0.5)))
            {
                (bool died, Exception? failure) = app.Invoke(app.Host.NewWorker("zombie"), batch);
                Assert.False(died);
                Assert.Null(failure);
            }

            app.World.RunFor(TimeSpan.FromMinutes(1));
            Assert.Equal(before, States(app));
            Expect.Applied(app, records, stream.Oracle());
        }
    }

    /// <summary>Every state that is saved, as text.</summary>
    private static string States(App app) => string.Join('\n', app.Host.Store.All.Select(entity => $"{entity.Id} {entity.State}"));

    private static int Reference(int seed, Faults faults)
    {
        (App app, List<LogRecord> records, Stream stream) = Scenario(seed, faults);
        Worker worker = app.Host.NewWorker("ingest");
        Assert.False(app.Invoke(worker, First(records)).Died);
        Batching.Deliver(app, records);
        app.World.RunFor(TimeSpan.FromMinutes(10));
        Expect.Applied(app, records, stream.Oracle());
        return worker.Awaits;
    }

    private static bool Crash(int seed, int k, bool afterEffect, Faults faults)
    {
        (App app, List<LogRecord> records, Stream stream) = Scenario(seed, faults);
        Worker worker = app.Host.NewWorker("ingest");
        worker.CrashAt = (k, afterEffect);
        bool died = app.Invoke(worker, First(records)).Died;

        // Other boundaries than before; what the dead worker had sent arrives meanwhile.
        app.World.Random.Next();
        Batching.Deliver(app, records);
        app.World.RunFor(TimeSpan.FromMinutes(10));
        Expect.Applied(app, records, stream.Oracle());
        return died;
    }

    private static (App App, List<LogRecord> Records, Stream Stream) Scenario(int seed, Faults faults)
    {
        Stream stream = Stream.Next(seed);
        App app = new(seed, stream.Engine, stream.Partitions, faults, holes: 0.1);
        return (app, IngestTests.Append(app, stream), stream);
    }

    private static LogRecord[] First(List<LogRecord> records) => [.. records.Take(Math.Max(1, records.Count * 2 / 3))];
}

using Tidemark.Support.Durable;

namespace Tidemark.Functions.Tests.Host;

public sealed class KafkaTests
{
    [Fact]
    public void Trigger_AllFaults_DeliversEveryRecordInOrderAtLeastOnce()
    {
        long deaths = 0;
        long zombies = 0;
        long repeated = 0;
        for (int seed = 0; seed < 30; seed++)
        {
            World world = new(seed);
            KafkaLog log = Filled(world, partitions: 1 + (seed % 30), records: 300);
            Dictionary<int, List<long>> seen = [];
            KafkaTrigger trigger = new(world, log, name => new Worker(world, name), async (worker, batch) =>
            {
                await worker.CallAsync("processes", () => { });
                foreach (LogRecord record in batch)
                {
                    seen.TryAdd(record.Partition, []);
                    seen[record.Partition].Add(record.Offset);
                }

                if (world.Chance(0.1))
                {
                    throw new InvalidOperationException("fails");
                }

                await worker.CallAsync("is done", () => { });
            })
            {
                MaxBatch = 12,
                Faults = TriggerFaults.Many with { BatchLost = 0 },
            };
            trigger.Start(1 + (seed % 3));
            world.RunUntil(() => trigger.HasCommittedAll, TimeSpan.FromHours(3), "all committed");
            for (int p = 0; p < log.Partitions; p++)
            {
                Assert.Equal(log.RecordsOf(p).Select(record => record.Offset), seen.GetValueOrDefault(p, []).Distinct().Order());
                repeated += seen.GetValueOrDefault(p, []).Count - log.RecordsOf(p).Count;
            }

            deaths += trigger.Deaths;
            zombies += trigger.Zombies;
        }

        Assert.True(deaths > 10 && zombies > 10 && repeated > 100, $"{deaths} deaths, {zombies} zombies, {repeated} repeated");
    }

    [Fact]
    public void Trigger_BatchLost_IsCommittedButNeverDelivered()
    {
        World world = new(1);
        KafkaLog log = Filled(world, 3, 300);
        int delivered = 0;
        KafkaTrigger trigger = new(world, log, name => new Worker(world, name), (_, batch) =>
        {
            delivered += batch.Count;
            return Task.CompletedTask;
        })
        {
            Faults = TriggerFaults.None with { BatchLost = 0.2 },
        };
        trigger.Start(1);
        world.RunUntil(() => trigger.HasCommittedAll, TimeSpan.FromHours(1), "all committed");
        Assert.InRange(delivered, 1, 299);
        Assert.True(trigger.LostBatches > 0);
    }

    [Fact]
    public void Read_LogWithHoles_GivesWhatLiesInTheRange()
    {
        World world = new(1);
        KafkaLog log = new(world, 1);
        log.Append(0, [1], 0);
        log.Skip(0, 3);
        log.Append(0, [2], 0);
        log.Skip(0, 2);
        Assert.Equal([0L, 4L], log.Read(0, 0, 10).Select(record => record.Offset));
        Assert.Equal([4L], log.Read(0, 1, 4).Select(record => record.Offset));
        Assert.Empty(log.Read(0, 1, 3));
        Assert.Equal(7, log.EndOf(0));
        Assert.True(log.HasRecordFrom(0, 4));
        Assert.False(log.HasRecordFrom(0, 5));
        log.Truncate(0, 3);
        Assert.Equal(3L, log.StartOf(0));
        Assert.Single(log.RecordsOf(0));
        log.Recreate();
        Assert.Equal("topic-2", log.TopicId);
        Assert.Equal(0L, log.EndOf(0));
    }

    [Fact]
    public void Ticker_AllFaults_MissesTicksAndDoublesOthers()
    {
        World world = new(1, Faults.Many);
        Ticker ticker = new(world, "close", name => new Worker(world, name), worker => worker.CallAsync("ticks", () => { }));
        ticker.Start();
        world.RunFor(TimeSpan.FromMinutes(10));
        Assert.InRange(ticker.Ticks, 500, 700);
        Assert.Contains("misses a tick", world.Trace.Tail(200), StringComparison.Ordinal);
    }

    private static KafkaLog Filled(World world, int partitions, int records)
    {
        KafkaLog log = new(world, partitions, holes: 0.1);
        for (int i = 0; i < records; i++)
        {
            log.Append(world.Random.Next(partitions), [(byte)i], world.Now.ToUnixTimeMilliseconds());
        }

        return log;
    }
}

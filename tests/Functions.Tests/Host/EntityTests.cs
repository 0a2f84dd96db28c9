using Microsoft.DurableTask;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;
using Tidemark.Support.Durable;

namespace Tidemark.Functions.Tests.Host;

public sealed class EntityTests
{
    [Fact]
    public void SignalEntityAsync_NoFaults_IsAppliedOnceAndSaved()
    {
        Sample sample = new(1);
        sample.Run((_, client) => client.Entities.SignalEntityAsync(Sample.Id("a"), "Add", 5L));
        sample.World.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(5, sample.Next("a"));
    }

    [Fact]
    public void SignalEntityAsync_OperationThrows_IsRolledBackAndConsumed()
    {
        Sample sample = new(1);
        sample.Run(async (_, client) =>
        {
            await client.Entities.SignalEntityAsync(Sample.Id("a"), "Break", 5L);
            await client.Entities.SignalEntityAsync(Sample.Id("a"), "Add", 1L);
        });
        sample.World.RunFor(TimeSpan.FromHours(1));
        Assert.Equal(1, sample.Next("a"));
        Assert.Single(sample.Host.Entities.Thrown);
    }

    [Fact]
    public void SignalEntity_OfAnEntity_ArrivesOnce()
    {
        Sample sample = new(1, Faults.None with { SignalLost = 0 });
        sample.Run((_, client) => client.Entities.SignalEntityAsync(Sample.Id("a"), "Forward", "b"));
        sample.World.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(1, sample.Next("b"));
    }

    [Fact]
    public void SignalEntityAsync_LostDoubledAndDelayed_ShowsInAPlainCounter()
    {
        Assert.Equal(0, Plain(Faults.None with { SignalLost = 1 }));
        Assert.Equal(20, Plain(Faults.None with { SignalDuplicated = 1 }));
        Assert.Equal(10, Plain(Faults.None with { SignalDelayed = 1 }));
        Assert.InRange(Plain(Faults.None with { EntityBatchDies = 0.5, Commit = CommitModel.Atomic }), 0, 9);
        Assert.Contains(Enumerable.Range(0, 30), seed => Plain(Faults.None with { EntityBatchDies = 0.5 }, seed) > 10);

        static long Plain(Faults faults, int seed = 1)
        {
            Sample sample = new(seed, faults);
            sample.Run(async (worker, client) =>
            {
                for (int i = 0; i < 10; i++)
                {
                    await client.Entities.SignalEntityAsync(Sample.Id("a"), "Add", 1L);
                    await Task.Delay(TimeSpan.FromSeconds(1), worker.Time);
                }
            });
            sample.World.RunFor(TimeSpan.FromHours(1));
            return sample.Next("a");
        }
    }

    [Theory]
    [InlineData(CommitModel.Atomic)]
    [InlineData(CommitModel.OutboundFirst)]
    internal void SignalEntityAsync_CompareAndSetConfirmedAndResent_IsExactUnderAllFaults(CommitModel commit)
    {
        for (int seed = 0; seed < 40; seed++)
        {
            Sample sample = new(seed, Faults.Many with { Commit = commit, SignalLost = 0.2, EntityBatchDies = 0.2 });
            sample.Run(async (worker, client) =>
            {
                for (long number = 0; number < 10; number++)
                {
                    await Sample.ApplyAsync(worker, client, "a", number);
                }
            });
            sample.World.RunFor(TimeSpan.FromHours(1));
            Assert.Equal(Enumerable.Range(0, 10).Select(n => (long)n), sample.Host.Saved<CounterState>(Sample.Id("a"))!.Seen);
        }
    }

    [Fact]
    public void GetEntityAsync_StaleReads_GoBackInTimeButNotFar()
    {
        Sample sample = new(3, Faults.None with { StaleRead = 0.5, Staleness = TimeSpan.FromSeconds(2) });
        List<long> read = [];
        sample.Run(async (worker, client) =>
        {
            for (int i = 0; i < 100; i++)
            {
                await client.Entities.SignalEntityAsync(Sample.Id("a"), "Add", 1L);
                await Task.Delay(TimeSpan.FromMilliseconds(500), worker.Time);
                read.Add((await client.Entities.GetEntityAsync<CounterState>(Sample.Id("a")))?.State.Next ?? 0);
            }
        });
        Assert.Contains(read.Zip(read.Skip(1)), pair => pair.Second < pair.First);
        Assert.All(read.Select((next, i) => i + 1 - next), behind => Assert.InRange(behind, 0, 5));
    }

    [Fact]
    public void GetEntityAsync_StoreFails_ThrowsNowAndThen()
    {
        Sample sample = new(1, Faults.None with { ReadFails = 0.3 });
        int failed = 0;
        sample.Run(async (_, client) =>
        {
            for (int i = 0; i < 100; i++)
            {
                try
                {
                    await client.Entities.GetEntityAsync<CounterState>(Sample.Id("a"));
                }
                catch (StoreException)
                {
                    failed++;
                }
            }
        });
        Assert.InRange(failed, 10, 60);
    }

    [Fact]
    public void SignalEntityAsync_DispatcherBacksOff_TakesTenSecondsAPieceFiveTimes()
    {
        Sample sample = new(1, Faults.None with { DispatcherBacksOff = 1 });
        sample.Run((_, client) => client.Entities.SignalEntityAsync(Sample.Id("a"), "Add", 1L));
        DateTimeOffset sent = sample.World.Now;
        sample.World.RunUntil(() => sample.Next("a") == 1, TimeSpan.FromMinutes(1), "the first signal");
        Assert.InRange(sample.World.Now - sent, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(11));
        sample.World.Faults = Faults.None;
        for (int i = 2; i <= 6; i++)
        {
            sample.Run((_, client) => client.Entities.SignalEntityAsync(Sample.Id($"b{i}"), "Add", 1L));
        }

        sample.World.RunUntil(() => sample.Next("b6") == 1, TimeSpan.FromMinutes(2), "the last signal");
        Assert.InRange(sample.World.Now - sent, TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(52));
    }

    [Fact]
    public void CallEntityAsync_BatchIsAppliedAndComesAgain_CountsOnceAndAnswersOnce()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            Sample sample = new(seed, Faults.None with { EntityBatchDies = 0.3 });
            sample.Host.AddOrchestrator<int, long>("Parent", async (context, _) =>
            {
                long answer = 0;
                for (int i = 0; i < 5; i++)
                {
                    try
                    {
                        answer = await context.Entities.CallEntityAsync<long>(Sample.Id("a"), "Count");
                    }
                    catch (EntityOperationFailedException)
                    {
                        // The worker died with it unapplied.
                    }
                }

                return answer;
            });
            sample.Run((_, client) => client.ScheduleNewOrchestrationInstanceAsync("Parent", 0, new StartOrchestrationOptions("id")));
            sample.World.RunFor(TimeSpan.FromHours(1));
            Assert.InRange(sample.Next("a"), 0, 5);
            Assert.NotNull(sample.Host.Orchestrations.Find("id")!.Output);
        }
    }

    [Fact]
    public void SignalEntityAsync_DeletedAndMadeAgainInOneBatch_IsSavedAsDeletedAndNew()
    {
        int together = 0;
        for (int seed = 0; seed < 60; seed++)
        {
            Sample sample = new(seed);
            sample.Run((_, client) => client.Entities.SignalEntityAsync(Sample.Id("a"), "Add", 5L));
            sample.World.RunUntil(() => sample.Next("a") == 5, TimeSpan.FromMinutes(1), "the first signal");
            List<(DateTimeOffset At, bool WasThere, long Next)> saves = [];
            sample.Host.Store.Saved = (_, before) => saves.Add((sample.World.Now, before is not null, sample.Next("a")));
            sample.Run(async (_, client) =>
            {
                await client.Entities.SignalEntityAsync(Sample.Id("a"), "delete");
                await client.Entities.SignalEntityAsync(Sample.Id("a"), "Add", 1L);
            });
            sample.World.RunFor(TimeSpan.FromMinutes(1));

            Assert.DoesNotContain(saves, save => save.WasThere && save.Next == 1);
            together += saves is [{ Next: 0 }, { Next: 1 }] && saves[0].At == saves[1].At ? 1 : 0;
        }

        Assert.True(together > 0, "the two were never in one batch");
    }

    [Fact]
    public void GetAllEntitiesAsync_ManyEntities_PagesThroughThoseOfThePrefix()
    {
        Sample sample = new(1);
        List<string> found = [];
        sample.Run(async (_, client) =>
        {
            for (int i = 0; i < 25; i++)
            {
                await client.Entities.SignalEntityAsync(Sample.Id($"x{i:D2}"), "Add", 1L);
            }

            await client.Entities.SignalEntityAsync(Sample.Id("y"), "Add", 1L);
            await client.Entities.SignalEntityAsync(Sample.Id("x03"), "delete");
        });
        sample.World.RunFor(TimeSpan.FromSeconds(1));
        sample.Run(async (_, client) =>
        {
            await foreach (EntityMetadata entity in client.Entities.GetAllEntitiesAsync(
                new EntityQuery { InstanceIdStartsWith = "@counter@x", PageSize = 7 }))
            {
                found.Add(entity.Id.Key);
            }

            Assert.Equal(0, (await client.Entities.CleanEntityStorageAsync()).EmptyEntitiesRemoved);
        });
        sample.World.RunFor(TimeSpan.FromMinutes(31)); // messages may come out of order for half an hour
        sample.Run(async (_, client) => Assert.Equal(1, (await client.Entities.CleanEntityStorageAsync()).EmptyEntitiesRemoved));
        Assert.Equal(Enumerable.Range(0, 25).Where(i => i != 3).Select(i => $"x{i:D2}"), found);
    }
}

using Tidemark.Support.Durable;

namespace Tidemark.Functions.Tests.Host;

public sealed class WorldTests
{
    [Fact]
    public void Run_SameSeed_IsTheSameRunStepByStep()
    {
        Assert.Equal(Run(5), Run(5));
        Assert.NotEqual(Run(5), Run(6));

        static (ulong, long, DateTimeOffset) Run(int seed)
        {
            Sample sample = new(seed, Faults.Many);
            sample.Run(async (worker, client) =>
            {
                for (long number = 0; number < 5; number++)
                {
                    await Task.WhenAll(Sample.ApplyAsync(worker, client, "a", number), Sample.ApplyAsync(worker, client, "b", number));
                }
            });
            return (sample.World.Trace.Hash, sample.World.Steps, sample.World.Now);
        }
    }

    [Fact]
    public void Kill_AtEachAwait_NothingOfTheProcessRunsAfterIt()
    {
        // How many awaits there are, and then a run for each of them, the call before or after its effect.
        int awaits = new Sample(1).Run((worker, client) => Sample.ApplyAsync(worker, client, "a", 0)).Awaits;
        Assert.InRange(awaits, 3, 10);
        foreach (bool afterEffect in new[] { false, true })
        {
            for (int k = 1; k <= awaits; k++)
            {
                Sample sample = new(1);
                bool finished = false;
                Worker dead = sample.Run(
                    async (worker, client) =>
                    {
                        await Sample.ApplyAsync(worker, client, "a", 0);
                        finished = true;
                    },
                    worker => worker.CrashAt = (k, afterEffect));
                sample.World.RunFor(TimeSpan.FromMinutes(1));
                Assert.False(dead.IsAlive);
                Assert.False(finished);
                Assert.Equal(k, dead.Awaits);
                Assert.Equal(k > 1 || afterEffect ? 1 : 0, sample.Next("a"));
            }
        }
    }

    [Fact]
    public void Delay_OfSkewedClock_TakesItsTimeAndShowsTheSkew()
    {
        Sample sample = new(1);
        DateTimeOffset begun = sample.World.Now;
        DateTimeOffset seen = default;
        sample.Run(
            async (worker, _) =>
            {
                await Task.Delay(TimeSpan.FromMinutes(3), worker.Time);
                seen = worker.Time.GetUtcNow();
            },
            worker => worker.Skew = TimeSpan.FromHours(1));
        Assert.Equal(TimeSpan.FromMinutes(3), sample.World.Now - begun);
        Assert.Equal(TimeSpan.FromMinutes(63), seen - begun);
    }

    [Fact]
    public void RunUntil_NotInTime_FailsWithTheSeedAndTheTrace()
    {
        Sample sample = new(77);
        sample.Run((_, client) => client.Entities.SignalEntityAsync(Sample.Id("a"), "Add", 1L));
        SimulationException failure =
            Assert.Throws<SimulationException>(() => sample.World.RunUntil(() => false, TimeSpan.FromMinutes(1), "the impossible"));
        Assert.Contains("seed 77", failure.Message, StringComparison.Ordinal);
        Assert.Contains("signals @counter@a Add", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RequireOwnThread_CodeThatLeavesTheThread_FailsTheRun()
    {
        Sample sample = new(1);
        Task? elsewhere = null;
        sample.Run((_, client) =>
        {
            elsewhere = Task.Run(() => client.Entities.GetEntityAsync(Sample.Id("a")));
            return Task.CompletedTask;
        });
        Assert.Throws<InvalidOperationException>(() => elsewhere!.GetAwaiter().GetResult());
        SimulationException failure = Assert.Throws<SimulationException>(() => sample.World.RunFor(TimeSpan.FromSeconds(1)));
        Assert.Contains("not deterministic", failure.Message, StringComparison.Ordinal);
    }
}

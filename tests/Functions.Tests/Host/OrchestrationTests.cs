using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Tidemark.Support.Durable;

namespace Tidemark.Functions.Tests.Host;

public sealed class OrchestrationTests
{
    private static readonly TaskOptions Retry = TaskOptions.FromRetryPolicy(new RetryPolicy(8, TimeSpan.FromSeconds(1), 2));

    [Fact]
    public void Run_ActivitiesTimersChildrenAndEntities_GivesTheSameResultUnderAllFaults()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            Faults faults = seed == 0 ? Faults.None : Faults.Many with { EntityBatchDies = 0,
                ActivityRunsTwice = 0.3, EpisodeDies = 0.2, Commit = (CommitModel)(seed % 2) };
            Sample sample = new(seed, faults);
            sample.Host.AddOrchestrator<int, int>("Child", async (context, value) => await context.CallActivityAsync<int>("Double", value, Retry));
            sample.Host.AddOrchestrator<int, long>("Parent", async (context, value) =>
            {
                Task<int> a = context.CallActivityAsync<int>("Double", value, Retry);
                Task<int> b = context.CallSubOrchestratorAsync<int>("Child", value + 1);
                await Task.WhenAll(a, b);
                await context.CreateTimer(TimeSpan.FromMinutes(1), CancellationToken.None);
                await context.Entities.SignalEntityAsync(Sample.Id("a"), "Apply", 0L);
                long counted = await context.Entities.CallEntityAsync<long>(Sample.Id("a"), "Get");
                return a.Result + b.Result + (counted * 1000);
            });
            Assert.Equal(1000 + 10 + 12, Result<long>(sample, "Parent", 5));
            Assert.Empty(sample.Host.Orchestrations.Failures);
        }
    }

    [Fact]
    public void CallActivityAsync_FailsFiveTimes_IsRetriedByThePolicy()
    {
        Sample sample = new(1);
        sample.Host.Activities.FailNext("Double", 5);
        sample.Host.AddOrchestrator<int, int>("Parent", (context, value) => context.CallActivityAsync<int>("Double", value, Retry));
        DateTimeOffset begun = sample.World.Now;
        Assert.Equal(14, Result<int>(sample, "Parent", 7));
        Assert.Equal(6, sample.Host.Activities.Runs);
        Assert.InRange(sample.World.Now - begun, TimeSpan.FromSeconds(31), TimeSpan.FromSeconds(34));
    }

    [Fact]
    public void CallActivityAsync_FailsMoreOftenThanThePolicyAllows_FailsTheOrchestration()
    {
        Sample sample = new(1);
        sample.Host.Activities.FailNext("Double", 8);
        sample.Host.AddOrchestrator<int, int>("Parent", (context, value) => context.CallActivityAsync<int>("Double", value, Retry));
        Start(sample, "Parent", 7);
        Assert.Equal(OrchestrationRuntimeStatus.Failed, sample.Host.Orchestrations.Find("id")!.Status);
        Assert.Single(sample.Host.Orchestrations.Failures);
    }

    [Fact]
    public void CallActivityAsync_TimesOutAfterSuccess_RunsAgain()
    {
        Sample sample = new(1, Faults.None with { ActivityFailsAfterSuccess = 1 });
        sample.Host.AddOrchestrator<int, int>("Parent", (context, value) => context.CallActivityAsync<int>("Double", value, Retry));
        Start(sample, "Parent", 7);
        Assert.Equal(8, sample.Doubled);
    }

    [Fact]
    public void Run_OrchestratorThatAsksForAnotherThingInItsReplay_IsFoundNotDeterministic()
    {
        int runs = 0;
        Sample sample = new(1);
        sample.Host.AddOrchestrator<int, int>("Parent", async (context, value) =>
        {
            if (runs++ > 0)
            {
                await context.CreateTimer(TimeSpan.FromMinutes(1), CancellationToken.None);
            }

            return await context.CallActivityAsync<int>("Double", value);
        });
        SimulationException failure = Assert.Throws<SimulationException>(() => Start(sample, "Parent", 7));
        Assert.Contains("is not deterministic", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_OrchestratorThatAwaitsSomethingElse_IsFound()
    {
        Sample sample = new(1);
        sample.Host.AddOrchestrator<int, int>("Parent", async (_, value) =>
        {
            await new TaskCompletionSource().Task;
            return value;
        });
        SimulationException failure = Assert.Throws<SimulationException>(() => Start(sample, "Parent", 7));
        Assert.Contains("its context did not give it", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ScheduleNew_IdInUse_IsRefusedUntilTheInstanceIsOver()
    {
        Sample sample = new(1, Faults.None with { StartOfRunningThrows = 1 });
        sample.Host.AddOrchestrator<int, int>("Parent", async (context, value) =>
        {
            await context.CreateTimer(TimeSpan.FromMinutes(1), CancellationToken.None);
            return value;
        });
        sample.Run(async (worker, client) =>
        {
            StartOrchestrationOptions id = new("id");
            await client.ScheduleNewOrchestrationInstanceAsync("Parent", 1, id);
            await Assert.ThrowsAsync<InvalidOperationException>(() => client.ScheduleNewOrchestrationInstanceAsync("Parent", 2, id));
            Assert.Equal(1, (await client.WaitForInstanceCompletionAsync("id", true)).ReadOutputAs<int>());
            await client.ScheduleNewOrchestrationInstanceAsync("Parent", 3, id);
            Assert.Equal(3, (await client.WaitForInstanceCompletionAsync("id", true)).ReadOutputAs<int>());
            Assert.Equal(1, (await client.PurgeInstanceAsync("id")).PurgedInstanceCount);
            Assert.Null(await client.GetInstanceAsync("id"));
        });
    }

    [Fact]
    public void ContinueAsNew_WithEvents_GoesOnWithTheNewInput()
    {
        Sample sample = new(1);
        sample.Host.AddOrchestrator<int, int>("Parent", async (context, value) =>
        {
            if (value < 3)
            {
                await context.WaitForExternalEvent<string>("go");
                context.ContinueAsNew(value + 1);
            }

            return value;
        }, mayWaitForEvents: true);
        sample.Run(async (worker, client) =>
        {
            await client.ScheduleNewOrchestrationInstanceAsync("Parent", 0, new StartOrchestrationOptions("id"));
            for (int i = 0; i < 3; i++)
            {
                await client.RaiseEventAsync("id", "go", "x");
            }

            Assert.Equal(3, (await client.WaitForInstanceCompletionAsync("id", true)).ReadOutputAs<int>());
        });
    }

    private static void Start(Sample sample, string name, int input) => sample.Run(async (_, client) =>
    {
        await client.ScheduleNewOrchestrationInstanceAsync(name, input, new StartOrchestrationOptions("id"));
        await client.WaitForInstanceCompletionAsync("id");
    });

    private static T Result<T>(Sample sample, string name, int input)
    {
        Start(sample, name, input);
        return System.Text.Json.JsonSerializer.Deserialize<T>(sample.Host.Orchestrations.Find("id")!.Output!)!;
    }
}

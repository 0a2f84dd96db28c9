using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Functions.Closing;
using Tidemark.Protocol;
using Tidemark.Support.Durable;
using Xunit.Abstractions;

namespace Tidemark.Functions.Tests.Proof;

/// <summary>What depends on the clock: idle partitions, new ones, rescue, outages, sweeps, and how fresh live results are.</summary>
public sealed class ClockTests(ITestOutputHelper output)
{
    private static readonly EngineOptions Hasty = new() { AllowedLateness = TimeSpan.FromMinutes(1) };

    [Fact]
    public void Close_EventsOfNow_AreWrittenSecondsAfterTheirMinute()
    {
        Shop shop = new(1, 2);
        DateTimeOffset begin = shop.World.Now;
        shop.Run(TimeSpan.FromSeconds(75), 0, 1);
        WindowResult minute = shop.Last("1min", begin)!;
        Assert.Equal(240, minute.TotalEvents);
        Assert.Equal(Phase.OnTime, minute.Phase);
    }

    /// <summary>
    /// <code>
    /// p0  ======================================>   goes on
    /// p1  ====                          x y         falls silent, is lifted; then an old event and a new one
    /// </code>
    /// </summary>
    [Fact]
    public void Lift_PartitionFallsSilent_TheOthersGoOnAndItsOldEventsAreLate()
    {
        Shop shop = new(2, 2, Hasty);
        DateTimeOffset begin = shop.World.Now;
        shop.Run(TimeSpan.FromMinutes(1), 0, 1);
        shop.Run(TimeSpan.FromMinutes(6), 0);
        Assert.True(shop.App.Topic().FinalMs >= begin.AddMinutes(2).ToUnixTimeMilliseconds(), "the silent partition holds finality back");
        Assert.True(shop.App.Cursor(1).WatermarkMs > begin.AddMinutes(2).ToUnixTimeMilliseconds(), "it was not lifted");

        string before = ResultText.Full(shop.Last("1min", begin)!);
        shop.Click(1, at: begin.AddSeconds(30));
        shop.Click(1, 5);
        shop.Run(TimeSpan.FromMinutes(4), 0);
        PartitionState cursor = shop.App.Cursor(1);
        Assert.Equal(125, cursor.Counted);
        Assert.Equal(1, cursor.CountOf(RecordOutcome.Late));
        Assert.Equal("late", Assert.Single(Assert.Single(shop.App.DeadLetters.Letters).Value).Reason.Name());
        Assert.Equal(before, ResultText.Full(shop.Last("1min", begin)!));
    }

    [Fact]
    public void Open_PartitionAddedLater_CountsFromItsBirthOn()
    {
        Shop shop = new(3, 1, Hasty);
        DateTimeOffset begin = shop.World.Now;
        shop.Run(TimeSpan.FromMinutes(5), 0);
        Assert.True(shop.App.Topic().FinalMs >= begin.AddMinutes(2).ToUnixTimeMilliseconds());
        shop.App.Log.AddPartition();
        shop.Click(1, 3, begin.AddSeconds(30));
        shop.Run(TimeSpan.FromMinutes(4), 0, 1);
        PartitionState cursor = shop.App.Cursor(1);
        Assert.Equal(3, cursor.CountOf(RecordOutcome.Late));
        Assert.Equal(cursor.Next, cursor.Counted + 3);
        Assert.Equal(240, shop.Last("1min", begin.AddMinutes(6))!.TotalEvents);
        Assert.Equal(120, shop.Last("1min", begin)!.TotalEvents);
    }

    /// <summary>The last window is due 4 minutes after the last arrival, whatever partitions are added meanwhile.</summary>
    [Fact]
    public void Open_EmptyPartitionAddedInSilence_DoesNotDelayTheLastWindow()
    {
        Shop shop = new(9, 1, Hasty with { MaxOutOfOrderness = TimeSpan.FromMinutes(3) });
        DateTimeOffset begin = shop.World.Now;
        shop.Click(0, 5);
        shop.World.RunFor(TimeSpan.FromMinutes(2));
        shop.App.Log.AddPartition();
        shop.World.RunFor(TimeSpan.FromSeconds(118));
        Assert.True(shop.App.Cursor(1).IsOpen);
        Assert.Null(shop.Last("1min", begin));
        shop.World.RunFor(TimeSpan.FromSeconds(7));
        Assert.Equal(5, shop.Last("1min", begin)?.TotalEvents);
    }

    [Fact]
    public void Open_PartitionAddedInSilenceThatHoldsRecords_HoldsTheWatermarkBackUntilTheyAreRead()
    {
        Shop shop = new(10, 1, Hasty with { MaxOutOfOrderness = TimeSpan.FromMinutes(3) });
        DateTimeOffset begin = shop.World.Now;
        shop.Click(0, 5);
        shop.World.RunFor(TimeSpan.FromMinutes(2));
        shop.App.Trigger.Stop();
        shop.App.Log.AddPartition();
        shop.Click(1, 3, begin.AddSeconds(30));
        shop.World.RunFor(TimeSpan.FromMinutes(10));
        Assert.Null(shop.Last("1min", begin));
        shop.App.Rescue.Start();
        shop.World.RunFor(TimeSpan.FromMinutes(6));
        Assert.Equal(8, shop.Last("1min", begin)?.TotalEvents);
    }

    [Fact]
    public void Rescue_BatchLostAtTheEnd_IsAppliedByTheTimer()
    {
        Shop shop = new(4, 2);
        shop.Run(TimeSpan.FromSeconds(20), 0, 1);
        shop.App.Rescue.Start();
        shop.App.Trigger.Faults = TriggerFaults.None with { BatchLost = 1 };
        shop.Click(0, 7);
        shop.World.RunFor(TimeSpan.FromMinutes(4));
        Assert.True(shop.App.Trigger.LostBatches > 0);
        Assert.Equal(47, shop.App.Cursor(0).Counted);
        Assert.Equal(47, shop.App.Cursor(0).Next);
    }

    [Fact]
    public void Close_NoTicksForAnHour_WhatIsDueIsWrittenInOrder()
    {
        Shop shop = new(5, 3);
        shop.App.Ticker.Stop();
        shop.Run(TimeSpan.FromHours(1), 0, 1, 2);
        shop.App.Ticker.Start();
        shop.World.RunUntil(() => shop.App.Sinks.Last.Values.Count(result => result.Window == "1min") >= 59, TimeSpan.FromMinutes(5), "the backlog");
        foreach (IGrouping<string, WindowResult> family in shop.App.Sinks.Published.GroupBy(result => result.Window))
        {
            WindowResult[] written = [.. family];
            Assert.All(written, result => Assert.Equal(Phase.OnTime, result.Phase));

            // So many are written at a time: none is overtaken by more than that.
            for (int i = shop.App.Options.MaxConcurrentWindows; i < written.Length; i++)
            {
                Assert.True(written[i].EndMs > written[i - shop.App.Options.MaxConcurrentWindows].EndMs, $"{family.Key} number {i}");
            }
        }
    }

    [Theory]
    [InlineData(nameof(ClosingActivities.MergePane))]
    [InlineData(nameof(ClosingActivities.ConfirmPane))]
    [InlineData(nameof(ClosingActivities.PublishWindow))]
    [InlineData(nameof(ClosingActivities.ConfirmWindow))]
    public void Close_ActivityFailsFiveTimes_EndsWithTheSameResults(string activity) =>
        RequireSameAsCalm(shop => shop.App.Host.Activities.FailNext(activity, 5), Faults.None);

    [Fact]
    public void Close_SinkTimesOutAfterItSucceeded_EndsWithTheSameResults() =>
        RequireSameAsCalm(shop => (shop.App.Sinks.FailsBefore, shop.App.Sinks.FailsAfter) = (0.2, 0.4), Faults.None);

    [Fact]
    public void Close_TicksDoubledMissingAndLate_EndsWithTheSameResults() =>
        RequireSameAsCalm(_ => { }, Faults.None with { TickMissing = 0.4, TickDoubled = 0.4, TickLate = 0.4 });

    /// <summary>
    /// All writes fail for an hour: nothing is lost, nothing piles up but panes, and a window has one orchestration however often it is
    /// tried.
    /// </summary>
    [Fact]
    public void Close_SinkAwayForAnHour_NoWindowIsLostAndNothingGrowsWithTheAttempts()
    {
        Shop shop = new(11, 2, Hasty);
        DateTimeOffset begin = shop.World.Now;
        shop.App.Sweep.Start();
        Minutes(10);
        shop.App.Sinks.FailsBefore = 1;
        Minutes(60);
        int written = shop.App.Sinks.Last.Count;
        Assert.InRange(shop.App.Topic().Panes.Count, 60, 75);
        Assert.InRange(shop.App.Topic().Encode().Length, 1, 2000);

        // The windows that are tried, 16 at a time, and the panes of the last hour.
        Assert.InRange(shop.App.Host.Orchestrations.All.Count(instance => instance.Name == nameof(PublishOrchestration)
            && instance.Created > begin.AddMinutes(12)), 1, 40);
        Assert.Empty(shop.App.Ticker.Failures);

        shop.App.Sinks.FailsBefore = 0;
        Minutes(10);
        WindowResult[] minutes = [.. shop.App.Sinks.Last.Values.Where(result => result.Window == "1min").OrderBy(result => result.StartMs)];
        Assert.True(shop.App.Sinks.Last.Count > written + 100);
        Assert.Equal(Enumerable.Range(0, 79).Select(minute => begin.AddMinutes(minute).ToUnixTimeMilliseconds()), minutes.Take(79).Select(
            result => result.StartMs));
        Assert.All(minutes.Take(79), minute => Assert.Equal(24, minute.TotalEvents));

        void Minutes(int minutes)
        {
            for (int second = 0; second < minutes * 60; second += 5)
            {
                shop.Click(0);
                shop.Click(1);
                shop.World.RunFor(TimeSpan.FromSeconds(5));
            }
        }
    }

    [Fact]
    public void LivePanes_WindowOfMorePanesThanAreKept_HasNoRoomAndOthersHave()
    {
        HashSet<long> needed = [];
        Assert.True(LivePanes.TryNeed(needed, [.. Enumerable.Range(0, LivePanes.MaxPanes - 1).Select(pane => (long)pane)]));
        Assert.False(LivePanes.TryNeed(needed, [5, 10_000, 10_001]));
        Assert.True(LivePanes.TryNeed(needed, [5, 10_000]));
        Assert.Equal(LivePanes.MaxPanes, needed.Count);
    }

    [Fact]
    public void LivePanes_PaneIsClosed_ItsShardsAreForgottenAndItsRowsStay()
    {
        Shop shop = new(12, 3);
        long paneMs = shop.World.Now.ToUnixTimeMilliseconds();
        LivePanes panes = new(shop.App.Engine);
        shop.Run(TimeSpan.FromSeconds(40), 0, 1, 2);
        shop.World.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal(240, Look());
        Assert.Equal(3, panes.Shards);
        shop.Run(TimeSpan.FromSeconds(40), 0, 1, 2);
        Assert.Equal(324, Look());
        Assert.Equal(0, panes.Shards);

        long Look()
        {
            LivePane? pane = null;
            Worker worker = shop.App.Host.NewWorker("looks");
            Functions.Entities.TopicEntities entities = new(shop.App.Host.ClientOf(worker).Entities, shop.App.Options.Names, shop.App.Engine);
            PartitionView[] marked =
                [.. Enumerable.Range(0, 3).Select(partition => new PartitionView(partition, shop.App.Cursor(partition), HasMore: false))];
            worker.Start(
                "looks at a pane",
                async () => pane = await panes.GetAsync(
                    entities, paneMs, shop.App.Topic().Panes.GetValueOrDefault(paneMs), marked, CancellationToken.None),
                _ => { });
            shop.World.RunFor(TimeSpan.FromSeconds(1));
            return pane!.Rows.TotalEvents;
        }
    }

    [Fact]
    public void Sweep_EverythingFinal_LeavesTheCursorsAndTheTopic()
    {
        Shop shop = new(6, 2, Hasty with { Windows = [Hasty.Windows[0]] });
        shop.App.Sweep.Start();
        shop.Run(TimeSpan.FromMinutes(2), 0, 1);
        Assert.NotEmpty(shop.App.Host.Orchestrations.All);
        shop.World.RunFor(TimeSpan.FromMinutes(70));
        Assert.Empty(shop.App.Host.Orchestrations.All);
        Assert.Equal(
            ["partitionentity", "partitionentity", "topicentity"],
            shop.App.Host.Store.All.Where(entity => entity.State is not null).Select(entity => entity.Id.Name));
    }

    /// <summary>From the confirmation of a batch to its numbers in the live result, in virtual time, with calls of up to 40 ms each way.</summary>
    [Fact]
    public void Live_BatchConfirmed_IsInTheLiveResultWithinSeconds()
    {
        Shop shop = new(7, 4);
        List<(DateTimeOffset At, long Total)> confirmed = [];
        List<double> delays = [];
        shop.App.Sinks.OnLive = result =>
        {
            while (result.Window == "1min" && confirmed.Count > 0 && confirmed[0].Total <= result.TotalEvents)
            {
                delays.Add((shop.World.Now - confirmed[0].At).TotalSeconds);
                confirmed.RemoveAt(0);
            }
        };
        shop.App.Live.Start();
        for (int i = 1; i <= 300; i++)
        {
            shop.Click(i % 4, 5, at: new DateTimeOffset(2026, 11, 22, 6, 0, 30, TimeSpan.Zero));
            shop.World.RunUntil(() => shop.App.Trigger.HasCommittedAll, TimeSpan.FromSeconds(30), "a batch");
            confirmed.Add((shop.World.Now, i * 5));
            shop.World.RunFor(TimeSpan.FromMilliseconds(shop.World.Random.Next(400)));
        }

        shop.World.RunFor(TimeSpan.FromSeconds(5));
        delays.Sort();
        output.WriteLine($"{delays.Count} batches: median {delays[delays.Count / 2]:0.00} s, "
            + $"99 % {delays[delays.Count * 99 / 100]:0.00} s, most {delays[^1]:0.00} s");
        Assert.Equal(300, delays.Count);
        Assert.True(delays[^1] < 3, $"{delays[^1]} s");
    }

    /// <summary>Ten minutes of a shop, calm and with something going wrong: the last word on each window is the same.</summary>
    private static void RequireSameAsCalm(Action<Shop> disturb, Faults faults)
    {
        Shop calm = Day(_ => { }, Faults.None);
        Shop disturbed = Day(disturb, faults);
        Assert.Equal(Text(calm), Text(disturbed));

        static Shop Day(Action<Shop> disturb, Faults faults)
        {
            Shop shop = new(8, 2, faults: faults);
            disturb(shop);
            for (int second = 0; second < 300; second++)
            {
                // The times are those of a calm run, whenever they come.
                DateTimeOffset at = new DateTimeOffset(2026, 11, 22, 6, 0, 0, TimeSpan.Zero).AddSeconds(second);
                shop.Click(second % 2, 2, at);
                shop.World.RunFor(TimeSpan.FromSeconds(1));
            }

            shop.World.RunFor(TimeSpan.FromMinutes(90));
            return shop;
        }

        static string[] Text(Shop shop) =>
            [.. shop.App.Sinks.Last.Values.OrderBy(result => result.EndMs).ThenBy(result => result.Window)
                .Select(result => $"{result.Window} {result.StartMs} {ResultText.Full(result)}")];
    }
}

using Tidemark.Core;
using Tidemark.Support.States;

namespace Tidemark.Protocol.Tests;

public class PlanTests
{
    // W = 1:20 - 0:10 - 1 ms = 1:09.999: the pane [0, 1) is passed, [1, 2) is not.
    [Fact]
    public void TickPlan_PassedPane_IsClosedOnce()
    {
        PartitionState cursor = Given.Applied(0.5, 1.0 + (20.0 / 60));
        TopicState state = Given.Topic(0);
        TickPlan plan = TickPlan.Of(state, Given.View(1.4, cursor), Given.Options);
        Assert.Equal(Given.Hour, plan.Panes[0].PaneMs);
        Assert.Equal(1L, plan.Panes[0].Revision);
        Assert.Equal(Given.Vector((0, 1)), plan.Panes[0].Marks);
        Assert.Equal([Given.Hour, Given.Minute(1)], plan.DirtyPanes);
        Assert.Single(plan.Panes);
        state.Closed(Given.Hour, 1, Given.Vector((0, 1)));
        plan = TickPlan.Of(state, Given.View(1.4, cursor), Given.Options);
        Assert.Empty(plan.Panes);
        WindowToPublish window = Assert.Single(plan.Windows, due => due.Family == "1min");
        Assert.Equal(Given.Hour, window.Interval.StartMs);
        Assert.Equal(Given.Minute(1), window.Interval.EndMs);
        Assert.Equal(1L, window.Revision);
    }

    [Fact]
    public void TickPlan_RowsInClosedPane_CorrectedThoughWatermarkFell()
    {
        TopicState state = Given.Topic(0, 1);
        state.Closed(Given.Hour, 1, Given.Vector((0, 1)));
        state.Published("1min", Given.Minute(1), 1, Given.Minute(2));
        TopicView topic = new([new PartitionView(0, Given.Applied(0.5, 2), true), new PartitionView(1, Given.Applied(0.2), true)], Given.Minute(2));
        TickPlan plan = TickPlan.Of(state, topic, Given.Options);
        Assert.True(plan.WatermarkMs < Given.Minute(1));
        Assert.Equal(Given.Hour, plan.Panes[0].PaneMs);
        Assert.Equal(2L, plan.Panes[0].Revision);
        Assert.Empty(plan.Windows);
        state.Closed(Given.Hour, 2, Given.Vector((0, 1), (1, 1)));
        Assert.Equal(["1min"], TickPlan.Of(state, topic, Given.Options).Windows.Where(due => due.Interval.EndMs == Given.Minute(1)).Select(
            due => due.Family));
    }

    // W = 2:30 - 0:10 - 1 ms, and the sliding window [-1, 4) was written without the pane [2, 3), which was never closed.
    [Fact]
    public void TickPlan_RowsInPaneOfWrittenWindow_CorrectedThoughWatermarkFell()
    {
        TopicState state = Given.Topic(0, 1);
        state.Closed(Given.Hour, 1, Given.Vector((0, 1)));
        state.Closed(Given.Minute(3), 1, Given.Vector((0, 2)));
        state.Published("5min", Given.Minute(4), 2, Given.Minute(4));
        TopicView topic =
            new([new PartitionView(0, Given.Applied(0.5, 3.5, 6), true), new PartitionView(1, Given.Applied(2.5), true)], Given.Minute(7));
        TickPlan plan = TickPlan.Of(state, topic, Given.Options);
        Assert.True(plan.WatermarkMs < Given.Minute(3) - 1);
        Assert.Equal([Given.Minute(2)], plan.Panes.Select(pane => pane.PaneMs));
        state.Closed(Given.Minute(2), 1, Given.Vector((1, 1)));
        WindowToPublish correction = Assert.Single(TickPlan.Of(state, topic, Given.Options).Windows, due => due.Interval.EndMs == Given.Minute(4));
        Assert.Equal("5min", correction.Family);
        Assert.Equal(3L, correction.Revision);
    }

    [Fact]
    public void TickPlan_SnapshotOlderThanWhatACursorForgot_DoesNothing()
    {
        PartitionState cursor = Given.Applied(0.5, 1.5, 9);
        cursor.Prune(Given.Minute(1));
        cursor = PartitionState.Decode(cursor.Encode());
        Assert.Equal(Given.Minute(1), cursor.PrunedMs);
        TickPlan plan = TickPlan.Of(Given.Topic(0), Given.View(9.1, cursor), Given.Options);
        Assert.Equal(EventTime.None, plan.WatermarkMs);
        Assert.Empty(plan.Panes);
        Assert.Empty(plan.DirtyPanes);
        Assert.Null(FinalityPlan.Of(Given.Topic(0), Given.View(9.1, cursor), plan, Given.Options).FinalMs);
        TopicState state = Given.Topic(0);
        state.Closed(Given.Hour, 1, Given.Vector((0, 1)));
        state.Final(Given.Minute(1), [0]);
        Assert.Equal(Given.Minute(1), TickPlan.Of(state, Given.View(9.1, cursor), Given.Options).Panes[0].PaneMs);
    }

    // Rows in [0, 1) and [3, 4); the event at 12:00 is late in a partition that was lifted to 20:00.
    [Fact]
    public void TickPlan_WindowsWithoutEvents_EndAtTheLastCountedRow()
    {
        EngineOptions options = Given.Options with { EmitEmptyWindows = true };
        PartitionState lifted = Given.Open(watermark: Given.Minute(20));
        lifted.Advance(
            new SliceReader(options).Read(lifted, new[] { Given.Event(0, 12) }, 0, new Dictionary<long, long>()).Advance(Given.Minute(12)));
        Assert.Equal(Given.Minute(12), lifted.MaxEventTimeMs);
        Assert.Equal(0L, lifted.Counted);
        TopicState state = Given.Topic(0, 1);
        state.Closed(Given.Hour, 1, Given.Vector((0, 1)));
        state.Published("1min", Given.Minute(1), 1, Given.Minute(4));
        EmptyToPublish empty = Assert.Single(
            TickPlan.Of(state, Given.View(30, Given.Applied(0.5, 3.5), lifted), options).Empty, entry => entry.Family == "1min");
        Assert.Equal([Given.Minute(2), Given.Minute(3)], empty.EndsMs);
    }

    [Fact]
    public void TickPlan_Backlog_InOrderOfEnd()
    {
        TopicState state = Given.Topic(0);
        double[] minutes = [.. Enumerable.Range(0, 120).Select(i => i + 0.5)];
        foreach (int minute in Enumerable.Range(0, 118))
        {
            state.Closed(Given.Minute(minute), 1, Given.Vector((0, minute + 1)));
        }

        TickPlan plan = TickPlan.Of(state, Given.View(121, Given.Applied(minutes)), Given.Options);
        long[] ends = [.. plan.Windows.Select(due => due.Interval.EndMs)];
        Assert.Equal(ends.Order(), ends);
        Assert.Equal(118, plan.Windows.Count(due => due.Family == "1min"));
        Assert.Equal(60, Assert.Single(plan.Windows, due => due.Family == "1hour").Revision);
    }

    [Fact]
    public void TickPlan_PartitionWithoutCursorOrEvents_HoldsEverythingBack()
    {
        TickPlan plan = TickPlan.Of(Given.Topic(0, 1), Given.View(0.9, Given.Applied(0.5, 9), Given.Open()), Given.Options);
        Assert.Equal(EventTime.None, plan.WatermarkMs);
        Assert.Empty(plan.Panes);
    }

    // All idle: W = 0:30 + (now - arrival at 0:30) - 0:10.
    [Fact]
    public void TickPlan_AllIdle_WatermarkFollowsTheClock()
    {
        TickPlan plan = TickPlan.Of(Given.Topic(0), Given.View(2, Given.Applied(0.5)), Given.Options);
        Assert.Equal(Given.Minute(2) - 10_000, plan.WatermarkMs);
        Assert.Single(plan.Panes);
    }

    // p0 arrived at 0:30, p1 was opened at 1:50 and is empty: it is no arrival, but neither idle before 2:50.
    [Fact]
    public void TickPlan_EmptyPartitionOpenedInSilence_HoldsBackUntilItIsIdleAndIsNoArrival()
    {
        PartitionState opened = new();
        opened.Open(0, EventTime.None, Given.Minute(1 + (50.0 / 60)));
        Assert.Equal(EventTime.None, TickPlan.Of(Given.Topic(0, 1), Given.View(2, Given.Applied(0.5), opened), Given.Options).WatermarkMs);
        Assert.Equal(Given.Minute(3) - 10_000, TickPlan.Of(Given.Topic(0, 1), Given.View(3, Given.Applied(0.5), opened), Given.Options).WatermarkMs);
        TopicView unread = new([new PartitionView(0, Given.Applied(0.5), false), new PartitionView(1, opened, HasMore: true)], Given.Minute(9));
        Assert.Equal(EventTime.None, TickPlan.Of(Given.Topic(0, 1), unread, Given.Options).WatermarkMs);
    }

    [Fact]
    public void FinalityPlan_AllPartitionsPassed_FinalUpToFirstDirtyPane()
    {
        TopicState state = Given.Topic(0);
        state.Closed(Given.Hour, 1, Given.Vector((0, 1)));
        FinalityPlan plan = Finality(state, Given.View(9.1, Given.Applied(0.5, 1.5, 9)));
        Assert.Equal(Given.Minute(1), plan.FinalMs);
        Assert.Equal([0], plan.PartitionsSeen);
    }

    [Fact]
    public void FinalityPlan_IdlePartitionBehind_IsLiftedWithItsMarkedPanes()
    {
        TopicState state = Given.Topic(0, 1);
        state.Closed(Given.Hour, 1, Given.Vector((0, 1), (1, 1)));
        TopicView topic =
            new([new PartitionView(0, Given.Applied(0.5, 7), true), new PartitionView(1, Given.Applied(0.5), false)], Given.Minute(7.5));
        FinalityPlan plan = Finality(state, topic);
        Assert.Null(plan.FinalMs);
        PartitionToLift lift = Assert.Single(plan.Lifts);
        Assert.Equal(1, lift.Partition);
        Assert.Equal(1L, lift.Next);
        Assert.Equal(Given.Minute(6) - 1, lift.WatermarkMs);
        Assert.Equal([Given.Hour], lift.MarkedPanes);
    }

    [Fact]
    public void FinalityPlan_PartitionNotOpened_NothingFinal()
    {
        TopicState state = Given.Topic(0);
        state.Closed(Given.Hour, 1, Given.Vector((0, 1)));
        FinalityPlan plan = Finality(state, Given.View(20, Given.Applied(0.5, 9), new PartitionState()));
        Assert.Null(plan.FinalMs);
        Assert.Empty(plan.Lifts);
    }

    private static FinalityPlan Finality(TopicState state, TopicView topic) =>
        FinalityPlan.Of(state, topic, TickPlan.Of(state, topic, Given.Options), Given.Options);
}

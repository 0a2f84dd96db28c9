using Tidemark.Core;
using Tidemark.Protocol;
using Tidemark.Support.Oracle;

namespace Tidemark.Simulation.Invariants;

/// <summary>
/// 2. The applied records of a partition are an exact prefix of its log: when the cursor passes a row, the row is durably in its shard.
/// Cursors, watermarks and revisions never go back, and none is behind what is final.
/// </summary>
internal sealed class ExactPrefix(Facts facts, Violations violations) : Invariant(facts, violations)
{
    public override string Name => "exact-prefix";

    public override void CursorSaved(int partition, PartitionState before, PartitionState after)
    {
        Replay replay = Facts.ReplayOf(partition);
        Require(after.IsOpen, $"the cursor of p{partition} is gone");
        Require(after.Next >= before.Next, $"the cursor of p{partition} went back from {before.Next} to {after.Next}");
        Require(after.WatermarkMs >= before.WatermarkMs, $"the watermark of p{partition} went back from {before.WatermarkMs} to {after.WatermarkMs}");
        Require(!before.IsOpen || after.Start == before.Start, $"the start of p{partition} moved from {before.Start} to {after.Start}");
        Require(before.IsOpen || after.Start <= Facts.LogStart(partition), $"p{partition} begins at {after.Start}, beyond the start of its log");
        Require(
            after.WatermarkMs == replay.WatermarkMs && after.MaxEventTimeMs == replay.MaxEventTimeMs,
            $"p{partition} at {after.Next}: watermark {after.WatermarkMs}, greatest time {after.MaxEventTimeMs}; "
                + $"the log says {replay.WatermarkMs} and {replay.MaxEventTimeMs}");
        RequireNotBehindFinal(partition, after);
        if (after.Next > before.Next)
        {
            RequireRowsAreIn(partition, before, after);
        }
    }

    public override void TopicSaved(TopicState before, TopicState after)
    {
        Require(after.FinalMs >= before.FinalMs, $"final went back from {before.FinalMs} to {after.FinalMs}");
        Require(after.PublishedWatermarkMs >= before.PublishedWatermarkMs,
            $"the published watermark went back from {before.PublishedWatermarkMs} to {after.PublishedWatermarkMs}");
        foreach ((long paneMs, PaneProgress pane) in before.Panes)
        {
            Require(
                !after.Panes.TryGetValue(paneMs, out PaneProgress? now) || now.Revision >= pane.Revision,
                $"pane {paneMs} went back from revision {pane.Revision}");
        }

        if (after.FinalMs > before.FinalMs)
        {
            foreach (int partition in after.Partitions)
            {
                if (Facts.Cursors.GetValueOrDefault(partition) is { IsOpen: true } cursor)
                {
                    RequireNotBehindFinal(partition, cursor);
                }
            }
        }
    }

    public override void PaneSaved(long paneMs, PaneState? before, PaneState? after) =>
        Require(after is null || before is null || after.Revision > before.Revision,
            $"pane {paneMs} went from revision {before?.Revision} to {after?.Revision}");

    private void RequireNotBehindFinal(int partition, PartitionState cursor)
    {
        long finalMs = Facts.Topic.FinalMs;
        Require(
            finalMs == EventTime.None || cursor.WatermarkMs >= OracleGrid.MinuteEnd(finalMs - 1) - 1 + Facts.Options.AllowedLatenessMs,
            $"panes up to {finalMs} are final, and the watermark of p{partition} is {cursor.WatermarkMs}: it could still count a row there");
    }

    private void RequireRowsAreIn(int partition, PartitionState before, PartitionState after)
    {
        Replay replay = Facts.ReplayOf(partition);
        foreach (IGrouping<long, Outcome> pane in replay.Outcomes.Where(outcome => outcome.IsCounted
            && outcome.Record.Offset >= before.Next).GroupBy(outcome => outcome.PaneMs))
        {
            long mark = pane.Last().Record.Offset + 1;
            Require(after.Marks.GetValueOrDefault(pane.Key) == mark,
                $"p{partition} at {after.Next}: the mark of pane {pane.Key} is {after.Marks.GetValueOrDefault(pane.Key)}, not {mark}");
            long next = Facts.Shards.GetValueOrDefault((pane.Key, partition))?.Next ?? 0;
            Require(next >= mark, $"the cursor of p{partition} passed row {mark - 1} of pane {pane.Key}, and its shard is at {next}");
        }
    }
}

using Tidemark.Functions.Closing;
using Tidemark.Functions.Ingest;
using Tidemark.Protocol;
using Tidemark.Sinks.Lake;
using Tidemark.Sinks.Redis;

namespace Tidemark.Simulation.Mutations;

/// <summary>The mutations of the protocol, as edits of the source, in the order of docs/SIMULATION.md.</summary>
internal static class ProtocolMutations
{
    /// <summary>All mutations.</summary>
    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("cursor without compare-and-set", "all", 50, 1,
            new Replace(typeof(PartitionState), nameof(PartitionState.Advance), "step.From != Next", "step.From > Next"),
            new Replace(typeof(PartitionState), nameof(PartitionState.Advance),
                "step.WatermarkSeenMs != WatermarkMs", "step.WatermarkSeenMs > WatermarkMs"),
            new Drop(typeof(PartitionState), "IsSound", "step.WatermarkMs < WatermarkMs")),
        new("shard without compare-and-set", "all", 50, 1,
            new Drop(typeof(PaneShard), nameof(PaneShard.Apply), "from < Next")),
        new("cursor advanced first", "all", 50, 1,
            new Before(typeof(IngestLoop), "StepAsync", nameof(ShardWriter.ApplyAsync),
                "await AdvanceAsync(entities, partition, slice.Advance(time.GetUtcNow().ToUnixTimeMilliseconds()), "
                    + "budget, cancellationToken).ConfigureAwait(false);")),
        new("no confirmation of shards", "all", 50, 1,
            new Replace(typeof(ShardStep), nameof(ShardStep.ReadAsync),
                "_seen is { } seen && (seen.Next > pane.LastRow || seen.IsClosed) ? seen : null", "_seen ?? new PaneShard()"),
            new Replace(typeof(ShardWriter), nameof(ShardWriter.ApplyAsync), "decided.Next > pane.LastRow ? null : decided.Next", "null")),
        new("no confirmation of the cursor", "all", 50, 1,
            new Replace(typeof(IngestLoop), "AdvanceAsync",
                "read.Next == on.step.From && read.WatermarkMs == on.step.WatermarkSeenMs ? null : read", "read"),
            new Replace(typeof(IngestLoop), nameof(IngestLoop.ApplyAsync),
                "after = await StepAsync(entities, partition, cursor, range, budget, cancellationToken).ConfigureAwait(false);",
                "{ await StepAsync(entities, partition, cursor, range, budget, cancellationToken).ConfigureAwait(false); return null; }")),
        new("an answer believed before it is committed", "all", 150, 3,
            new Before(typeof(PaneCloser), "PutAsync", "SendAsync",
                """
                await entities.PutAsync(pane.PaneMs, revision, cancellationToken).ConfigureAwait(false);
                if (revision.Revision == pane.Revision)
                {
                    return new PaneClosed(pane.PaneMs, revision.Revision, revision.Vector);
                }
                """)),
        new("panes merged without waiting for their marks", "all", 200, 25,
            new Drop(typeof(PaneCloser), "ReadShardAsync", "shard.Next >= mark"),
            new Replace(typeof(PaneCloser), nameof(PaneCloser.MergeAsync), "shard.Next", "Math.Max(shard.Next, some[i].Value)")),
        new("a revision of panes from mixed reads", "sink", 150, 5,
            new Replace(typeof(WindowPublisher), "ReadAsync", "pane is not null && wanted.IsOf(pane) ? pane : null", "pane")),
        new("a pane put over a newer revision", "sink", 200, 13,
            new Drop(typeof(PaneState), nameof(PaneState.Put), "revision != Revision + 1"),
            new Drop(typeof(PaneState), nameof(PaneState.Put), "!vector.IsAfter(Vector)")),
        new("windows written with dirty panes", "all", 50, 2,
            new Drop(typeof(TickPlan), "WindowsDue", "dirty.GetViewBetween(window.Interval.StartMs, window.Interval.EndMs - 1).Count == 0")),
        new("lake files replaced whatever they hold by now", "lake", 200, 13,
            new Replace(typeof(LakeTable<>), nameof(LakeTable<LakeRow>.WriteHeldAsync), "tag",
                "(await files.ReadAsync(file, cancellationToken).ConfigureAwait(false))?.Tag")),
        new("Redis without final_before", "sink", 600, 76,
            new ReplaceInText(typeof(RedisScripts), nameof(RedisScripts.Publish), "if at_or_before(KEYS[3], window, ending) then return 0 end", "")),
        new("final_before ahead of publications", "all", 50, 1,
            new Replace(typeof(TopicState), "MoveFinalBefore",
                "family.PublishedByEnd.GetValueOrDefault(window.Interval.EndMs) < window.Revision", "window.Revision < 0")),
        new("gaps in a batch ignored", "all", 50, 4,
            new Replace(typeof(LogStep), "FillAsync",
                "ReadAsync(partition, next, at, gapEnd, maxRecords - records.Count, cancellationToken)",
                "Task.FromResult(new LogRange(default, gapEnd))")),
        new("idleness by offsets", "all", 100, 2,
            new Drop(typeof(TopicReader), "HasMoreAsync",
                "await broker.HasRecordAsync(partition, cursor.Next, cancellationToken).ConfigureAwait(false)"),
            new Drop(typeof(RestWatch), nameof(RestWatch.TryBeginAsync), "await MayHoldRecordAsync(view, cancellationToken).ConfigureAwait(false)")),
        new("idle though lagging", "skip", 50, 2,
            new Replace(typeof(PartitionView), nameof(PartitionView.IsIdle), "HasMore", "false")),
        new("no rescue", "skip", 50, 3,
            new Replace(typeof(Rescue), "IsToBeRead", "view.HasMore", "false")),
        new("a rest that does not end", "all", 50, 11,
            new Drop(typeof(RestWatch), nameof(RestWatch.IsStillAsync), "time.GetElapsedTime(rest.Since) >= MaxRest"),
            new Drop(typeof(RestWatch), nameof(RestWatch.IsStillAsync), "log.Value.End == rest.Ends[log.Key]")),
        new("every failure set aside", "all", 50, 1,
            new Replace(typeof(StoppedPartitions), nameof(StoppedPartitions.IsStop),
                "problem is LogMismatchException or InvalidDataException", "problem is not OperationCanceledException")),
        new("no sweep", "all", 50, 2,
            new Replace(typeof(Sweeper), "DeleteAsync", "isSpent(paneMs)", "false")),
        new("dead letters unconfirmed", "all", 100, 7,
            new Replace(typeof(IngestLoop), "StepAsync",
                "await WriteDeadLettersAsync(partition, range.Records, slice, cancellationToken).ConfigureAwait(false);",
                "_ = WriteDeadLettersAsync(partition, range.Records, slice, cancellationToken);")),
        new("no lift", "all", 50, 2,
            new Replace(typeof(TickLoop), "MakeFinalAsync", "finality.Lifts", "finality.Lifts.Take(0)")),
        new("lift without freeze", "revival", 600, 25,
            new Replace(typeof(IdleLifter), nameof(IdleLifter.LiftAsync), "lift.MarkedPanes", "lift.MarkedPanes.Take(0)")),
        new("lift without checking the cursor", "revival", 300, 31,
            new Replace(typeof(PartitionState), nameof(PartitionState.Lift), "next == Next", "next <= Next")),
        new("lift though a shard is ahead of the cursor", "revival", 300, 25,
            new Replace(typeof(IdleLifter), "FreezeAsync", "frozen?.Next <= lift.Next", "frozen is not null")),
        new("a closed shard not looked at again", "revival", 300, 2,
            new Replace(typeof(ShardWriter), nameof(ShardWriter.ApplyAsync), "decided.Next > pane.LastRow ? null : decided.Next", "null")),
        new("no birth watermark", "birth", 50, 1,
            new Replace(typeof(TopicState), nameof(TopicState.Register), "_lateness.FinalAtMs(FinalMs)", "EventTime.None")),
        new("final without having seen all partitions", "birth", 300, 17,
            new Drop(typeof(TopicState), nameof(TopicState.Final), "!Partitions.All(partitionsSeen.Contains)")),
        new("resend without trimming", "all", 200, 23,
            new Replace(typeof(ShardStep), nameof(ShardStep.IsFutile), "SeenNext > _rows.From", "false")),
        new("lateness from the wall clock", "all", 50, 2,
            new Add(typeof(PartitionSlice), "[ThreadStatic] public static long WallClockMs;"),
            new Replace(typeof(SliceClassifier), nameof(SliceClassifier.TryTake), "WatermarkMs >= LateAt(timeMs)",
                "(WatermarkMs != EventTime.None && PartitionSlice.WallClockMs - _outOfOrdernessMs >= LateAt(timeMs))"),
            new Before(typeof(IngestLoop), "StepAsync", nameof(SliceReaders.Read),
                "PartitionSlice.WallClockMs = time.GetUtcNow().ToUnixTimeMilliseconds();")),
        new("a window noted before it is written", "sink", 50, 2,
            new Before(typeof(WindowPublisher), nameof(WindowPublisher.PublishAsync), "WriteAsync",
                "await ConfirmAsync(entities, order, cancellationToken).ConfigureAwait(false);")),
    ];
}

namespace Tidemark.Simulation.Mutations;

/// <summary>What could be wrong with the protocol, each as an edit of the source. The order is that of docs/SIMULATION.md.</summary>
internal static class ProtocolMutations
{
    private const string PartitionState = "Protocol/PartitionState.cs";
    private const string PartitionSlice = "Protocol/PartitionSlice.cs";
    private const string PaneShard = "Protocol/PaneShard.cs";
    private const string PaneState = "Protocol/PaneState.cs";
    private const string TopicState = "Protocol/TopicState.cs";
    private const string TickPlan = "Protocol/TickPlan.cs";
    private const string PartitionView = "Protocol/PartitionView.cs";
    private const string IngestLoop = "Functions/Ingest/IngestLoop.cs";
    private const string LogStep = "Functions/Ingest/LogStep.cs";
    private const string ShardWriter = "Functions/Ingest/ShardWriter.cs";
    private const string PaneCloser = "Functions/Closing/PaneCloser.cs";
    private const string WindowPublisher = "Functions/Closing/WindowPublisher.cs";
    private const string IdleLifter = "Functions/Closing/IdleLifter.cs";
    private const string TickLoop = "Functions/Closing/TickLoop.cs";
    private const string TopicReader = "Functions/Closing/TopicReader.cs";
    private const string Rescue = "Functions/Closing/Rescue.cs";
    private const string Sweeper = "Functions/Closing/Sweeper.cs";
    private const string RedisScripts = "Sinks/Redis/RedisScripts.cs";
    private const string LakeTable = "Sinks/Lake/LakeTable.cs";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("cursor without compare-and-set", "all", 50,
            new Edit(PartitionState, "step is null || !IsOpen || step.From != Next || step.WatermarkSeenMs != WatermarkMs", "step is null || !IsOpen || step.From > Next || step.WatermarkSeenMs > WatermarkMs"),
            new Edit(PartitionState, "step.To > OffsetVector.MaxOffset || step.WatermarkMs < WatermarkMs || step.Blank < 0", "step.To > OffsetVector.MaxOffset || step.Blank < 0")),
        new("shard without compare-and-set", "all", 50,
            new Edit(PaneShard, "if (IsClosed || from < Next || to < from", "if (IsClosed || to < from")),
        new("cursor advanced first", "all", 50,
            new Edit(IngestLoop, "            newlyFrozen = await _shards.ApplyAsync(",
                """
                            await AdvanceAsync(entities, partition, slice.Advance(time.GetUtcNow().ToUnixTimeMilliseconds()), budget, cancellationToken).ConfigureAwait(false);
                            newlyFrozen = await _shards.ApplyAsync(
                """)),
        new("no confirmation of shards", "all", 50,
            new Edit(ShardWriter, "        Poll poll = new(time, options.Timing, limit);\n", "        Poll poll = new(time, options.Timing, limit);\n        if (!poll.IsOver)\n        {\n            return null;\n        }\n\n")),
        new("no confirmation of the cursor", "all", 50,
            new Edit(IngestLoop, "        Poll poll = new(time, options.Timing, budget.Remaining);\n", "        Poll poll = new(time, options.Timing, budget.Remaining);\n        if (!poll.IsOver)\n        {\n            throw new OperationCanceledException();\n        }\n\n"),
            new Edit(IngestLoop, "            after = await StepAsync(entities, partition, cursor, range, budget, cancellationToken).ConfigureAwait(false);",
                """
                            try
                            {
                                after = await StepAsync(entities, partition, cursor, range, budget, cancellationToken).ConfigureAwait(false);
                            }
                            catch (OperationCanceledException)
                            {
                                return;
                            }
                """)),
        new("an answer believed before it is committed", "all", 150,
            new Edit(PaneCloser, "        Poll poll = new(time, options.Timing, options.Timing.StepTimeout);\n        while (!poll.IsOver)\n        {\n            if (await entities.ReadPaneAsync(",
                "        Poll poll = new(time, options.Timing, options.Timing.StepTimeout);\n        while (!poll.IsOver)\n        {\n            if (revision.Revision == pane.Revision)\n            {\n                return new PaneClosed(pane.PaneMs, revision.Revision, revision.Vector);\n            }\n\n            if (await entities.ReadPaneAsync(")),
        new("panes merged without waiting for their marks", "all", 200,
            new Edit(PaneCloser, "is { } shard && shard.Next >= mark)", "is { } shard)"),
            new Edit(PaneCloser, "vector.Add(some[i].Key, shard.Next);", "vector.Add(some[i].Key, Math.Max(shard.Next, some[i].Value));")),
        new("a revision of panes from mixed reads", "sink", 150,
            new Edit(WindowPublisher, "if (pane is not null && wanted.IsOf(pane))", "if (pane is not null && pane.Revision >= wanted.Revision)")),
        new("a pane put over a newer revision", "sink", 200,
            new Edit(PaneState, "if (revision != Revision + 1 || vector is null || content is null || !vector.IsAfter(Vector)", "if (vector is null || content is null")),
        new("windows written with dirty panes", "all", 50,
            new Edit(TickPlan, "&& dirty.GetViewBetween(window.Interval.StartMs, window.Interval.EndMs - 1).Count == 0)", "&& dirty is not null)")),
        new("lake files replaced whatever they hold by now", "lake", 200,
            new Edit(LakeTable, "await LakeFormat.EncodeAsync(rows, rowsPerGroup, cancellationToken).ConfigureAwait(false), tag,", "await LakeFormat.EncodeAsync(rows, rowsPerGroup, cancellationToken).ConfigureAwait(false), (await files.ReadAsync(file, cancellationToken).ConfigureAwait(false))?.Tag,")),
        new("Redis without final_before", "sink", 600,
            new Edit(RedisScripts, "if at_or_before(KEYS[3], window, ending) then return 0 end", "")),
        new("final_before ahead of publications", "all", 50,
            new Edit(TopicState, "if (family.PublishedByEnd.GetValueOrDefault(window.Interval.EndMs) < window.Revision)", "if (window.Revision < 0)")),
        new("gaps in a batch ignored", "all", 50,
            new Edit(LogStep, "LogRange gap = await broker.ReadAsync(partition, at, gapEnd, maxRecords - records.Count, cancellationToken).ConfigureAwait(false);", "LogRange gap = await Task.FromResult(new LogRange([], gapEnd)).ConfigureAwait(false);")),
        new("idleness by offsets", "all", 100,
            new Edit(TopicReader, "return bounds.End > cursor.Next && await broker.HasRecordAsync(partition, cursor.Next, cancellationToken).ConfigureAwait(false);", "return bounds.End > cursor.Next;")),
        new("idle though lagging", "skip", 50,
            new Edit(PartitionView, "Cursor.IsOpen && !HasMore && nowMs", "Cursor.IsOpen && nowMs")),
        new("no rescue", "skip", 50,
            new Edit(Rescue, "view.HasMore && nowMs - view.Cursor.LastArrivalMs", "view.HasMore && nowMs < 0 && nowMs - view.Cursor.LastArrivalMs")),
        new("no sweep", "all", 50,
            new Edit(Sweeper, "if (names.PaneOf(found.Id) is { } paneMs && isSpent(paneMs))", "if (names.PaneOf(found.Id) is { } paneMs && isSpent(paneMs) && deleted < 0)")),
        new("dead letters unconfirmed", "all", 100,
            new Edit(IngestLoop, "        await WriteDeadLettersAsync(partition, values, slice, cancellationToken).ConfigureAwait(false);", "        _ = WriteDeadLettersAsync(partition, values, slice, cancellationToken);")),
        new("no lift", "all", 50,
            new Edit(TickLoop, "finality.Lifts.Select(lift =>", "finality.Lifts.Take(0).Select(lift =>")),
        new("lift without freeze", "revival", 600,
            new Edit(IdleLifter, "foreach (long[] panes in lift.MarkedPanes.Chunk(", "foreach (long[] panes in lift.MarkedPanes.Take(0).Chunk(")),
        new("lift without checking the cursor", "revival", 300,
            new Edit(PartitionState, "if (IsOpen && next == Next && IsTime(watermarkMs)", "if (IsOpen && next <= Next && IsTime(watermarkMs)")),
        new("lift though a shard is ahead of the cursor", "revival", 300,
            new Edit(IdleLifter, "return shard.Next <= lift.Next;", "return true;")),
        new("a closed shard not looked at again", "revival", 300,
            new Edit(ShardWriter, "            if (shard.IsClosed)\n            {\n                return shard.Next;", "            if (shard.IsClosed)\n            {\n                return null;")),
        new("no birth watermark", "birth", 50,
            new Edit(TopicState, "_partitions.Add(partition, FinalMs == EventTime.None ?", "_partitions.Add(partition, FinalMs != long.MaxValue ?")),
        new("final without having seen all partitions", "birth", 300,
            new Edit(TopicState, "|| endMs <= FinalMs || !Partitions.All(partitionsSeen.Contains))", "|| endMs <= FinalMs)")),
        new("resend without trimming", "all", 200,
            new Edit(ShardWriter, "bool isOverlapped = shard.Next > sentFrom;", "bool isOverlapped = false;"),
            new Edit(ShardWriter, "                sentFrom = Math.Max(sentFrom, shard.Next);\n", "")),
        new("lateness from the wall clock", "all", 50,
            new Edit(PartitionSlice, "    private long _read;\n", "    private long _read;\n\n    [ThreadStatic]\n    public static long WallClockMs;\n"),
            new Edit(PartitionSlice, "_watermarkMs != EventTime.None && _watermarkMs >= pane.EndMs - 1 + _latenessMs", "_watermarkMs != EventTime.None && WallClockMs - _outOfOrdernessMs >= pane.EndMs - 1 + _latenessMs"),
            new Edit(IngestLoop, "            slice = PartitionSlice.Read(", "            PartitionSlice.WallClockMs = time.GetUtcNow().ToUnixTimeMilliseconds();\n            slice = PartitionSlice.Read(")),
        new("a window noted before it is written", "sink", 50,
            new Edit(WindowPublisher, "        await sinks.WriteAsync(result, cancellationToken).ConfigureAwait(false);", "        await ConfirmAsync(entities, order, cancellationToken).ConfigureAwait(false);\n        await sinks.WriteAsync(result, cancellationToken).ConfigureAwait(false);")),
    ];
}

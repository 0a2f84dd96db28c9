using Tidemark.Core;
using Tidemark.Core.Watermarks;
using Tidemark.Core.Windows;

namespace Tidemark.Protocol;

/// <summary>An idle partition whose watermark is to be raised because it prevents panes from being final.</summary>
/// <param name="Partition">The partition's number.</param>
/// <param name="Next">The next offset of its cursor; the lift is abandoned if it has moved.</param>
/// <param name="WatermarkMs">The watermark to raise it to, epoch milliseconds.</param>
/// <param name="MarkedPanes">The starts of the panes whose shards must be frozen first, epoch milliseconds.</param>
public sealed record PartitionToLift(int Partition, long Next, long WatermarkMs, IReadOnlyList<long> MarkedPanes);

/// <summary>Decides how far panes can be made final.</summary>
public sealed class FinalityPlan
{
    private FinalityPlan(long? finalMs, IReadOnlyList<PartitionToLift> lifts, IReadOnlyList<int> seen)
    {
        FinalMs = finalMs;
        Lifts = lifts;
        PartitionsSeen = seen;
    }

    /// <summary>The end of the last pane that can be made final now, epoch milliseconds; null when there is none.</summary>
    public long? FinalMs { get; }

    /// <summary>The idle partitions to lift so that more can become final.</summary>
    public IReadOnlyList<PartitionToLift> Lifts { get; }

    /// <summary>The partitions that were examined.</summary>
    public IReadOnlyList<int> PartitionsSeen { get; }

    /// <summary>Creates the plan.</summary>
    /// <param name="snapshot">The topic's state, read before the cursors.</param>
    /// <param name="topic">The partitions.</param>
    /// <param name="tick">The tick's plan.</param>
    /// <param name="options">The options.</param>
    public static FinalityPlan Of(TopicState snapshot, TopicView topic, TickPlan tick, EngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(topic);
        ArgumentNullException.ThrowIfNull(tick);
        ArgumentNullException.ThrowIfNull(options);
        List<int> seen = [.. topic.Partitions.Where(view => view.Cursor.IsOpen).Select(view => view.Partition)];
        PaneGrid grid = PaneGrid.For(options.Windows);
        Lateness lateness = new(options);
        if (tick.WatermarkMs == EventTime.None || topic.Partitions.Any(view => !view.Cursor.IsOpen))
        {
            return new FinalityPlan(null, [], seen);
        }

        // Nothing counted may be left unclosed before it, and beyond the last window with rows nothing can be final.
        long targetMs = Math.Min(lateness.FinalUntilMs(tick.WatermarkMs), LastEnd(snapshot, grid, options));
        if (tick.DirtyPanes.Count > 0)
        {
            targetMs = Math.Min(targetMs, tick.DirtyPanes.First());
        }

        if (targetMs <= snapshot.FinalMs)
        {
            return new FinalityPlan(null, [], seen);
        }

        long idleMs = (long)options.IdleTimeout.TotalMilliseconds;
        long neededMs = lateness.FinalAtMs(targetMs);
        List<PartitionView> behind = [.. topic.Partitions.Where(view => view.Cursor.WatermarkMs < neededMs)];
        if (behind.Count == 0)
        {
            return new FinalityPlan(targetMs, [], seen);
        }

        if (!behind.TrueForAll(view => view.IsIdle(topic.NowMs, idleMs)))
        {
            return new FinalityPlan(null, [], seen);
        }

        // The lift makes every row of these panes late, including panes that are not final by it.
        long lateUntilMs = Lateness.SpanEndMs(targetMs);
        return new FinalityPlan(
            null,
            [.. behind.Select(view => new PartitionToLift(
                view.Partition, view.Cursor.Next, neededMs,
                [.. view.Cursor.Marks.Keys.Where(pane => pane < lateUntilMs && !snapshot.IsFinalPane(pane))]))],
            seen);
    }

    private static long LastEnd(TopicState snapshot, PaneGrid grid, EngineOptions options)
    {
        if (snapshot.Panes.Count == 0)
        {
            return EventTime.None;
        }

        Interval last = grid.PaneAt(snapshot.Panes.Keys.Max());
        return options.Windows.Max(window => grid.PaneAt(window.LastEndContaining(last)).StartMs);
    }
}

using Tidemark.Aggregation.Watermarks;
using Tidemark.Aggregation.Windows;

namespace Tidemark.Aggregation.Closing;

/// <summary>A pane that is to be closed or corrected.</summary>
/// <param name="PaneMs">Its start.</param>
/// <param name="Revision">The revision to make.</param>
/// <param name="Marks">For each partition with rows in it the offset after the last one.</param>
public sealed record PaneToClose(long PaneMs, long Revision, OffsetVector Marks);

/// <summary>A window that is to be written.</summary>
/// <param name="Family">The name of its family.</param>
/// <param name="Interval">The window.</param>
/// <param name="Revision">The sum of its panes' revisions.</param>
public sealed record WindowToPublish(string Family, Interval Interval, long Revision);

/// <summary>What is due at one moment, from one snapshot of the topic's state and the cursors read after it. Doing it twice, or from an older snapshot, does no harm.</summary>
public sealed class TickPlan
{
    private TickPlan(long watermarkMs, IReadOnlyList<PaneToClose> panes, IReadOnlyList<WindowToPublish> windows, IReadOnlyCollection<long> dirtyPanes)
    {
        WatermarkMs = watermarkMs;
        Panes = panes;
        Windows = windows;
        DirtyPanes = dirtyPanes;
    }

    /// <summary>The topic's watermark, epoch milliseconds, or <see cref="PartitionCursor.NoTime"/>.</summary>
    public long WatermarkMs { get; }

    /// <summary>The panes to close, earliest first.</summary>
    public IReadOnlyList<PaneToClose> Panes { get; }

    /// <summary>The windows to write, by end, then in the order of the configuration.</summary>
    public IReadOnlyList<WindowToPublish> Windows { get; }

    /// <summary>Starts of all panes with rows that are in no revision, due or not; in order.</summary>
    public IReadOnlyCollection<long> DirtyPanes { get; }

    /// <summary>Makes the plan.</summary>
    /// <param name="snapshot">The topic's state, read before the cursors.</param>
    /// <param name="topic">The partitions.</param>
    /// <param name="options">The options.</param>
    public static TickPlan Of(CloseState snapshot, TopicView topic, EngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(topic);
        ArgumentNullException.ThrowIfNull(options);
        long watermarkMs = topic.WatermarkMs(options);
        long paneMs = PaneGrid.For(options.Windows).SizeMs;
        SortedDictionary<long, Dictionary<int, long>> marks = MarksOf(snapshot, topic);
        SortedSet<long> dirty = [];
        List<PaneToClose> panes = [];
        foreach ((long startMs, Dictionary<int, long> ofPane) in marks)
        {
            snapshot.Panes.TryGetValue(startMs, out PaneProgress? known);
            if (known?.Vector is { } vector && ofPane.All(mark => mark.Value <= vector[mark.Key]))
            {
                continue;
            }

            dirty.Add(startMs);
            if (known is not null || (watermarkMs != PartitionCursor.NoTime && watermarkMs >= startMs + paneMs - 1))
            {
                panes.Add(new PaneToClose(startMs, (known?.Revision ?? 0) + 1, new OffsetVector(ofPane)));
            }
        }

        return new TickPlan(watermarkMs, panes, WindowsDue(snapshot, dirty, watermarkMs), dirty);
    }

    private static SortedDictionary<long, Dictionary<int, long>> MarksOf(CloseState snapshot, TopicView topic)
    {
        SortedDictionary<long, Dictionary<int, long>> marks = [];
        foreach (PartitionView view in topic.Partitions)
        {
            foreach ((long startMs, long mark) in view.Cursor.Marks)
            {
                if (snapshot.IsFinalPane(startMs))
                {
                    continue;
                }

                if (!marks.TryGetValue(startMs, out Dictionary<int, long>? ofPane))
                {
                    marks.Add(startMs, ofPane = []);
                }

                ofPane[view.Partition] = mark;
            }
        }

        return marks;
    }

    private static List<WindowToPublish> WindowsDue(CloseState snapshot, SortedSet<long> dirty, long watermarkMs)
    {
        PaneSums sums = snapshot.Sums();
        long dueUntilMs = Math.Max(snapshot.FinalMs, watermarkMs == PartitionCursor.NoTime ? PartitionCursor.NoTime : watermarkMs + 1);
        List<(WindowToPublish Window, int Order)> due = [];
        for (int order = 0; order < snapshot.Families.Count; order++)
        {
            FamilyProgress family = snapshot.Families[order];

            // What was written before is due again with every correction, even if the watermark has fallen since.
            long lastEmittedMs = family.EmittedByEnd.Count > 0 ? family.EmittedByEnd.Keys[^1] : PartitionCursor.NoTime;
            foreach (RevisedWindow window in sums.WindowsEndingIn(family.Definition, family.FinalBeforeMs, Math.Max(dueUntilMs, lastEmittedMs)))
            {
                long emitted = family.EmittedByEnd.GetValueOrDefault(window.Interval.EndMs);
                if (window.Revision > emitted && (emitted > 0 || window.Interval.EndMs <= dueUntilMs)
                    && dirty.GetViewBetween(window.Interval.StartMs, window.Interval.EndMs - 1).Count == 0)
                {
                    due.Add((new WindowToPublish(family.Definition.Name, window.Interval, window.Revision), order));
                }
            }
        }

        return [.. due.OrderBy(entry => entry.Window.Interval.EndMs).ThenBy(entry => entry.Order).Select(entry => entry.Window)];
    }
}

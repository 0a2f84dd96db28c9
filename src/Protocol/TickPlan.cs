using Tidemark.Core;
using Tidemark.Core.Watermarks;
using Tidemark.Core.Windows;

namespace Tidemark.Protocol;

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

/// <summary>Windows without rows that are to be written as zeros.</summary>
/// <param name="Family">The name of their family.</param>
/// <param name="AfterMs">They end after this time, up to which it is done.</param>
/// <param name="UntilMs">They end at or before this time.</param>
/// <param name="EndsMs">Their ends. Whoever reads an older state than this plan may not take others for empty.</param>
/// <param name="Skipped">0, or how many windows of the family there are: too many, so that none of them is written.</param>
public sealed record EmptyToPublish(string Family, long AfterMs, long UntilMs, IReadOnlyList<long> EndsMs, long Skipped);

/// <summary>What is due at one moment, from one snapshot of the topic's state and the cursors read after it. Doing it twice, or from an older snapshot, does no harm.</summary>
public sealed class TickPlan
{
    /// <summary>Most windows without rows that one plan has of a family.</summary>
    public const int MaxEmpty = 100;

    private TickPlan(
        long watermarkMs, IReadOnlyList<PaneToClose> panes, IReadOnlyList<WindowToPublish> windows, IReadOnlyList<EmptyToPublish> empty, IReadOnlyCollection<long> dirtyPanes)
    {
        Empty = empty;
        WatermarkMs = watermarkMs;
        Panes = panes;
        Windows = windows;
        DirtyPanes = dirtyPanes;
    }

    /// <summary>The topic's watermark, epoch milliseconds, or <see cref="EventTime.None"/>.</summary>
    public long WatermarkMs { get; }

    /// <summary>The panes to close, earliest first.</summary>
    public IReadOnlyList<PaneToClose> Panes { get; }

    /// <summary>The windows to write, by end, then in the order of the configuration.</summary>
    public IReadOnlyList<WindowToPublish> Windows { get; }

    /// <summary>The windows without rows to write, if they are wanted: of each family at most <see cref="MaxEmpty"/>, none before one with rows that ends earlier.</summary>
    public IReadOnlyList<EmptyToPublish> Empty { get; }

    /// <summary>Starts of all panes with rows that are in no revision, due or not; in order.</summary>
    public IReadOnlyCollection<long> DirtyPanes { get; }

    /// <summary>Makes the plan.</summary>
    /// <param name="snapshot">The topic's state, read before the cursors.</param>
    /// <param name="topic">The partitions.</param>
    /// <param name="options">The options.</param>
    public static TickPlan Of(TopicState snapshot, TopicView topic, EngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(topic);
        ArgumentNullException.ThrowIfNull(options);
        if (topic.Partitions.Any(view => view.Cursor.PrunedMs > snapshot.FinalMs))
        {
            // The snapshot is older than what the cursors have forgotten: panes that it does not know of would pass as empty.
            return new TickPlan(EventTime.None, [], [], [], []);
        }

        long watermarkMs = topic.WatermarkMs(options);
        long paneMs = PaneGrid.For(options.Windows).SizeMs;
        SortedDictionary<long, Dictionary<int, long>> marks = MarksOf(snapshot, topic);
        SortedSet<long> dirty = [];
        List<PaneToClose> panes = [];

        // A row that comes into a window that is written is a correction, even if the watermark has fallen since and nothing was closed there.
        long publishedUntilMs = snapshot.Families.Select(family => family.PublishedUntilMs).DefaultIfEmpty(EventTime.None).Max();
        foreach ((long startMs, Dictionary<int, long> ofPane) in marks)
        {
            snapshot.Panes.TryGetValue(startMs, out PaneProgress? known);
            if (known?.Vector is { } vector && ofPane.All(mark => mark.Value <= vector[mark.Key]))
            {
                continue;
            }

            dirty.Add(startMs);
            if (known is not null || startMs + paneMs <= publishedUntilMs || Due.IsDue(startMs + paneMs, watermarkMs))
            {
                panes.Add(new PaneToClose(startMs, (known?.Revision ?? 0) + 1, new OffsetVector(ofPane)));
            }
        }

        long dueUntilMs = Math.Max(snapshot.FinalMs, Due.UntilMs(watermarkMs));
        return new TickPlan(watermarkMs, panes, WindowsDue(snapshot, dirty, dueUntilMs), EmptyDue(snapshot, dirty, dueUntilMs, options), dirty);
    }

    private static SortedDictionary<long, Dictionary<int, long>> MarksOf(TopicState snapshot, TopicView topic)
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

    private static List<WindowToPublish> WindowsDue(TopicState snapshot, SortedSet<long> dirty, long dueUntilMs)
    {
        PaneSums sums = snapshot.Sums();
        List<(WindowToPublish Window, int Order)> due = [];
        for (int order = 0; order < snapshot.Families.Count; order++)
        {
            FamilyProgress family = snapshot.Families[order];

            // What was written before is due again with every correction, even if the watermark has fallen since.
            foreach (RevisedWindow window in sums.WindowsEndingIn(family.Definition, family.FinalBeforeMs, Math.Max(dueUntilMs, family.PublishedUntilMs)))
            {
                long published = family.PublishedByEnd.GetValueOrDefault(window.Interval.EndMs);
                if (window.Revision > published && (family.IsPublished(window.Interval.EndMs) || window.Interval.EndMs <= dueUntilMs)
                    && dirty.GetViewBetween(window.Interval.StartMs, window.Interval.EndMs - 1).Count == 0)
                {
                    due.Add((new WindowToPublish(family.Definition.Name, window.Interval, window.Revision), order));
                }
            }
        }

        return [.. due.OrderBy(entry => entry.Window.Interval.EndMs).ThenBy(entry => entry.Order).Select(entry => entry.Window)];
    }

    /// <summary>
    /// The windows that are due, lie between the first and the last event and hold no rows, closed or not. A row that comes later makes a revision of its window, which
    /// replaces the zeros: those are revision 0.
    /// </summary>
    private static List<EmptyToPublish> EmptyDue(TopicState snapshot, SortedSet<long> dirty, long dueUntilMs, EngineOptions options)
    {
        long[] rows = options.EmitEmptyWindows && snapshot.FirstMs != EventTime.None ? [.. snapshot.Panes.Keys.Union(dirty).Order()] : [];
        if (rows.Length == 0)
        {
            return [];
        }

        long lastMs = rows[^1];
        return [.. snapshot.Families.Select(OfFamily).OfType<EmptyToPublish>()];

        EmptyToPublish? OfFamily(FamilyProgress family)
        {
            long fromMs = snapshot.EmptyFromMs(family);
            List<long> ends = [];
            foreach (Interval window in family.Definition.WindowsEndingIn(fromMs, EmptyWindows.UntilMs(dueUntilMs, lastMs)))
            {
                long nextMs = NextRow(window.StartMs);
                if (nextMs < window.EndMs)
                {
                    if (family.IsPublished(window.EndMs))
                    {
                        continue;
                    }

                    break;
                }

                long gapEndMs = Math.Min(nextMs, lastMs);
                long inGap = EmptyWindows.CountIn(family.Definition, window.StartMs, gapEndMs);
                bool isGap = EmptyWindows.IsGap(inGap);
                if (isGap && ends.Count == 0)
                {
                    return new EmptyToPublish(family.Definition.Name, fromMs, Math.Min(gapEndMs, dueUntilMs), [], inGap);
                }

                if (isGap || ends.Count == MaxEmpty)
                {
                    break;
                }

                ends.Add(window.EndMs);
            }

            return ends.Count > 0 ? new EmptyToPublish(family.Definition.Name, fromMs, ends[^1], ends, 0) : null;
        }

        long NextRow(long fromMs)
        {
            int index = Array.BinarySearch(rows, fromMs);
            index = index < 0 ? ~index : index;
            return index < rows.Length ? rows[index] : long.MaxValue;
        }
    }
}

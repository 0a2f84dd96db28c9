using Tidemark.Core;
using Tidemark.Core.Watermarks;
using Tidemark.Core.Windows;

namespace Tidemark.Protocol;

/// <summary>A pane to close or correct.</summary>
/// <param name="PaneMs">The start of the pane, epoch milliseconds.</param>
/// <param name="Revision">The revision to create.</param>
/// <param name="Marks">The offset after the last row of each partition that has rows in the pane.</param>
public sealed record PaneToClose(long PaneMs, long Revision, OffsetVector Marks);

/// <summary>A window to publish.</summary>
/// <param name="Family">The name of its family.</param>
/// <param name="Interval">The window.</param>
/// <param name="Revision">The sum of its panes' revisions.</param>
public sealed record WindowToPublish(string Family, Interval Interval, long Revision);

/// <summary>A range of windows without rows to publish as zeros.</summary>
/// <param name="Family">The name of their family.</param>
/// <param name="AfterMs">The windows end after this time, up to which empty windows are published already; epoch milliseconds.</param>
/// <param name="UntilMs">The windows end at or before this time, epoch milliseconds.</param>
/// <param name="EndsMs">The ends of the windows, so that a publisher with an older state cannot take others for empty.</param>
/// <param name="Skipped">0, or the number of windows when there are too many in a row, of which none is published.</param>
public sealed record EmptyToPublish(string Family, long AfterMs, long UntilMs, IReadOnlyList<long> EndsMs, long Skipped);

/// <summary>
/// What is due at one moment, from one snapshot of the topic's state and the cursors read after it. Executing a plan twice or late is
/// harmless.
/// </summary>
public sealed class TickPlan
{
    /// <summary>The maximum number of empty windows of a family in one plan.</summary>
    public const int MaxEmpty = 100;

    private TickPlan(
        long watermarkMs, IReadOnlyList<PaneToClose> panes, IReadOnlyList<WindowToPublish> windows,
        IReadOnlyList<EmptyToPublish> empty, IReadOnlyCollection<long> dirtyPanes)
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

    /// <summary>The windows to publish, by end, then in the order of the configuration.</summary>
    public IReadOnlyList<WindowToPublish> Windows { get; }

    /// <summary>
    /// The empty windows to publish, if enabled: at most <see cref="MaxEmpty"/> of each family, none before a window with rows that ends
    /// earlier.
    /// </summary>
    public IReadOnlyList<EmptyToPublish> Empty { get; }

    /// <summary>The starts of all panes with rows that are not in any revision, due or not; in order.</summary>
    public IReadOnlyCollection<long> DirtyPanes { get; }

    /// <summary>Creates the plan.</summary>
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
            // The cursors have dropped marks that the snapshot still needs: panes it does not know of would look empty.
            return new TickPlan(EventTime.None, [], [], [], []);
        }

        long watermarkMs = topic.WatermarkMs(options);
        long paneMs = PaneGrid.For(options.Windows).SizeMs;
        SortedDictionary<long, Dictionary<int, long>> marks = MarksOf(snapshot, topic);
        SortedSet<long> dirty = [];
        List<PaneToClose> panes = [];

        // A row in a window that was written is a correction, even if the watermark has fallen since and its pane was not closed.
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

            // A window that was written is due again with every correction, even if the watermark has fallen since.
            foreach (RevisedWindow window in sums.WindowsEndingIn(
                family.Definition, family.FinalBeforeMs, Math.Max(dueUntilMs, family.PublishedUntilMs)))
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
    /// The windows that are due, lie between the first and the last event and contain no rows, closed or not. They are revision 0, so a
    /// later row makes a revision that replaces them.
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

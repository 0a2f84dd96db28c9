using Tidemark.Core;
using Tidemark.Core.Watermarks;
using Tidemark.Core.Windows;

namespace Tidemark.Protocol;

/// <summary>
/// The shared state of a topic: its partitions, the revisions of closed panes, the published windows, and what is final. Operations that
/// arrive late, twice or are based on an older state have no effect; none throws.
/// </summary>
public sealed partial class TopicState
{
    private readonly EngineOptions _options;
    private readonly PaneGrid _grid;
    private readonly Lateness _lateness;
    private readonly SortedList<long, long> _partitions = []; // partition to birth watermark
    private readonly List<FamilyProgress> _families;
    private SortedList<long, PaneProgress> _panes = [];
    private long _layout;

    private TopicState(EngineOptions options)
    {
        _options = options;
        _grid = PaneGrid.For(options.Windows);
        _lateness = new Lateness(options);
        _families = [.. options.Windows.Select(window => new FamilyProgress(window))];
        _layout = LayoutOf(options);
    }

    /// <summary>Whether an operation has changed the state since it was decoded.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>
    /// Whether the state was created with other windows or another lateness. It is then unusable, and no operation changes it.
    /// </summary>
    public bool IsOfOtherLayout => _layout != LayoutOf(_options);

    /// <summary>The end of the last final pane, epoch milliseconds, or <see cref="EventTime.None"/>.</summary>
    public long FinalMs { get; private set; } = EventTime.None;

    /// <summary>The highest watermark with which a window was published, epoch milliseconds, or <see cref="EventTime.None"/>.</summary>
    public long PublishedWatermarkMs { get; private set; } = EventTime.None;

    /// <summary>
    /// The start of the earliest pane ever closed, epoch milliseconds, or <see cref="EventTime.None"/>. Earlier windows are never
    /// published.
    /// </summary>
    public long FirstMs { get; private set; } = EventTime.None;

    /// <summary>The registered partitions.</summary>
    public IEnumerable<int> Partitions => _partitions.Keys.Select(partition => (int)partition);

    /// <summary>The closed panes by start, each kept until all its windows are final.</summary>
    public IReadOnlyDictionary<long, PaneProgress> Panes => _panes;

    /// <summary>The window families, as configured.</summary>
    public IReadOnlyList<FamilyProgress> Families => _families;

    /// <summary>Gets the birth watermark of a partition, if it is registered.</summary>
    public bool TryGetBirthWatermark(int partition, out long watermarkMs) => _partitions.TryGetValue(partition, out watermarkMs);

    /// <summary>The state of a family, or null if there is none with this name.</summary>
    public FamilyProgress? Family(string name) => _families.Find(family => family.Definition.Name == name);

    /// <summary>Registers a partition, unless it is registered already. Events of panes that are final by then are late in it.</summary>
    public void Register(int partition)
    {
        if (IsOfOtherLayout || partition is < 0 or >= OffsetVector.MaxPartitions || _partitions.ContainsKey(partition))
        {
            return;
        }

        IsChanged = true;
        _partitions.Add(partition, _lateness.FinalAtMs(FinalMs));
    }

    /// <summary>Records that a pane was closed or corrected. Accepted only for the next revision of a pane that is not final.</summary>
    /// <param name="paneMs">The start of the pane, epoch milliseconds.</param>
    /// <param name="revision">The revision read back from the pane.</param>
    /// <param name="vector">The vector of that revision.</param>
    public void Closed(long paneMs, long revision, OffsetVector? vector)
    {
        if (IsOfOtherLayout || vector is null || vector.Count == 0 || !IsPane(paneMs) || IsFinalPane(paneMs)
            || revision != (_panes.TryGetValue(paneMs, out PaneProgress? known) ? known.Revision : 0) + 1
            || (known?.Vector is { } before && !vector.IsAfter(before)))
        {
            return;
        }

        SortedList<long, PaneProgress> panes = new(_panes) { [paneMs] = new PaneProgress(revision, vector, vector.Fingerprint) };
        if (Encode(panes).Length > StateFrame.MaxBytes)
        {
            // No room: the pane stays dirty and is closed once others are final.
            return;
        }

        IsChanged = true;
        _panes = panes;
        if (FirstMs == EventTime.None || paneMs < FirstMs)
        {
            // The range between the first and the last event has grown. Its part that is not final is enumerated again, so zeros may be
            // written twice.
            FirstMs = paneMs;
            _families.ForEach(family => family.EmptyUntilMs = EventTime.None);
        }
    }

    /// <summary>Records that a revision of a window has been written.</summary>
    /// <param name="family">The name of its family.</param>
    /// <param name="endMs">The window's end, epoch milliseconds.</param>
    /// <param name="revision">The revision.</param>
    /// <param name="watermarkMs">The watermark with which it was written, epoch milliseconds.</param>
    public void Published(string? family, long endMs, long revision, long watermarkMs)
    {
        if (IsOfOtherLayout || family is null || Family(family) is not { } progress
            || !PartitionState.IsTime(endMs) || endMs <= progress.FinalBeforeMs
            || !PartitionState.IsTime(watermarkMs)
            || progress.Definition.WindowsEndingIn(endMs - 1, endMs).FirstOrDefault() is not { LengthMs: > 0 } window
            || revision > Sums().Of(window) || revision <= progress.PublishedByEnd.GetValueOrDefault(endMs))
        {
            return;
        }

        IsChanged = true;
        progress.PublishedByEnd[endMs] = revision;
        PublishedWatermarkMs = Math.Max(PublishedWatermarkMs, watermarkMs);
        MoveFinalBefore();
    }

    /// <summary>
    /// Records that the windows without rows that end in <c>(afterMs, untilMs]</c> have been written as zeros, or skipped as a gap.
    /// </summary>
    /// <param name="family">The name of their family.</param>
    /// <param name="afterMs">Empty windows up to this time must have been recorded before.</param>
    /// <param name="untilMs">Empty windows up to this time are now recorded.</param>
    /// <param name="watermarkMs">The watermark with which they were written, epoch milliseconds.</param>
    public void EmptyPublished(string? family, long afterMs, long untilMs, long watermarkMs)
    {
        if (IsOfOtherLayout || family is null || Family(family) is not { } progress || FirstMs == EventTime.None || afterMs < FirstMs
            || !PartitionState.IsTime(untilMs) || !PartitionState.IsTime(watermarkMs)
            || afterMs > EmptyFromMs(progress) || untilMs <= EmptyFromMs(progress))
        {
            return;
        }

        IsChanged = true;
        progress.EmptyUntilMs = untilMs;
        PublishedWatermarkMs = Math.Max(PublishedWatermarkMs, watermarkMs);
        MoveFinalBefore();
    }

    /// <summary>
    /// Empty windows of a family that end at or before this time are written or never will be; <see cref="EventTime.None"/> before the
    /// first event.
    /// </summary>
    public long EmptyFromMs(FamilyProgress family)
    {
        ArgumentNullException.ThrowIfNull(family);
        return FirstMs == EventTime.None ? EventTime.None : Math.Max(FirstMs, Math.Max(family.EmptyUntilMs, family.FinalBeforeMs));
    }

    /// <summary>
    /// The windows of a family without rows that end in <c>(afterMs, untilMs]</c>; null if this range is not the next one to write, because
    /// it is done already or something before it is not.
    /// </summary>
    public IReadOnlyList<Interval>? EmptyWindows(FamilyProgress family, long afterMs, long untilMs)
    {
        ArgumentNullException.ThrowIfNull(family);
        if (FirstMs == EventTime.None || afterMs > EmptyFromMs(family) || untilMs <= EmptyFromMs(family))
        {
            return null;
        }

        PaneSums sums = Sums();
        List<Interval> empty = [];
        foreach (Interval window in family.Definition.WindowsEndingIn(EmptyFromMs(family), untilMs))
        {
            if (sums.Of(window) == 0)
            {
                empty.Add(window);
            }
            else if (!family.IsPublished(window.EndMs))
            {
                return null;
            }
        }

        return empty;
    }

    /// <summary>Makes every pane that ends at or before a time final, if the caller has examined all registered partitions.</summary>
    /// <param name="endMs">The end of a pane, epoch milliseconds.</param>
    /// <param name="partitionsSeen">The partitions that the caller examined.</param>
    public void Final(long endMs, IReadOnlyCollection<int>? partitionsSeen)
    {
        if (IsOfOtherLayout || partitionsSeen is null || !IsPane(endMs) || endMs <= FinalMs || !Partitions.All(partitionsSeen.Contains))
        {
            return;
        }

        IsChanged = true;
        FinalMs = endMs;
        for (int i = 0; i < _panes.Count && IsFinalPane(_panes.Keys[i]); i++)
        {
            _panes.SetValueAtIndex(i, _panes.Values[i] with { Vector = null });
        }

        MoveFinalBefore();
    }

    /// <summary>Whether all windows of a pane are final, so that the pane is not needed any more.</summary>
    public bool IsDone(long paneMs)
    {
        Interval pane = new(paneMs, paneMs + _grid.SizeMs);
        return IsFinalPane(paneMs) && _families.TrueForAll(family => family.Definition.LastEndContaining(pane) <= family.FinalBeforeMs);
    }

    /// <summary>Whether no more rows can be counted in a pane.</summary>
    public bool IsFinalPane(long paneMs) => FinalMs != EventTime.None && paneMs < FinalMs;

    internal PaneSums Sums() => new(_panes, _grid.SizeMs);

    private bool IsPane(long startMs) => startMs != EventTime.None && PartitionState.IsTime(startMs) && _grid.PaneAt(startMs).StartMs == startMs;

    /// <summary>
    /// Moves final_before of each family past the final windows whose last revision is written, and drops what only earlier windows need.
    /// </summary>
    private void MoveFinalBefore()
    {
        if (FinalMs == EventTime.None)
        {
            return;
        }

        PaneSums sums = Sums();
        foreach (FamilyProgress family in _families)
        {
            long finalBeforeMs = FinalMs;
            foreach (RevisedWindow window in sums.WindowsEndingIn(family.Definition, family.FinalBeforeMs, FinalMs))
            {
                if (family.PublishedByEnd.GetValueOrDefault(window.Interval.EndMs) < window.Revision)
                {
                    finalBeforeMs = window.Interval.EndMs - family.Definition.Kind.HopMs;
                    break;
                }
            }

            if (_options.EmitEmptyWindows && FirstMs != EventTime.None)
            {
                foreach (Interval window in family.Definition.WindowsEndingIn(EmptyFromMs(family), finalBeforeMs)
                    .Where(window => sums.Of(window) == 0).Take(1))
                {
                    finalBeforeMs = window.EndMs - family.Definition.Kind.HopMs;
                }
            }

            family.FinalBeforeMs = Math.Max(family.FinalBeforeMs, finalBeforeMs);
            while (family.PublishedByEnd.Count > 0 && family.PublishedByEnd.Keys[0] <= family.FinalBeforeMs)
            {
                family.PublishedByEnd.RemoveAt(0);
            }
        }

        // The later a pane starts, the later its last window ends, so panes that are done come first.
        while (_panes.Count > 0 && IsDone(_panes.Keys[0]))
        {
            _panes.RemoveAt(0);
        }
    }
}

using Tidemark.Core;
using Tidemark.Core.Watermarks;
using Tidemark.Core.Windows;

namespace Tidemark.Protocol;

/// <summary>
/// What a whole topic agrees on: its partitions, which panes are closed at which revision, which windows are written, and what is final. Operations that come late,
/// twice or from one who saw an older state do nothing; none throws.
/// </summary>
public sealed partial class TopicState
{
    private readonly EngineOptions _options;
    private readonly PaneGrid _grid;
    private readonly Lateness _lateness;
    private readonly SortedList<long, long> _partitions = []; // to the birth watermark
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

    /// <summary>Whether an operation changed anything.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>Whether the state was made under other windows or another lateness: then nothing can be done with it, and no operation does.</summary>
    public bool IsOfOtherLayout => _layout != LayoutOf(_options);

    /// <summary>The end of the last final pane, epoch milliseconds, or <see cref="EventTime.None"/>.</summary>
    public long FinalMs { get; private set; } = EventTime.None;

    /// <summary>The highest watermark that a window was written with, epoch milliseconds, or <see cref="EventTime.None"/>.</summary>
    public long PublishedWatermarkMs { get; private set; } = EventTime.None;

    /// <summary>Start of the earliest pane that was ever closed, epoch milliseconds, or <see cref="EventTime.None"/>: windows before it are nobody's.</summary>
    public long FirstMs { get; private set; } = EventTime.None;

    /// <summary>The partitions that are known.</summary>
    public IEnumerable<int> Partitions => _partitions.Keys.Select(partition => (int)partition);

    /// <summary>Closed panes, by start, until all their windows are final.</summary>
    public IReadOnlyDictionary<long, PaneProgress> Panes => _panes;

    /// <summary>The window families, as configured.</summary>
    public IReadOnlyList<FamilyProgress> Families => _families;

    /// <summary>The watermark that a partition begins with, when it is known.</summary>
    public bool TryGetBirthWatermark(int partition, out long watermarkMs) => _partitions.TryGetValue(partition, out watermarkMs);

    /// <summary>The progress of a family, or null.</summary>
    public FamilyProgress? Family(string name) => _families.Find(family => family.Definition.Name == name);

    /// <summary>Makes a partition known. The first one wins: what is final by then is late in it.</summary>
    public void Register(int partition)
    {
        if (IsOfOtherLayout || partition is < 0 or >= OffsetVector.MaxPartitions || _partitions.ContainsKey(partition))
        {
            return;
        }

        IsChanged = true;
        _partitions.Add(partition, _lateness.FinalAtMs(FinalMs));
    }

    /// <summary>Takes note that a pane was closed or corrected: the next revision of a pane that is not final.</summary>
    /// <param name="paneMs">Start of the pane.</param>
    /// <param name="revision">The revision that was read back.</param>
    /// <param name="vector">Its vector.</param>
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
            // There is more time between the first and the last event than before. All of it is not final yet, so that its zeros may be written once more.
            FirstMs = paneMs;
            _families.ForEach(family => family.EmptyUntilMs = EventTime.None);
        }
    }

    /// <summary>Takes note that a revision of a window has been written.</summary>
    /// <param name="family">The name of its family.</param>
    /// <param name="endMs">Its end.</param>
    /// <param name="revision">The revision.</param>
    /// <param name="watermarkMs">The watermark it was written with.</param>
    public void Published(string? family, long endMs, long revision, long watermarkMs)
    {
        if (IsOfOtherLayout || family is null || Family(family) is not { } progress || !PartitionState.IsTime(endMs) || endMs <= progress.FinalBeforeMs
            || !PartitionState.IsTime(watermarkMs) || progress.Definition.WindowsEndingIn(endMs - 1, endMs).FirstOrDefault() is not { LengthMs: > 0 } window
            || revision > Sums().Of(window) || revision <= progress.PublishedByEnd.GetValueOrDefault(endMs))
        {
            return;
        }

        IsChanged = true;
        progress.PublishedByEnd[endMs] = revision;
        PublishedWatermarkMs = Math.Max(PublishedWatermarkMs, watermarkMs);
        MoveFinalBefore();
    }

    /// <summary>Takes note that the windows without rows that end in <c>(afterMs, untilMs]</c> have been written as zeros, or left out as a gap.</summary>
    /// <param name="family">The name of their family.</param>
    /// <param name="afterMs">How far it was done when they were written: nothing may be missing before them.</param>
    /// <param name="untilMs">How far it is done now.</param>
    /// <param name="watermarkMs">The watermark they were written with.</param>
    public void EmptyPublished(string? family, long afterMs, long untilMs, long watermarkMs)
    {
        if (IsOfOtherLayout || family is null || Family(family) is not { } progress || FirstMs == EventTime.None || afterMs < FirstMs
            || !PartitionState.IsTime(untilMs) || !PartitionState.IsTime(watermarkMs) || afterMs > EmptyFromMs(progress) || untilMs <= EmptyFromMs(progress))
        {
            return;
        }

        IsChanged = true;
        progress.EmptyUntilMs = untilMs;
        PublishedWatermarkMs = Math.Max(PublishedWatermarkMs, watermarkMs);
        MoveFinalBefore();
    }

    /// <summary>Every window without rows of a family that ends at or before this time is written, or will never be; <see cref="EventTime.None"/> before the first event.</summary>
    public long EmptyFromMs(FamilyProgress family)
    {
        ArgumentNullException.ThrowIfNull(family);
        return FirstMs == EventTime.None ? EventTime.None : Math.Max(FirstMs, Math.Max(family.EmptyUntilMs, family.FinalBeforeMs));
    }

    /// <summary>
    /// The windows of a family that end in <c>(afterMs, untilMs]</c> and hold no rows; null when they are not the ones to write: it is done, or there is something to
    /// write before.
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

    /// <summary>Makes final every pane that ends at or before a time, if the caller has looked at all partitions.</summary>
    /// <param name="endMs">A pane's end.</param>
    /// <param name="partitionsSeen">The partitions that the caller looked at.</param>
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

    /// <summary>Whether all windows of a pane are final, so that nobody needs it any more.</summary>
    public bool IsDone(long paneMs)
    {
        Interval pane = new(paneMs, paneMs + _grid.SizeMs);
        return IsFinalPane(paneMs) && _families.TrueForAll(family => family.Definition.LastEndContaining(pane) <= family.FinalBeforeMs);
    }

    /// <summary>Whether no row can be counted in a pane any more.</summary>
    public bool IsFinalPane(long paneMs) => FinalMs != EventTime.None && paneMs < FinalMs;

    internal PaneSums Sums() => new(_panes, _grid.SizeMs);

    private bool IsPane(long startMs) => startMs != EventTime.None && PartitionState.IsTime(startMs) && _grid.PaneAt(startMs).StartMs == startMs;

    /// <summary>Passes every final window whose last revision is written, and forgets what is only needed for windows before.</summary>
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
                foreach (Interval window in family.Definition.WindowsEndingIn(EmptyFromMs(family), finalBeforeMs).Where(window => sums.Of(window) == 0).Take(1))
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

        // A pane's last window ends the later the later the pane starts, so those that are done come first.
        while (_panes.Count > 0 && IsDone(_panes.Keys[0]))
        {
            _panes.RemoveAt(0);
        }
    }
}

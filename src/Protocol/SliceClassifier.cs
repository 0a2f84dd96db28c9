using System.Collections.ObjectModel;
using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;
using Tidemark.Core.Watermarks;
using Tidemark.Core.Windows;

namespace Tidemark.Protocol;

/// <summary>
/// Decides, record by record in offset order, in which pane each record of a slice is counted, if any. Reusable for one slice after
/// another.
/// </summary>
internal sealed class SliceClassifier(EngineOptions options)
{
    private readonly PaneGrid _grid = PaneGrid.For(options.Windows);
    private readonly long _outOfOrdernessMs = (long)options.MaxOutOfOrderness.TotalMilliseconds;
    private readonly Lateness _lateness = new(options);
    private readonly Dictionary<long, PaneRows> _byStart = [];
    private readonly List<PaneRows> _panes = [];
    private SliceSource _source;
    private PaneRows? _recent; // most records enter the pane of the previous one
    private Interval _span; // the events that become late together with the previous one
    private long _lateAtMs;
    private List<SliceReject>? _rejects;
    private Dictionary<long, long>? _late;

    /// <summary>The partition's watermark after the last record.</summary>
    public long WatermarkMs { get; private set; }

    /// <summary>The greatest event time up to the last record.</summary>
    public long MaxEventTimeMs { get; private set; }

    /// <summary>The panes with counted rows, in the order of their first row.</summary>
    public IReadOnlyList<PaneRows> Panes => _panes;

    /// <summary>The number of records with each outcome, indexed by <see cref="RecordOutcome"/>.</summary>
    public long[] Outcomes { get; private set; } = [];

    /// <summary>The records that are not counted, in offset order.</summary>
    public IReadOnlyList<SliceReject> Rejects => _rejects is { } rejects ? rejects : [];

    /// <summary>The number of late events in a window whose end the watermark had not reached.</summary>
    public long LateInOpenWindow { get; private set; }

    /// <summary>The number of late events by the start of their minute.</summary>
    public IReadOnlyDictionary<long, long> Late => _late is { } late ? late : ReadOnlyDictionary<long, long>.Empty;

    /// <summary>Begins a slice. Objects returned for the previous slice stay unchanged.</summary>
    public void Begin(in SliceSource source)
    {
        End();
        _source = source;
        Outcomes = new long[RecordOutcomeNames.Count];
        LateInOpenWindow = 0;
        WatermarkMs = source.Cursor.WatermarkMs;
        MaxEventTimeMs = source.Cursor.MaxEventTimeMs;
    }

    /// <summary>Releases the slice.</summary>
    public void End()
    {
        _source = default;
        _byStart.Clear();
        _panes.Clear();
        _recent = null;
        _rejects = null;
        _late = null;
    }

    /// <summary>Classifies the next record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="offset">Its offset.</param>
    /// <param name="pane">The pane in which it is counted; null when it is late or rejected.</param>
    /// <returns>False when the record would exceed the number of panes: the slice ends before it.</returns>
    public bool TryTake(in EventRecord record, long offset, out PaneRows? pane)
    {
        pane = null;
        if (record.Outcome != RecordOutcome.Counted)
        {
            Reject(offset, record.Outcome, null);
            return true;
        }

        long timeMs = record.TimestampMs;
        PaneRows found = _recent is { } recent && timeMs >= recent.StartMs && timeMs < recent.EndMs ? recent : Find(timeMs);
        bool isLate = WatermarkMs >= LateAt(timeMs) || offset >= found.FrozenAt;
        if (!isLate && !found.IsUsed && !TryAdd(found))
        {
            return false;
        }

        if (timeMs > MaxEventTimeMs)
        {
            MaxEventTimeMs = timeMs;
            WatermarkMs = Math.Max(WatermarkMs, Watermark.OfPartition(timeMs, _outOfOrdernessMs));
        }

        if (isLate)
        {
            RejectLate(offset, timeMs);
            return true;
        }

        Outcomes[(int)RecordOutcome.Counted]++;
        found.LastRow = offset;
        pane = _recent = found;
        return true;
    }

    private long LateAt(long timeMs)
    {
        if (timeMs < _span.StartMs || timeMs >= _span.EndMs)
        {
            _span = Lateness.SpanAt(timeMs);
            _lateAtMs = _lateness.LateAtMs(timeMs);
        }

        return _lateAtMs;
    }

    private PaneRows Find(long timeMs)
    {
        Interval pane = _grid.PaneAt(timeMs);
        return _byStart.TryGetValue(pane.StartMs, out PaneRows? known)
            ? known
            : new PaneRows(pane, _source.Frozen.TryGetValue(pane.StartMs, out long frozenAt) ? frozenAt : long.MaxValue);
    }

    private bool TryAdd(PaneRows pane)
    {
        IReadOnlyDictionary<long, long> marks = _source.Cursor.Marks;
        if (_panes.Count >= PartitionSlice.MaxPanes
            || (!marks.ContainsKey(pane.StartMs) && marks.Count + _panes.Count(used => !marks.ContainsKey(used.StartMs)) >= PartitionState.MaxMarks))
        {
            return false;
        }

        _byStart.Add(pane.StartMs, pane);
        _panes.Add(pane);
        return pane.IsUsed = true;
    }

    private void RejectLate(long offset, long timeMs)
    {
        Reject(offset, RecordOutcome.Late, Lateness.SpanAt(timeMs).StartMs);
        LateInOpenWindow += _lateness.IsInOpenWindow(timeMs, WatermarkMs) ? 1 : 0;
    }

    private void Reject(long offset, RecordOutcome reason, long? missedMinuteMs)
    {
        (_rejects ??= []).Add(new SliceReject(offset, reason, missedMinuteMs));
        Outcomes[(int)reason]++;
        if (missedMinuteMs is { } minute)
        {
            _late ??= [];
            _late[minute] = _late.GetValueOrDefault(minute) + 1;
        }
    }
}

/// <summary>A pane while a slice is being read.</summary>
/// <param name="pane">The pane.</param>
/// <param name="frozenAt">Rows from this offset on are late, since the shard is closed there; <see cref="long.MaxValue"/> for none.</param>
internal sealed class PaneRows(Interval pane, long frozenAt)
{
    public long StartMs => pane.StartMs;

    public long EndMs => pane.EndMs;

    public long FrozenAt => frozenAt;

    /// <summary>Whether a row is counted in it.</summary>
    public bool IsUsed { get; set; }

    /// <summary>The offset of the last counted row.</summary>
    public long LastRow { get; set; }

    /// <summary>The counted rows; null while there are none.</summary>
    public Accumulator? Rows { get; set; }
}

using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;
using Tidemark.Core.Windows;

namespace Tidemark.Protocol;

/// <summary>A record of a slice that entered no window.</summary>
/// <param name="Offset">Its offset.</param>
/// <param name="Reason">Why.</param>
/// <param name="MissedPaneMs">For a late event the start of the pane that it missed.</param>
public readonly record struct SliceReject(long Offset, RecordOutcome Reason, long? MissedPaneMs);

/// <summary>
/// Part of a partition's log from its cursor on, classified in offset order with the cursor's watermark: which rows belong to which pane, which are late, and what
/// the cursor becomes. A function of the log, the cursor and the frozen shards alone, so that whoever does it again comes to the same.
/// </summary>
public sealed class PartitionSlice
{
    /// <summary>Most panes of a slice: it ends before the row that would bring one more.</summary>
    public const int MaxPanes = 256;

    private readonly EngineOptions _options;
    private readonly ParsedValues _values;
    private readonly PaneGrid _grid;
    private readonly Dictionary<long, List<(int Batch, int Record)>> _rows = [];
    private readonly SortedDictionary<long, long> _lastRows = [];
    private readonly List<SliceReject> _rejects = [];
    private readonly Dictionary<long, long> _late = [];
    private readonly long[] _outcomes = new long[RecordOutcomeNames.Count];
    private readonly PartitionState _cursor;
    private readonly IReadOnlyDictionary<long, long> _frozen;
    private readonly long _outOfOrdernessMs;
    private readonly long _latenessMs;
    private long _watermarkMs;
    private long _maxEventTimeMs;
    private long _read;

    private PartitionSlice(PartitionState cursor, ParsedValues values, EngineOptions options, IReadOnlyDictionary<long, long> frozen)
    {
        _cursor = cursor;
        _values = values;
        _options = options;
        _frozen = frozen;
        _grid = PaneGrid.For(options.Windows);
        _outOfOrdernessMs = (long)options.MaxOutOfOrderness.TotalMilliseconds;
        _latenessMs = (long)options.AllowedLateness.TotalMilliseconds;
        _watermarkMs = cursor.WatermarkMs;
        _maxEventTimeMs = cursor.MaxEventTimeMs;
        From = cursor.Next;
    }

    /// <summary>The first offset.</summary>
    public long From { get; }

    /// <summary>The last offset; below <see cref="From"/> when the very first row would bring a pane too many.</summary>
    public long To { get; private set; }

    /// <summary>The offset of the last counted row of each pane, by the start of the pane.</summary>
    public IReadOnlyDictionary<long, long> LastRows => _lastRows;

    /// <summary>What entered no window, in offset order.</summary>
    public IReadOnlyList<SliceReject> Rejects => _rejects;

    /// <summary>How many records had an outcome; <see cref="RecordOutcome.Counted"/> is counted.</summary>
    public long CountOf(RecordOutcome outcome) => _outcomes[(int)outcome];

    /// <summary>Classifies the records from the cursor's next on.</summary>
    /// <param name="cursor">An open cursor.</param>
    /// <param name="values">Records in offset order, all of those that the log holds from the cursor's next to <paramref name="to"/>, and no others.</param>
    /// <param name="to">The last offset that is known, a record's or not.</param>
    /// <param name="options">The options.</param>
    /// <param name="frozen">For each pane whose shard is closed the shard's next: rows from there on are late.</param>
    public static PartitionSlice Read(PartitionState cursor, ParsedValues values, long to, EngineOptions options, IReadOnlyDictionary<long, long> frozen)
    {
        ArgumentNullException.ThrowIfNull(cursor);
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(frozen);
        PartitionSlice slice = new(cursor, values, options, frozen);
        slice.To = slice.Classify() ?? to;
        return slice;
    }

    /// <summary>The counted rows of a pane from an offset on, encoded; null when there are none.</summary>
    public byte[]? Partial(long paneMs, long from)
    {
        Accumulator? rows = null;
        List<(int Batch, int Record)> places = _rows[paneMs];
        for (int i = 0; i < places.Count;)
        {
            // Rows next to one another are added together.
            (int number, int first) = places[i];
            EventBatch batch = _values.Batches[number];
            int length = 0;
            while (i < places.Count && places[i] == (number, first + length))
            {
                length++;
                i++;
            }

            ReadOnlySpan<EventRecord> run = batch.Records.Slice(first, length);
            while (run.Length > 0 && _values.OffsetOf(number, in run[0]) < from)
            {
                run = run[1..];
            }

            if (run.Length > 0)
            {
                rows ??= new Accumulator(_options.Limits);
                rows.AddRange(run, batch);
            }
        }

        return rows is null ? null : AccumulatorCodec.EncodeWithin(rows, StateFrame.MaxContentBytes);
    }

    /// <summary>The step that the cursor takes.</summary>
    /// <param name="nowMs">Now.</param>
    public PartitionAdvance Advance(long nowMs)
    {
        long values = _values.Values.Count(value => value.Offset >= From && value.Offset <= To);
        return new PartitionAdvance
        {
            From = From,
            WatermarkSeenMs = _cursor.WatermarkMs,
            To = To,
            WatermarkMs = _watermarkMs,
            MaxEventTimeMs = _maxEventTimeMs,
            ArrivalMs = nowMs,
            Marks = _lastRows.ToDictionary(pair => pair.Key, pair => pair.Value + 1),
            Outcomes = [.. _outcomes],
            Blank = values - _read,
            Missing = To - From + 1 - values,
            Late = _late,
        };
    }

    /// <returns>The offset before the first record that does not fit any more; null when all fit.</returns>
    private long? Classify()
    {
        for (int number = 0; number < _values.Batches.Count; number++)
        {
            ReadOnlySpan<EventRecord> records = _values.Batches[number].Records;
            for (int i = 0; i < records.Length; i++)
            {
                ref readonly EventRecord record = ref records[i];
                long offset = _values.OffsetOf(number, in record);
                if (record.Outcome != RecordOutcome.Counted)
                {
                    Reject(offset, record.Outcome, null);
                }
                else if (!Count(number, i, record.TimestampMs, offset))
                {
                    return offset - 1;
                }

                _read++;
            }
        }

        return null;
    }

    private bool Count(int number, int index, long timeMs, long offset)
    {
        Interval pane = _grid.PaneAt(timeMs);
        bool isLate = (_watermarkMs != EventTime.None && _watermarkMs >= pane.EndMs - 1 + _latenessMs)
            || (_frozen.TryGetValue(pane.StartMs, out long frozenAt) && offset >= frozenAt);
        if (!isLate && !_rows.ContainsKey(pane.StartMs) && !HasRoom(pane.StartMs))
        {
            return false;
        }

        if (timeMs > _maxEventTimeMs)
        {
            _maxEventTimeMs = timeMs;
            _watermarkMs = Math.Max(_watermarkMs, timeMs - _outOfOrdernessMs - 1);
        }

        if (isLate)
        {
            Reject(offset, RecordOutcome.Late, pane.StartMs);
            return true;
        }

        if (!_rows.TryGetValue(pane.StartMs, out List<(int Batch, int Record)>? rows))
        {
            _rows.Add(pane.StartMs, rows = []);
        }

        rows.Add((number, index));
        _lastRows[pane.StartMs] = offset;
        _outcomes[(int)RecordOutcome.Counted]++;
        return true;
    }

    private bool HasRoom(long paneMs)
    {
        int marks = _cursor.Marks.Count + _rows.Keys.Count(pane => !_cursor.Marks.ContainsKey(pane));
        return _rows.Count < MaxPanes && (_cursor.Marks.ContainsKey(paneMs) || marks < PartitionState.MaxMarks);
    }

    private void Reject(long offset, RecordOutcome reason, long? missedPaneMs)
    {
        _rejects.Add(new SliceReject(offset, reason, missedPaneMs));
        _outcomes[(int)reason]++;
        if (missedPaneMs is { } pane)
        {
            _late[pane] = _late.GetValueOrDefault(pane) + 1;
        }
    }
}

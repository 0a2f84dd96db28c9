using Tidemark.Core.Parsing;

namespace Tidemark.Protocol;

/// <summary>A record of a slice that is not counted.</summary>
/// <param name="Offset">Its offset.</param>
/// <param name="Reason">The reason.</param>
/// <param name="MissedMinuteMs">For a late event, the start of its minute, epoch milliseconds; else null.</param>
public readonly record struct SliceReject(long Offset, RecordOutcome Reason, long? MissedMinuteMs);

/// <summary>The counted rows of a slice in one pane.</summary>
/// <param name="PaneMs">The start of the pane, epoch milliseconds.</param>
/// <param name="LastRow">The offset of the last row.</param>
/// <param name="Rows">The rows, as an encoded accumulator.</param>
public readonly record struct SlicePane(long PaneMs, long LastRow, byte[] Rows);

/// <summary>
/// A part of a partition's log from its cursor on, classified in offset order with the cursor's watermark: which rows belong to which pane,
/// which are late, and how the cursor advances. A function of the log, the cursor and the frozen shards alone, so that repeating it gives
/// the same result. Created by <see cref="SliceReader.Read"/>; immutable.
/// </summary>
public sealed class PartitionSlice
{
    /// <summary>The maximum number of panes of a slice, which ends before the row that would add one more.</summary>
    public const int MaxPanes = 256;

    private readonly long _watermarkMs;
    private readonly long _maxEventTimeMs;
    private readonly long _blank;
    private readonly long[] _outcomes;
    private readonly IReadOnlyDictionary<long, long> _late;
    private readonly long _lateInOpenWindow;

    internal PartitionSlice(SliceSource source, long to, SlicePane[] panes, SliceClassifier classified)
    {
        Source = source;
        To = to;
        Panes = panes;
        Rejects = classified.Rejects;
        _late = classified.Late;
        _lateInOpenWindow = classified.LateInOpenWindow;
        _outcomes = classified.Outcomes;
        _watermarkMs = classified.WatermarkMs;
        _maxEventTimeMs = classified.MaxEventTimeMs;
        _blank = source.Values.Length - _outcomes.Sum();
    }

    /// <summary>The first offset.</summary>
    public long From => Source.Cursor.Next;

    /// <summary>The last offset; below <see cref="From"/> when the very first row would exceed the number of panes.</summary>
    public long To { get; }

    /// <summary>The panes with counted rows, by start.</summary>
    public IReadOnlyList<SlicePane> Panes { get; }

    /// <summary>The records that are not counted, in offset order.</summary>
    public IReadOnlyList<SliceReject> Rejects { get; }

    /// <summary>The input of the slice, cut to the part that fits.</summary>
    internal SliceSource Source { get; }

    /// <summary>The number of records with an outcome.</summary>
    public long CountOf(RecordOutcome outcome) => _outcomes[(int)outcome];

    /// <summary>The step to apply to the cursor.</summary>
    /// <param name="nowMs">The current time, epoch milliseconds.</param>
    public PartitionAdvance Advance(long nowMs)
    {
        SortedList<long, long> marks = new(Panes.Count);
        foreach (SlicePane pane in Panes)
        {
            marks.Add(pane.PaneMs, pane.LastRow + 1);
        }

        return new PartitionAdvance
        {
            From = From,
            WatermarkSeenMs = Source.Cursor.WatermarkMs,
            To = To,
            WatermarkMs = _watermarkMs,
            MaxEventTimeMs = _maxEventTimeMs,
            ArrivalMs = nowMs,
            Marks = marks,
            Outcomes = _outcomes,
            Blank = _blank,
            Missing = To - From + 1 - Source.Values.Length,
            Late = _late,
            LateInOpenWindow = _lateInOpenWindow,
            LastUncounted = LastUncounted(),
        };
    }

    private Dictionary<RecordOutcome, long>? LastUncounted()
    {
        if (Rejects.Count == 0)
        {
            return null;
        }

        Dictionary<RecordOutcome, long> last = [];
        foreach (SliceReject reject in Rejects)
        {
            last[reject.Reason] = reject.Offset;
        }

        return last;
    }
}

/// <summary>The input of a slice.</summary>
/// <param name="Cursor">An open cursor.</param>
/// <param name="Values">All records that the log holds from the cursor's next offset on, in offset order.</param>
/// <param name="Frozen">The next offset of each closed shard by pane: rows from there on are late.</param>
internal readonly record struct SliceSource(PartitionState Cursor, ReadOnlyMemory<KafkaValue> Values, IReadOnlyDictionary<long, long> Frozen);

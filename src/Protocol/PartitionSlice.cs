using Tidemark.Core.Parsing;

namespace Tidemark.Protocol;

/// <summary>A record of a slice that entered no window.</summary>
/// <param name="Offset">Its offset.</param>
/// <param name="Reason">Why.</param>
/// <param name="MissedMinuteMs">For a late event the start of the minute that it missed.</param>
public readonly record struct SliceReject(long Offset, RecordOutcome Reason, long? MissedMinuteMs);

/// <summary>The counted rows of a slice in one pane.</summary>
/// <param name="PaneMs">Start of the pane.</param>
/// <param name="LastRow">The offset of the last one.</param>
/// <param name="Rows">All of them, as an encoded accumulator.</param>
public readonly record struct SlicePane(long PaneMs, long LastRow, byte[] Rows);

/// <summary>
/// Part of a partition's log from its cursor on, classified in offset order with the cursor's watermark: which rows belong to which pane, which are late, and what
/// the cursor becomes. A function of the log, the cursor and the frozen shards alone, so that whoever does it again comes to the same. Made by
/// <see cref="SliceReader.Read"/>; immutable.
/// </summary>
public sealed class PartitionSlice
{
    /// <summary>Most panes of a slice: it ends before the row that would bring one more.</summary>
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

    /// <summary>The last offset; below <see cref="From"/> when the very first row would bring a pane too many.</summary>
    public long To { get; }

    /// <summary>The panes with counted rows, by start.</summary>
    public IReadOnlyList<SlicePane> Panes { get; }

    /// <summary>What entered no window, in offset order.</summary>
    public IReadOnlyList<SliceReject> Rejects { get; }

    /// <summary>What the slice was read from, cut to what fits.</summary>
    internal SliceSource Source { get; }

    /// <summary>How many records had an outcome; <see cref="RecordOutcome.Counted"/> is counted.</summary>
    public long CountOf(RecordOutcome outcome) => _outcomes[(int)outcome];

    /// <summary>The step that the cursor takes.</summary>
    /// <param name="nowMs">Now.</param>
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
        };
    }
}

/// <summary>What a slice is read from.</summary>
/// <param name="Cursor">An open cursor.</param>
/// <param name="Values">Records in offset order, all of those that the log holds from the cursor's next on.</param>
/// <param name="Frozen">For each pane whose shard is closed the shard's next: rows from there on are late.</param>
internal readonly record struct SliceSource(PartitionState Cursor, ReadOnlyMemory<KafkaValue> Values, IReadOnlyDictionary<long, long> Frozen);

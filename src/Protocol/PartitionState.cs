using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;

namespace Tidemark.Protocol;

/// <summary>
/// The durable cursor of one partition. Every change is a compare-and-set that has no effect when it arrives late, twice or is based on an
/// older state; none throws. Operations return nothing: read the state to learn the outcome.
/// </summary>
public sealed class PartitionState
{
    /// <summary>The maximum number of panes with a mark. A step that would exceed it is refused until panes become final.</summary>
    public const int MaxMarks = 4096;

    /// <summary>
    /// The maximum number of minutes whose late events are counted separately; those of the earliest are counted together.
    /// </summary>
    public const int MaxLateMinutes = 1024;

    private const char Kind = 'P';

    private readonly long[] _outcomes = new long[RecordOutcomeNames.Count];
    private StoredMap _marks;
    private StoredMap _late;
    private StoredMap _lastUncounted; // by outcome

    /// <summary>Whether the cursor has been opened.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Whether an operation has changed the state since it was decoded.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>The first offset.</summary>
    public long Start { get; private set; }

    /// <summary>The offset after the last applied one.</summary>
    public long Next { get; private set; }

    /// <summary>The watermark, epoch milliseconds, or <see cref="EventTime.None"/>. Decides lateness; never goes back.</summary>
    public long WatermarkMs { get; private set; } = EventTime.None;

    /// <summary>The greatest event time of a counted or late event, epoch milliseconds, or <see cref="EventTime.None"/>.</summary>
    public long MaxEventTimeMs { get; private set; } = EventTime.None;

    /// <summary>When the cursor was opened or last advanced, epoch milliseconds.</summary>
    public long LastArrivalMs { get; private set; }

    /// <summary>By the start of each pane that is not final: the offset after its last counted row.</summary>
    public IReadOnlyDictionary<long, long> Marks => _marks.Value;

    /// <summary>
    /// Marks of panes that end at or before this time have been dropped, since they were final; epoch milliseconds, or <see
    /// cref="EventTime.None"/>.
    /// </summary>
    public long PrunedMs { get; private set; } = EventTime.None;

    /// <summary>The number of late events by the start of their minute, of the last <see cref="MaxLateMinutes"/> such minutes.</summary>
    public IReadOnlyDictionary<long, long> Late => _late.Value;

    /// <summary>The number of late events of earlier minutes.</summary>
    public long LateElsewhere { get; private set; }

    /// <summary>The number of late events in a window whose end the watermark had not reached.</summary>
    public long LateInOpenWindow { get; private set; }

    /// <summary>The number of offsets with a blank value.</summary>
    public long Blank { get; private set; }

    /// <summary>The number of offsets without a record in the log.</summary>
    public long Missing { get; private set; }

    /// <summary>The number of counted events.</summary>
    public long Counted => _outcomes[(int)RecordOutcome.Counted];

    /// <summary>The number of rejected records, not including late ones.</summary>
    public long Rejected => _outcomes.Sum() - Counted - _outcomes[(int)RecordOutcome.Late];

    /// <summary>The number of records with an outcome.</summary>
    public long CountOf(RecordOutcome outcome) => _outcomes[(int)outcome];

    /// <summary>
    /// The offset of the last record that was not counted for a reason, as an example of it: the record itself is in the log. Null when
    /// there is none, or when an earlier version applied it.
    /// </summary>
    public long? LastOffsetOf(RecordOutcome reason) => _lastUncounted.Value.TryGetValue((long)reason, out long offset) ? offset : null;

    /// <summary>Opens the cursor, unless it is open already.</summary>
    /// <param name="start">The first offset to read.</param>
    /// <param name="watermarkMs">The birth watermark, epoch milliseconds, or <see cref="EventTime.None"/>.</param>
    /// <param name="nowMs">The current time, epoch milliseconds.</param>
    public void Open(long start, long watermarkMs, long nowMs)
    {
        if (IsOpen || start is < 0 or > OffsetVector.MaxOffset || !IsTime(watermarkMs) || !IsTime(nowMs))
        {
            return;
        }

        IsOpen = IsChanged = true;
        Start = Next = start;
        WatermarkMs = watermarkMs;
        LastArrivalMs = nowMs;
    }

    /// <summary>Applies a step, if neither the next offset nor the watermark has changed since the caller read them.</summary>
    public void Advance(PartitionAdvance? step)
    {
        if (step is null || !IsOpen || step.From != Next || step.WatermarkSeenMs != WatermarkMs || !IsSound(step))
        {
            return;
        }

        IsChanged = true;
        Next = step.To + 1;
        WatermarkMs = step.WatermarkMs;
        MaxEventTimeMs = Math.Max(MaxEventTimeMs, step.MaxEventTimeMs);
        LastArrivalMs = Math.Max(LastArrivalMs, step.ArrivalMs);
        Blank += step.Blank;
        Missing += step.Missing;
        LateInOpenWindow += step.LateInOpenWindow;
        for (int i = 0; i < _outcomes.Length; i++)
        {
            _outcomes[i] += step.Outcomes[i];
        }

        SortedList<long, long> marks = _marks.Editable;
        foreach ((long pane, long mark) in step.Marks)
        {
            marks[pane] = mark;
        }

        if (step.LastUncounted is { } last)
        {
            SortedList<long, long> lastUncounted = _lastUncounted.Editable;
            foreach ((RecordOutcome reason, long offset) in last)
            {
                lastUncounted[(long)reason] = offset;
            }
        }

        SortedList<long, long> late = _late.Editable;
        foreach ((long minute, long count) in step.Late)
        {
            late[minute] = late.GetValueOrDefault(minute) + count;
        }

        while (late.Count > MaxLateMinutes)
        {
            LateElsewhere += late.Values[0];
            late.RemoveAt(0);
        }
    }

    /// <summary>Raises the watermark of an idle partition, if nothing was applied since the caller read the state.</summary>
    /// <param name="next">The next offset that the caller read.</param>
    /// <param name="watermarkMs">The watermark to raise it to, epoch milliseconds.</param>
    public void Lift(long next, long watermarkMs)
    {
        if (IsOpen && next == Next && IsTime(watermarkMs) && watermarkMs > WatermarkMs)
        {
            IsChanged = true;
            WatermarkMs = watermarkMs;
        }
    }

    /// <summary>Drops the marks of final panes.</summary>
    /// <param name="finalMs">The end of the last final pane, epoch milliseconds.</param>
    public void Prune(long finalMs)
    {
        SortedList<long, long> marks = _marks.Editable;
        while (marks.Count > 0 && marks.Keys[0] < finalMs && IsTime(finalMs))
        {
            IsChanged = true;
            PrunedMs = Math.Max(PrunedMs, finalMs);
            marks.RemoveAt(0);
        }
    }

    /// <summary>Encodes the state.</summary>
    public byte[] Encode()
    {
        ByteWriter writer = StateFrame.Begin(Kind);
        writer.Byte(IsOpen ? (byte)1 : (byte)0);
        writer.VarInt(Start);
        writer.VarInt(Next);
        writer.Time(WatermarkMs);
        writer.Time(MaxEventTimeMs);
        writer.Time(LastArrivalMs);
        writer.VarInt(Blank);
        writer.VarInt(Missing);
        writer.VarInt(LateElsewhere);
        writer.VarInt(_outcomes.Length);
        foreach (long count in _outcomes)
        {
            writer.VarInt(count);
        }

        _marks.Write(writer);
        _late.Write(writer);
        writer.Time(PrunedMs);
        writer.VarInt(LateInOpenWindow);
        _lastUncounted.Write(writer);
        return StateFrame.End(writer);
    }

    /// <summary>
    /// Decodes a state; null is a partition without a cursor. Maps are decoded on demand: <paramref name="source"/> must not be changed
    /// afterwards.
    /// </summary>
    /// <exception cref="InvalidDataException">Not the binary form of this state.</exception>
    public static PartitionState Decode(byte[]? source)
    {
        if (source is null || source.Length == 0)
        {
            return new PartitionState();
        }

        PartitionState state = new();
        ByteReader reader = StateFrame.Open(source, Kind);
        state.IsOpen = reader.Byte("whether it is open") != 0;
        state.Start = reader.VarInt(OffsetVector.MaxOffset, "the first offset");
        state.Next = reader.VarInt(OffsetVector.MaxOffset + 1, "the next offset");
        state.WatermarkMs = reader.Time("the watermark");
        state.MaxEventTimeMs = reader.Time("the greatest event time");
        state.LastArrivalMs = reader.Time("the last arrival");
        state.Blank = reader.VarInt(long.MaxValue, "blank values");
        state.Missing = reader.VarInt(long.MaxValue, "missing offsets");
        state.LateElsewhere = reader.VarInt(long.MaxValue, "late events");

        // A later version may have more outcomes, which are appended.
        int outcomes = (int)reader.VarInt(RecordOutcomeNames.Count, "outcomes");
        for (int i = 0; i < outcomes; i++)
        {
            state._outcomes[i] = reader.VarInt(long.MaxValue, "an outcome");
        }

        state._marks = StoredMap.Next(ref reader, source, MaxMarks, "marks");
        state._late = StoredMap.Next(ref reader, source, MaxLateMinutes, "late events by minute");
        if (reader.Remaining > 0)
        {
            // Not written by earlier versions.
            state.PrunedMs = reader.Time("what was dropped");
        }

        if (reader.Remaining > 0)
        {
            state.LateInOpenWindow = reader.VarInt(long.MaxValue, "late events in open windows");
        }

        if (reader.Remaining > 0)
        {
            state._lastUncounted = StoredMap.Next(ref reader, source, RecordOutcomeNames.Count, "examples");
        }

        reader.RequireEnd();
        return state;
    }

    /// <summary>Decodes a state; returns null when the binary form is invalid, which an operation then leaves unchanged.</summary>
    public static PartitionState? TryDecode(byte[]? source) => source is null ? new() : StateFrame.Try(source, Decode);

    internal static bool IsTime(long timeMs) => timeMs == EventTime.None || timeMs is > -(1L << 52) and < (1L << 52);

    private static bool IsReason(RecordOutcome outcome) => outcome != RecordOutcome.Counted && (int)outcome < RecordOutcomeNames.Count;

    /// <summary>Whether a step is consistent: every offset has exactly one outcome, and nothing goes back.</summary>
    private bool IsSound(PartitionAdvance step)
    {
        if (step.To < step.From || step.To > OffsetVector.MaxOffset || step.WatermarkMs < WatermarkMs || step.Blank < 0 || step.Missing < 0
            || !IsTime(step.WatermarkMs) || !IsTime(step.MaxEventTimeMs) || !IsTime(step.ArrivalMs)
            || step.Marks is null || step.Late is null || step.Outcomes is null || step.Outcomes.Count != _outcomes.Length)
        {
            return false;
        }

        long span = step.To - step.From + 1;
        Int128 records = step.Blank + (Int128)step.Missing;
        foreach (long count in step.Outcomes)
        {
            records += count;
            if (count < 0)
            {
                return false;
            }
        }

        return records == span
            && step.Marks.All(mark => IsTime(mark.Key) && mark.Key != EventTime.None && mark.Value > step.From && mark.Value <= step.To + 1)
            && step.Late.All(late => IsTime(late.Key) && late.Key != EventTime.None && late.Value > 0)
            && (step.LastUncounted is null || step.LastUncounted.All(last => IsReason(last.Key) && last.Value >= step.From && last.Value <= step.To))
            && step.LateInOpenWindow >= 0 && step.LateInOpenWindow <= step.Outcomes[(int)RecordOutcome.Late]
            && step.Late.Values.Aggregate(Int128.Zero, (sum, count) => sum + count) == step.Outcomes[(int)RecordOutcome.Late]
            && Marks.Count + step.Marks.Keys.Count(pane => !Marks.ContainsKey(pane)) <= MaxMarks;
    }
}

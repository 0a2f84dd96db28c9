using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;

namespace Tidemark.Protocol;

/// <summary>
/// How far one partition has durably been applied. Every change is a compare-and-set that does nothing when it comes late, twice or
/// from one who saw an older state; none throws. What happened is read back, never answered.
/// </summary>
public sealed class PartitionState
{
    /// <summary>Most panes with a mark: a step that would bring more is refused, until panes are final.</summary>
    public const int MaxMarks = 4096;

    /// <summary>Most minutes whose late events are told apart: those of the earliest are counted together.</summary>
    public const int MaxLateMinutes = 1024;

    private const char Kind = 'P';

    private readonly long[] _outcomes = new long[RecordOutcomeNames.Count];
    private StoredMap _marks;
    private StoredMap _late;

    /// <summary>Whether there is a cursor yet.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Whether an operation changed anything.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>The offset that it began at.</summary>
    public long Start { get; private set; }

    /// <summary>The offset after the last one applied.</summary>
    public long Next { get; private set; }

    /// <summary>The watermark, epoch milliseconds, or <see cref="EventTime.None"/>. Decides lateness; never goes back.</summary>
    public long WatermarkMs { get; private set; } = EventTime.None;

    /// <summary>The greatest event time of a counted or late event, epoch milliseconds, or <see cref="EventTime.None"/>.</summary>
    public long MaxEventTimeMs { get; private set; } = EventTime.None;

    /// <summary>When it was opened or last advanced, epoch milliseconds.</summary>
    public long LastArrivalMs { get; private set; }

    /// <summary>Start of each pane that is not final, to the offset after its last counted row.</summary>
    public IReadOnlyDictionary<long, long> Marks => _marks.Value;

    /// <summary>What ended at or before this time was final when its marks were dropped, epoch milliseconds, or <see cref="EventTime.None"/>.</summary>
    public long PrunedMs { get; private set; } = EventTime.None;

    /// <summary>Late events by the start of the minute they missed, of the last <see cref="MaxLateMinutes"/> such minutes.</summary>
    public IReadOnlyDictionary<long, long> Late => _late.Value;

    /// <summary>Late events of earlier minutes.</summary>
    public long LateElsewhere { get; private set; }

    /// <summary>Late events that lay in a window whose end the watermark had not reached.</summary>
    public long LateInOpenWindow { get; private set; }

    /// <summary>Offsets whose value was blank.</summary>
    public long Blank { get; private set; }

    /// <summary>Offsets at which the log held no record.</summary>
    public long Missing { get; private set; }

    /// <summary>Events counted in a window.</summary>
    public long Counted => _outcomes[(int)RecordOutcome.Counted];

    /// <summary>Records that could not be counted, late ones not included.</summary>
    public long Rejected => _outcomes.Sum() - Counted - _outcomes[(int)RecordOutcome.Late];

    /// <summary>How many records had an outcome; <see cref="RecordOutcome.Counted"/> is counted.</summary>
    public long CountOf(RecordOutcome outcome) => _outcomes[(int)outcome];

    /// <summary>Makes the cursor. The first one wins.</summary>
    /// <param name="start">The first offset to read.</param>
    /// <param name="watermarkMs">What is already late, or <see cref="EventTime.None"/>.</param>
    /// <param name="nowMs">Now.</param>
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

    /// <summary>Takes a step, if nobody took one since its caller looked and nobody raised the watermark.</summary>
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

    /// <summary>Raises the watermark of a partition that nobody writes to, if nothing was applied since its caller looked.</summary>
    /// <param name="next">The cursor's next that was seen.</param>
    /// <param name="watermarkMs">The watermark to raise it to.</param>
    public void Lift(long next, long watermarkMs)
    {
        if (IsOpen && next == Next && IsTime(watermarkMs) && watermarkMs > WatermarkMs)
        {
            IsChanged = true;
            WatermarkMs = watermarkMs;
        }
    }

    /// <summary>Drops the marks of final panes.</summary>
    /// <param name="finalMs">The end of the last final pane.</param>
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

    /// <summary>The binary form.</summary>
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
        return StateFrame.End(writer);
    }

    /// <summary>The state of a binary form; a partition without cursor for none. Parts of it are read later: the form is not to be changed afterwards.</summary>
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

        // A later version may know more reasons; those it adds come last.
        int outcomes = (int)reader.VarInt(RecordOutcomeNames.Count, "outcomes");
        for (int i = 0; i < outcomes; i++)
        {
            state._outcomes[i] = reader.VarInt(long.MaxValue, "an outcome");
        }

        state._marks = StoredMap.Next(ref reader, source, MaxMarks, "marks");
        state._late = StoredMap.Next(ref reader, source, MaxLateMinutes, "late events by minute");
        if (reader.Remaining > 0)
        {
            // A version before this one did not write it.
            state.PrunedMs = reader.Time("what was dropped");
        }

        if (reader.Remaining > 0)
        {
            state.LateInOpenWindow = reader.VarInt(long.MaxValue, "late events in open windows");
        }

        reader.RequireEnd();
        return state;
    }

    /// <summary>The state of a binary form, or null when it is not one: an operation then leaves it as it is.</summary>
    public static PartitionState? TryDecode(byte[]? source) => source is null ? new() : StateFrame.Try(source, Decode);

    internal static bool IsTime(long timeMs) => timeMs == EventTime.None || timeMs is > -(1L << 52) and < (1L << 52);

    /// <summary>Whether a step adds up: every offset has exactly one outcome, and nothing goes back.</summary>
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
            && step.LateInOpenWindow >= 0 && step.LateInOpenWindow <= step.Outcomes[(int)RecordOutcome.Late]
            && step.Late.Values.Aggregate(Int128.Zero, (sum, count) => sum + count) == step.Outcomes[(int)RecordOutcome.Late]
            && Marks.Count + step.Marks.Keys.Count(pane => !Marks.ContainsKey(pane)) <= MaxMarks;
    }
}

using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Core.Watermarks;
using Tidemark.Engine.Checkpoint;

namespace Tidemark.Engine;

/// <summary>
/// How far one partition has been read: its next offset, its watermark, and what became of every record. The watermark is
/// <see cref="Watermark.OfPartition"/> and never goes back.
/// </summary>
public sealed class PartitionCursor
{
    private readonly long _maxOutOfOrdernessMs;
    private readonly long[] _outcomes = new long[RecordOutcomeNames.Count];

    /// <summary>A cursor before the first record.</summary>
    /// <param name="maxOutOfOrdernessMs">0 or more.</param>
    public PartitionCursor(long maxOutOfOrdernessMs) => _maxOutOfOrdernessMs = maxOutOfOrdernessMs;

    /// <summary>The offset after the last one applied.</summary>
    public long Next { get; internal set; }

    /// <summary>The greatest event time of a counted or late event, epoch milliseconds, or <see cref="EventTime.None"/>.</summary>
    public long MaxEventTimeMs { get; private set; } = EventTime.None;

    /// <summary>No event at or before this time is expected any more; epoch milliseconds, or <see cref="EventTime.None"/>.</summary>
    public long WatermarkMs { get; private set; } = EventTime.None;

    /// <summary>Events counted in a window.</summary>
    public long Counted => _outcomes[(int)RecordOutcome.Counted];

    /// <summary>Events past their allowed lateness.</summary>
    public long Late => _outcomes[(int)RecordOutcome.Late];

    /// <summary>Records that could not be counted for any other reason.</summary>
    public long Rejected
    {
        get
        {
            long rejected = 0;
            for (RecordOutcome reason = RecordOutcome.TooLarge; reason < RecordOutcome.Late; reason++)
            {
                rejected += CountOf(reason);
            }

            return rejected;
        }
    }

    /// <summary>Records handed to the engine. Kept apart from the outcomes, so that the two can be compared.</summary>
    public long Read { get; internal set; }

    /// <summary>Whether the partition is idle: silent, with nothing left to read. Set by the host, which knows the broker.</summary>
    public bool IsIdle { get; internal set; }

    /// <summary>How many records had an outcome; <see cref="RecordOutcome.Counted"/> is counted.</summary>
    public long CountOf(RecordOutcome outcome) => _outcomes[(int)outcome];

    /// <summary>Notes the time of an event that is counted or late.</summary>
    internal void Observe(long timeMs)
    {
        if (timeMs > MaxEventTimeMs)
        {
            MaxEventTimeMs = timeMs;
            Lift(Watermark.OfPartition(timeMs, _maxOutOfOrdernessMs));
        }
    }

    /// <summary>Raises the watermark; a lower one changes nothing.</summary>
    internal void Lift(long watermarkMs) => WatermarkMs = Math.Max(WatermarkMs, watermarkMs);

    /// <summary>What the cursor knows.</summary>
    internal CursorSnapshot Capture() => new(Next, MaxEventTimeMs, WatermarkMs, Read, IsIdle, [.. _outcomes]);

    /// <summary>Takes over what another cursor knew. Outcomes that were not known then stay at 0.</summary>
    internal void Restore(CursorSnapshot snapshot)
    {
        Next = snapshot.Next;
        MaxEventTimeMs = snapshot.MaxEventTimeMs;
        WatermarkMs = snapshot.WatermarkMs;
        Read = snapshot.Read;
        IsIdle = snapshot.IsIdle;
        snapshot.Outcomes.CopyTo(_outcomes, 0);
    }

    /// <summary>Notes what became of some records.</summary>
    internal void Tally(RecordOutcome outcome, long records) => _outcomes[(int)outcome] += records;
}

using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Core.Watermarks;
using Tidemark.Engine.Checkpoint;

namespace Tidemark.Engine;

/// <summary>
/// The progress of one partition: its next offset, its watermark, and the outcomes of its records. The watermark is
/// <see cref="Watermark.OfPartition"/> and never goes back.
/// </summary>
public sealed class PartitionCursor
{
    private readonly long _maxOutOfOrdernessMs;
    private readonly long[] _outcomes = new long[RecordOutcomeNames.Count];

    /// <summary>Creates a cursor before the first record.</summary>
    /// <param name="maxOutOfOrdernessMs">The allowed out-of-orderness in milliseconds, 0 or more.</param>
    public PartitionCursor(long maxOutOfOrdernessMs) => _maxOutOfOrdernessMs = maxOutOfOrdernessMs;

    /// <summary>The offset after the last applied one.</summary>
    public long Next { get; internal set; }

    /// <summary>The greatest event time of a counted or late event, epoch milliseconds, or <see cref="EventTime.None"/>.</summary>
    public long MaxEventTimeMs { get; private set; } = EventTime.None;

    /// <summary>No event at or before this time is expected any more; epoch milliseconds, or <see cref="EventTime.None"/>.</summary>
    public long WatermarkMs { get; private set; } = EventTime.None;

    /// <summary>The number of counted events.</summary>
    public long Counted => _outcomes[(int)RecordOutcome.Counted];

    /// <summary>The number of events past their allowed lateness.</summary>
    public long Late => _outcomes[(int)RecordOutcome.Late];

    /// <summary>The number of records that were rejected for any reason but lateness.</summary>
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

    /// <summary>The number of records passed to the engine, kept independently of the outcomes so that the two can be compared.</summary>
    public long Read { get; internal set; }

    /// <summary>Whether the partition is idle: silent and fully read. Set by the host, which knows the broker.</summary>
    public bool IsIdle { get; internal set; }

    /// <summary>The number of records with an outcome.</summary>
    public long CountOf(RecordOutcome outcome) => _outcomes[(int)outcome];

    /// <summary>Applies the time of an event that is counted or late.</summary>
    internal void Observe(long timeMs)
    {
        if (timeMs > MaxEventTimeMs)
        {
            MaxEventTimeMs = timeMs;
            Lift(Watermark.OfPartition(timeMs, _maxOutOfOrdernessMs));
        }
    }

    /// <summary>Raises the watermark; a lower value has no effect.</summary>
    internal void Lift(long watermarkMs) => WatermarkMs = Math.Max(WatermarkMs, watermarkMs);

    /// <summary>Captures the state.</summary>
    internal CursorSnapshot Capture() => new(Next, MaxEventTimeMs, WatermarkMs, Read, IsIdle, [.. _outcomes]);

    /// <summary>Restores a captured state. Outcomes that it does not contain are 0.</summary>
    internal void Restore(CursorSnapshot snapshot)
    {
        Next = snapshot.Next;
        MaxEventTimeMs = snapshot.MaxEventTimeMs;
        WatermarkMs = snapshot.WatermarkMs;
        Read = snapshot.Read;
        IsIdle = snapshot.IsIdle;
        snapshot.Outcomes.CopyTo(_outcomes, 0);
    }

    /// <summary>Adds records to the count of an outcome.</summary>
    internal void Tally(RecordOutcome outcome, long records) => _outcomes[(int)outcome] += records;
}

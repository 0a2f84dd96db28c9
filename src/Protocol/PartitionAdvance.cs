using Tidemark.Core;
using Tidemark.Core.Parsing;

namespace Tidemark.Protocol;

/// <summary>What one step through a partition's log comes to: the input of <see cref="PartitionState.Advance"/>.</summary>
public sealed record PartitionAdvance
{
    /// <summary>The offset that the step began at: the cursor's next.</summary>
    public required long From { get; init; }

    /// <summary>The cursor's watermark that lateness was decided with.</summary>
    public required long WatermarkSeenMs { get; init; }

    /// <summary>The last offset of the step, at least <see cref="From"/>.</summary>
    public required long To { get; init; }

    /// <summary>The watermark after it.</summary>
    public required long WatermarkMs { get; init; }

    /// <summary>The greatest event time so far, or <see cref="EventTime.None"/>.</summary>
    public required long MaxEventTimeMs { get; init; }

    /// <summary>When the step was taken, epoch milliseconds by the clock of who took it.</summary>
    public required long ArrivalMs { get; init; }

    /// <summary>Start of each pane that rows were counted in, to the offset after the last such row.</summary>
    public required IReadOnlyDictionary<long, long> Marks { get; init; }

    /// <summary>Records by what became of them, indexed by <see cref="RecordOutcome"/>.</summary>
    public required IReadOnlyList<long> Outcomes { get; init; }

    /// <summary>Offsets whose value was blank.</summary>
    public required long Blank { get; init; }

    /// <summary>Offsets at which the log holds no record.</summary>
    public required long Missing { get; init; }

    /// <summary>Late events by the start of the minute that they missed.</summary>
    public required IReadOnlyDictionary<long, long> Late { get; init; }

    /// <summary>Late events that lie in a window whose end the watermark had not reached.</summary>
    public long LateInOpenWindow { get; init; }
}

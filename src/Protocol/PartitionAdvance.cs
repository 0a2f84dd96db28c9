using System.Text.Json.Serialization;
using Tidemark.Core;
using Tidemark.Core.Parsing;

namespace Tidemark.Protocol;

/// <summary>One step through a partition's log: the input of <see cref="PartitionState.Advance"/>.</summary>
public sealed record PartitionAdvance
{
    /// <summary>The first offset of the step: the cursor's next offset.</summary>
    public required long From { get; init; }

    /// <summary>The cursor's watermark with which lateness was decided, epoch milliseconds.</summary>
    public required long WatermarkSeenMs { get; init; }

    /// <summary>The last offset of the step, at least <see cref="From"/>.</summary>
    public required long To { get; init; }

    /// <summary>The watermark after the step, epoch milliseconds.</summary>
    public required long WatermarkMs { get; init; }

    /// <summary>The greatest event time so far, epoch milliseconds, or <see cref="EventTime.None"/>.</summary>
    public required long MaxEventTimeMs { get; init; }

    /// <summary>When the step was taken, epoch milliseconds by the clock of its author.</summary>
    public required long ArrivalMs { get; init; }

    /// <summary>By the start of each pane with counted rows: the offset after the last such row.</summary>
    public required IReadOnlyDictionary<long, long> Marks { get; init; }

    /// <summary>The number of records with each outcome, indexed by <see cref="RecordOutcome"/>.</summary>
    public required IReadOnlyList<long> Outcomes { get; init; }

    /// <summary>The number of offsets with a blank value.</summary>
    public required long Blank { get; init; }

    /// <summary>The number of offsets without a record in the log.</summary>
    public required long Missing { get; init; }

    /// <summary>The number of late events by the start of their minute.</summary>
    public required IReadOnlyDictionary<long, long> Late { get; init; }

    /// <summary>The number of late events in a window whose end the watermark had not reached.</summary>
    public long LateInOpenWindow { get; init; }

    /// <summary>By reason: the offset of the step's last record that is not counted for it; null when all are counted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<RecordOutcome, long>? LastUncounted { get; init; }
}

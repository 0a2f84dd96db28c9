using Tidemark.Core.Parsing;
using Tidemark.Protocol;

namespace Tidemark.Functions.Hosting;

/// <summary>What had become of the records of a partition when its cursor was read.</summary>
public sealed class AppliedCounts
{
    private readonly long[] _outcomes;

    /// <summary>The counts of a cursor.</summary>
    public AppliedCounts(PartitionState cursor)
    {
        ArgumentNullException.ThrowIfNull(cursor);
        Next = cursor.Next;
        _outcomes = [.. Enumerable.Range(0, (int)RecordOutcome.Late + 1).Select(outcome => cursor.CountOf((RecordOutcome)outcome))];
    }

    /// <summary>The cursor's next.</summary>
    public long Next { get; }

    /// <summary>How many records had an outcome; <see cref="RecordOutcome.Counted"/> is counted.</summary>
    public long Of(RecordOutcome outcome) => _outcomes[(int)outcome];
}

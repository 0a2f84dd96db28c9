using Tidemark.Core.Parsing;
using Tidemark.Protocol;

namespace Tidemark.Functions.Hosting;

/// <summary>What had become of the records of a partition when its cursor was read.</summary>
public sealed class AppliedCounts
{
    private readonly PartitionState _cursor;

    /// <summary>The counts of a cursor.</summary>
    /// <param name="cursor">The cursor, not changed afterwards.</param>
    public AppliedCounts(PartitionState cursor)
    {
        ArgumentNullException.ThrowIfNull(cursor);
        _cursor = cursor;
    }

    /// <summary>The cursor's next.</summary>
    public long Next => _cursor.Next;

    /// <summary>How many records had an outcome; <see cref="RecordOutcome.Counted"/> is counted.</summary>
    public long Of(RecordOutcome outcome) => _cursor.CountOf(outcome);
}

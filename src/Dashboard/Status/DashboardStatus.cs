namespace Tidemark.Dashboard.Status;

/// <summary>How a host stands: how complete its numbers are, and what it could not count. Times are RFC 3339, UTC.</summary>
public sealed record DashboardStatus
{
    /// <summary>What runs: <c>tidemark run</c>, <c>tidemark demo</c> or <c>functions</c>.</summary>
    public required string Host { get; init; }

    /// <summary>Where the events come from.</summary>
    public required string Source { get; init; }

    /// <summary><c>running</c>, or <c>ended</c> when nothing will come any more.</summary>
    public required string State { get; init; }

    /// <summary>When the status was read.</summary>
    public required string Now { get; init; }

    /// <summary>No event before this time is expected any more; null before the first event.</summary>
    public required string? Watermark { get; init; }

    /// <summary>The latest event time; null before the first event.</summary>
    public required string? MaxEventTime { get; init; }

    /// <summary>How far the watermark is behind the clock, in seconds; null without a watermark.</summary>
    public required double? WatermarkLagSeconds { get; init; }

    /// <summary>Records that wait to be read; null when that is not known.</summary>
    public required long? Lag { get; init; }

    /// <summary>Windows that hold events and can still change.</summary>
    public required int OpenWindows { get; init; }

    /// <summary>
    /// How old the last saved state is, in seconds; null when none is kept or none was saved yet. On Functions every batch saves it, so it is
    /// the time since the topic last advanced.
    /// </summary>
    public required double? StateAgeSeconds { get; init; }

    /// <summary>What became of all records: read = counted + late + rejected.</summary>
    public required RecordCounts Records { get; init; }

    /// <summary>The records that were rejected, by reason, the most frequent first.</summary>
    public required IReadOnlyList<UncountedRecords> Rejected { get; init; }

    /// <summary>The late events.</summary>
    public required LateEvents Late { get; init; }

    /// <summary>The families of windows.</summary>
    public required IReadOnlyList<FamilyProgress> Windows { get; init; }

    /// <summary>The partitions of the source.</summary>
    public required IReadOnlyList<PartitionProgress> Partitions { get; init; }
}

/// <summary>What became of records.</summary>
/// <param name="Read">All of them.</param>
/// <param name="Counted">Those in a window.</param>
/// <param name="Late">Those past their allowed lateness.</param>
/// <param name="Rejected">Those that could not be counted for another reason.</param>
public sealed record RecordCounts(long Read, long Counted, long Late, long Rejected);

/// <summary>Records that were not counted for one reason.</summary>
/// <param name="Reason">The reason, as in dead letters.</param>
/// <param name="Count">How many.</param>
/// <param name="Example">The first of them, or on Functions the last; null when the host keeps none.</param>
public sealed record UncountedRecords(string Reason, long Count, RecordSample? Example);

/// <summary>Events past their allowed lateness.</summary>
/// <param name="Count">How many.</param>
/// <param name="InOpenWindows">Those of them in a longer window that was still open.</param>
/// <param name="ByMinute">The minutes that missed most, by the start of the minute.</param>
/// <param name="Example">The first of them, or on Functions the last; null when the host keeps none.</param>
public sealed record LateEvents(long Count, long InOpenWindows, IReadOnlyDictionary<string, long> ByMinute, RecordSample? Example);

/// <summary>A family of windows.</summary>
/// <param name="Window">Its name.</param>
/// <param name="FinalBefore">Windows that end at or before this time do not change any more; null when none is final.</param>
public sealed record FamilyProgress(string Window, string? FinalBefore);

/// <summary>A partition of the source.</summary>
/// <param name="Partition">Its number.</param>
/// <param name="Next">The offset after the last applied record.</param>
/// <param name="Watermark">Its watermark; null before the first event.</param>
/// <param name="Lag">Records that wait to be read; null when that is not known.</param>
/// <param name="IsIdle">Whether it is silent and holds the watermark back no more.</param>
/// <param name="Counted">Counted events.</param>
/// <param name="Late">Late events.</param>
/// <param name="Rejected">Rejected records.</param>
/// <param name="Problem">What keeps it from going on; null when nothing does.</param>
public sealed record PartitionProgress(
    int Partition, long Next, string? Watermark, long? Lag, bool IsIdle, long Counted, long Late, long Rejected, string? Problem)
{
    /// <summary>Its latest event time; null before the first event.</summary>
    public string? MaxEventTime { get; init; }

    /// <summary>When it last advanced; null before its first record, or when the host does not keep it.</summary>
    public string? LastArrival { get; init; }
}

/// <summary>Tells how a host stands. Thread-safe.</summary>
public interface IStatusSource
{
    /// <summary>Reads the status.</summary>
    Task<DashboardStatus> ReadAsync(CancellationToken cancellationToken);
}

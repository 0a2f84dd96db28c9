namespace Tidemark.Sinks.Lake;

/// <summary>Options for writing and compacting a lake.</summary>
public sealed record LakeOptions
{
    /// <summary>
    /// How long a single-window file stays after its hour's file contains the same row, for queries that listed the folder before. Zero or
    /// more. Ignored at the end of a bounded source.
    /// </summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Whether a replay of the source publishes the same revisions again, as a single file does. A window that is first published at a
    /// higher revision than the lake has then comes from other events, and is refused instead of replacing them. Default false.
    /// </summary>
    public bool RepeatsExactly { get; init; }

    /// <summary>
    /// Whether other processes write windows to the same lake. Compaction then examines every hour that becomes final, not only those
    /// written by this process.
    /// Default false.
    /// </summary>
    public bool OthersWrite { get; init; }

    /// <summary>The maximum number of window rows in a compacted file, 1 or more; an hour or a day with more is not compacted.</summary>
    public int MaxRows { get; init; } = 10_000;

    /// <summary>The maximum number of breakdown rows in a compacted file, 1 or more; an hour or a day with more is not compacted.</summary>
    public int MaxBreakdownRows { get; init; } = 500_000;

    /// <summary>
    /// The maximum number of sessions in a compacted file, 1 or more; an hour with more is not compacted. Whoever reads it holds about 1 KB for each.
    /// </summary>
    public int MaxSessions { get; init; } = 200_000;

    /// <summary>The maximum number of bytes read for a compacted file, 1 or more; an hour or a day with more is not compacted.</summary>
    public long MaxBytes { get; init; } = 64 << 20;

    /// <summary>The approximate number of files read per pass before the rest is left to the next pass, 1 or more.</summary>
    public int MaxFilesPerPass { get; init; } = 4096;

    /// <summary>The maximum number of windows of a batch that are written concurrently, 1 or more.</summary>
    public int MaxConcurrentWrites { get; init; } = 8;
}

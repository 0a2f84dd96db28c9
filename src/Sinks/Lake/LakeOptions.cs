namespace Tidemark.Sinks.Lake;

/// <summary>How a lake is kept in few files.</summary>
public sealed record LakeOptions
{
    /// <summary>
    /// How long a window's own file stays after its hour's file holds the same row, so that a query that listed the folder before still finds it.
    /// Zero or more. At the end of a bounded source nothing waits.
    /// </summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Whether the source is one whose replay publishes the same revisions again, as one file does. Then a window that is first published at a higher revision than
    /// the lake has comes from other events, and is refused instead of replacing theirs. Default false.
    /// </summary>
    public bool RepeatsExactly { get; init; }

    /// <summary>
    /// Whether other processes write windows to the same lake. Then compaction looks into every hour that becomes final, and not only into those that were written here.
    /// Default false.
    /// </summary>
    public bool OthersWrite { get; init; }

    /// <summary>Most rows of windows in a compacted file, 1 or more; an hour or a day with more stays in the files it has.</summary>
    public int MaxRows { get; init; } = 10_000;

    /// <summary>Most rows of breakdowns in a compacted file, 1 or more; an hour or a day with more stays in the files it has.</summary>
    public int MaxBreakdownRows { get; init; } = 500_000;

    /// <summary>Most bytes that go into a compacted file, 1 or more; an hour or a day with more stays in the files it has.</summary>
    public long MaxBytes { get; init; } = 64 << 20;

    /// <summary>About how many files are read at one note of finality before the rest waits for the next, 1 or more.</summary>
    public int MaxFilesPerPass { get; init; } = 4096;

    /// <summary>Most windows of a batch that are written at the same time, 1 or more: each waits for the disk or the network.</summary>
    public int MaxConcurrentWrites { get; init; } = 8;
}

namespace Tidemark.Storage.Lake;

/// <summary>How a lake is kept in few files.</summary>
public sealed record LakeOptions
{
    /// <summary>
    /// How long a window's own file stays after its hour's file holds the same row, so that a query that listed the folder before still finds it.
    /// Zero or more. At the end of a bounded source nothing waits.
    /// </summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMinutes(10);

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

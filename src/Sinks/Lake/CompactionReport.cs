namespace Tidemark.Sinks.Lake;

/// <summary>What compaction has done so far.</summary>
public sealed class CompactionReport
{
    private const int MaxProblems = 10;

    private readonly List<string> _problems = [];

    /// <summary>Hours that became one file, of all tables.</summary>
    public long Hours { get; internal set; }

    /// <summary>Days that became one file, of all tables.</summary>
    public long Days { get; internal set; }

    /// <summary>Windows' own files that were deleted because their hour's file holds the same.</summary>
    public long Deleted { get; internal set; }

    /// <summary>Hours and days that stay in the files they have. Nothing is missing from the lake; they are tried again at the next start.</summary>
    public long LeftAlone { get; private set; }

    /// <summary>Why, for the first few.</summary>
    public IReadOnlyList<string> Problems => _problems;

    internal void LeaveAlone(string reason)
    {
        LeftAlone++;
        if (_problems.Count < MaxProblems)
        {
            _problems.Add(reason);
        }
    }
}

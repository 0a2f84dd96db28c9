namespace Tidemark.Sinks.Lake;

/// <summary>The results of compaction so far.</summary>
public sealed class CompactionReport
{
    private const int MaxProblems = 10;

    private readonly List<string> _problems = [];

    /// <summary>The number of hours compacted into one file, over all tables.</summary>
    public long Hours { get; internal set; }

    /// <summary>The number of days compacted into one file, over all tables.</summary>
    public long Days { get; internal set; }

    /// <summary>The number of single-window files deleted because their hour's file contains their rows.</summary>
    public long Deleted { get; internal set; }

    /// <summary>
    /// The number of hours and days that could not be compacted. Their files stay, no row is missing, and the next start tries again.
    /// </summary>
    public long LeftAlone { get; private set; }

    /// <summary>The reasons, for the first few of them.</summary>
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

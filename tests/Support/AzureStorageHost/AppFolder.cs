using System.Globalization;

namespace Tidemark.Support.AzureStorageHost;

/// <summary>What the processes of one run share besides the task hub: a folder on disk, which outlives every one of them.</summary>
internal sealed class AppFolder(string path)
{
    public string Log => Path.Combine(path, "log");

    public string Lake => Path.Combine(path, "lake");

    /// <summary>Held by the process whose timers tick.</summary>
    public string Timers => Path.Combine(path, "timers");

    /// <summary>What a process wrote for dashboards, a line for each result.</summary>
    public string Results(string worker) => Path.Combine(path, $"results-{worker}");

    /// <summary>Offsets that a process wrote as dead letters.</summary>
    public string Letters(string worker) => Path.Combine(path, $"letters-{worker}");

    /// <summary>What went wrong in a process.</summary>
    public string Trouble(string worker) => Path.Combine(path, $"trouble-{worker}");

    public IEnumerable<string> TroubleLines() => Lines("trouble-*");

    public IEnumerable<string> ResultLines() => Lines("results-*");

    public IEnumerable<string> LetterLines() => Lines("letters-*");

    /// <summary>Held by the process that owns the partition.</summary>
    public string Owner(int partition) => Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"owner-{partition}"));

    /// <summary>The offset that a partition's trigger has committed.</summary>
    public long Committed(int partition) =>
        File.Exists(Commit(partition)) ? long.Parse(File.ReadAllText(Commit(partition)), CultureInfo.InvariantCulture) : 0;

    /// <summary>Replaces the committed offset, in one step.</summary>
    public void Commit(int partition, long offset)
    {
        string next = Commit(partition) + ".next";
        File.WriteAllText(next, offset.ToString(CultureInfo.InvariantCulture));
        File.Move(next, Commit(partition), overwrite: true);
    }

    /// <summary>Takes a file for this process, until it closes it or dies; null when another process has it.</summary>
    public static FileStream? TryHold(string file)
    {
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Complete lines only: the process that wrote the last one may have been killed in the middle of it.</summary>
    private IEnumerable<string> Lines(string pattern) =>
        Directory.EnumerateFiles(path, pattern).Order(StringComparer.Ordinal).SelectMany(file => File.ReadAllText(file).Split('\n')[..^1]);

    private string Commit(int partition) => Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"commit-{partition}"));
}

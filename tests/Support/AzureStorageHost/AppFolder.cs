using System.Globalization;

namespace Tidemark.Support.AzureStorageHost;

/// <summary>The state that the processes of one run share besides the task hub: a folder on disk that outlives the processes.</summary>
internal sealed class AppFolder(string path)
{
    public string Log => Path.Combine(path, "log");

    public string Lake => Path.Combine(path, "lake");

    /// <summary>The lock of the process whose timers run.</summary>
    public string Timers => Path.Combine(path, "timers");

    /// <summary>The results that a process has written to Redis, one per line.</summary>
    public string Results(string worker) => Path.Combine(path, $"results-{worker}");

    /// <summary>The offsets that a process has written as dead letters.</summary>
    public string Letters(string worker) => Path.Combine(path, $"letters-{worker}");

    /// <summary>The failures of a process.</summary>
    public string Trouble(string worker) => Path.Combine(path, $"trouble-{worker}");

    public IEnumerable<string> TroubleLines() => Lines("trouble-*");

    public IEnumerable<string> ResultLines() => Lines("results-*");

    public IEnumerable<string> LetterLines() => Lines("letters-*");

    /// <summary>The lock of the process that owns a partition.</summary>
    public string Owner(int partition) => Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"owner-{partition}"));

    /// <summary>The committed offset of a partition.</summary>
    public long Committed(int partition) =>
        File.Exists(Commit(partition)) ? long.Parse(File.ReadAllText(Commit(partition)), CultureInfo.InvariantCulture) : 0;

    /// <summary>Replaces the committed offset atomically.</summary>
    public void Commit(int partition, long offset)
    {
        string next = Commit(partition) + ".next";
        File.WriteAllText(next, offset.ToString(CultureInfo.InvariantCulture));
        File.Move(next, Commit(partition), overwrite: true);
    }

    /// <summary>Locks a file until this process closes it or ends; null when another process has it.</summary>
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

    /// <summary>Reads complete lines only, since the writer may have been killed in the middle of the last one.</summary>
    private IEnumerable<string> Lines(string pattern) =>
        Directory.EnumerateFiles(path, pattern).Order(StringComparer.Ordinal).SelectMany(file => File.ReadAllText(file).Split('\n')[..^1]);

    private string Commit(int partition) => Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"commit-{partition}"));
}

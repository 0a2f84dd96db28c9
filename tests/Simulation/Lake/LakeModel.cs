using Tidemark.Simulation.Invariants;
using Tidemark.Sinks;
using Tidemark.Sinks.Lake;
using Tidemark.Support.Durable;

namespace Tidemark.Simulation.Lake;

/// <summary>A stored file.</summary>
internal sealed record StoredFile(ReadOnlyMemory<byte> Content, string Tag, DateTimeOffset Modified);

/// <summary>
/// One lake for all processes: in-memory files with tags, written by a conditional rename. The production sink and its compaction run on it
/// and write real Parquet. Changes in what a reader would see of a window (the highest revision in any file) are reported.
/// </summary>
internal sealed class LakeModel(Plan plan, Func<Observer> observer)
{
    private readonly Dictionary<string, List<StoredResult>> _rows = [];
    private readonly Dictionary<(string Window, long StartMs, long EndMs), StoredResult> _visible = [];
    private long _tags;

    public SortedDictionary<string, StoredFile> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Temporary files left over from failures.</summary>
    public int LeftOver { get; set; }

    /// <summary>The windows that a reader sees.</summary>
    public IReadOnlyDictionary<(string Window, long StartMs, long EndMs), StoredResult> Visible => _visible;

    public IResultSink Open(Worker worker) => new LakeSink(
        new MemoryLake(worker, this, plan.Sinks), plan.Engine.Windows, new LakeOptions { Grace = TimeSpan.FromSeconds(20) }, worker.Time);

    /// <summary>Renames conditionally; false when another file is there.</summary>
    public bool Put(string path, ReadOnlyMemory<byte> content, string? tag, DateTimeOffset now)
    {
        if (Files.GetValueOrDefault(path)?.Tag != tag)
        {
            return false;
        }

        Files[path] = new StoredFile(content.ToArray(), $"tag-{++_tags}", now);
        See(path);
        return true;
    }

    public bool Delete(string path, string tag)
    {
        if (Files.TryGetValue(path, out StoredFile? file) && file.Tag != tag)
        {
            return false;
        }

        Files.Remove(path);
        See(path);
        return true;
    }

    /// <summary>
    /// Reads a changed file and reports what changes for readers. Daily copies and breakdowns contain the same results and are not read.
    /// </summary>
    private void See(string path)
    {
        if (!plan.Engine.Windows.Any(window => path.StartsWith(LakeLayout.Table(window.Name) + "/", StringComparison.Ordinal)))
        {
            return;
        }

        List<StoredResult> before = _rows.GetValueOrDefault(path) ?? [];
        List<StoredResult> after = Files.ContainsKey(path) ? RowsOf(path) : [];
        _rows[path] = after;
        foreach ((string Window, long StartMs, long EndMs) window in before.Concat(after)
            .Select(row => (row.Window, row.StartMs, row.EndMs)).Distinct())
        {
            StoredResult? was = _visible.GetValueOrDefault(window);
            StoredResult? best = _rows.Values.SelectMany(rows => rows)
                .Where(row => (row.Window, row.StartMs, row.EndMs) == window).MaxBy(row => row.Revision);
            StoredResult now = best ?? was! with { Revision = -1 };
            _visible[window] = now;
            if (was != now)
            {
                observer().ResultStored(ResultStore.Lake, was, now);
            }
        }
    }

    private List<StoredResult> RowsOf(string path)
    {
        StillLake files = new(this);
        Task<LakeRows<LakeRow>?> read = LakeFormat.ReadAsync(files, path, LakeSchemas.Windows, CancellationToken.None);
        return [.. read.GetAwaiter().GetResult()!.Rows.Select(row => Observer.Describe(row.Result))];
    }
}

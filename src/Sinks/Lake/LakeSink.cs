using Tidemark.Core.Results;
using Tidemark.Core.Windows;

namespace Tidemark.Sinks.Lake;

/// <summary>
/// Writes each result to a Parquet file of its own, forward-only, and makes one file of an hour's or a day's files when they are final. What is
/// already there under the same revision is left alone if it is the same content, and is an error if it is not: then the lake holds
/// the results of other events or other options.
/// </summary>
public sealed class LakeSink : IResultSink
{
    private readonly LakeFiles _files;
    private readonly LakeOptions _options;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, WindowDefinition> _definitions;
    private readonly Dictionary<string, LakeFamily> _families = [];

    // Files that hold a higher revision than we have written so far: we must come to the same one in the end.
    private readonly Dictionary<string, long> _ahead = [];

    /// <summary>A sink into a lake.</summary>
    /// <param name="files">The lake's files.</param>
    /// <param name="windows">The window families that will be written.</param>
    /// <param name="options">How the lake is kept in few files.</param>
    /// <param name="time">The clock of the grace period.</param>
    /// <exception cref="SinkException">A family's table would be the table of something else.</exception>
    public LakeSink(LakeFiles files, IEnumerable<WindowDefinition> windows, LakeOptions? options = null, TimeProvider? time = null)
    {
        _files = files;
        _options = options ?? new LakeOptions();
        _time = time ?? TimeProvider.System;
        _definitions = windows.ToDictionary(window => window.Name);
        foreach (string name in _definitions.Keys)
        {
            RequireOwnTable(name);
        }
    }

    /// <summary>Windows written, a correction anew.</summary>
    public long Written { get; private set; }

    /// <summary>Results that were already there.</summary>
    public long Unchanged { get; private set; }

    /// <summary>What compaction has done.</summary>
    public CompactionReport Compaction { get; } = new();

    /// <summary>A few of the files that hold a higher revision than was ever written here, by name; empty once a replay has caught up.</summary>
    public IReadOnlyCollection<string> Ahead => _ahead.Keys;

    /// <inheritdoc/>
    /// <remarks>
    /// The windows of a batch are written side by side, since each waits for the disk or the network: among them the order is open. Of several
    /// revisions of a window only the highest is written.
    /// </remarks>
    public async Task WriteAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(results);
        foreach (WindowResult result in results)
        {
            Family(result.Window);
        }

        List<(WindowResult Last, long LeastBefore)> last = LastOfEach(results);
        if (last.Count == 1)
        {
            (string path, long? before) = await _families[last[0].Last.Window].WriteAsync(last[0].Last, last[0].LeastBefore, cancellationToken).ConfigureAwait(false);
            Count(last[0].Last.Revision, path, before);
            return;
        }

        var written = new (string Path, long? Before)[last.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, last.Count),
            new ParallelOptions { MaxDegreeOfParallelism = _options.MaxConcurrentWrites, CancellationToken = cancellationToken },
            async (i, stop) => written[i] = await _families[last[i].Last.Window].WriteAsync(last[i].Last, last[i].LeastBefore, stop).ConfigureAwait(false)).ConfigureAwait(false);
        for (int i = 0; i < last.Count; i++)
        {
            Count(last[i].Last.Revision, written[i].Path, written[i].Before);
        }
    }

    /// <inheritdoc/>
    public Task MarkFinalAsync(string window, long finalBeforeMs, CancellationToken cancellationToken) =>
        _definitions.ContainsKey(window) ? Family(window).MarkFinalAsync(finalBeforeMs, cancellationToken) : Task.CompletedTask;

    /// <summary>
    /// Ends a bounded source: compacts everything that is final and deletes at once what is in compacted files. Nothing may be written by
    /// another process meanwhile.
    /// </summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        foreach (LakeFamily family in _families.Values)
        {
            await family.FinishAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The highest revision of each window in a batch: the others would be replaced at once. With it the least that the lake may hold before.</summary>
    private List<(WindowResult Last, long LeastBefore)> LastOfEach(IReadOnlyList<WindowResult> results)
    {
        Dictionary<(string, long, long), (WindowResult Last, long LeastBefore)> last = [];
        foreach (WindowResult result in results)
        {
            (string, long, long) window = (result.Window, result.StartMs, result.EndMs);
            long leastBefore = _options.RepeatsExactly && result.Phase == Phase.OnTime ? result.Revision : 0;
            if (!last.TryGetValue(window, out (WindowResult Last, long LeastBefore) known))
            {
                last[window] = (result, leastBefore);
            }
            else if (known.Last.Revision < result.Revision)
            {
                last[window] = (result, Math.Max(known.LeastBefore, leastBefore));
            }
        }

        return [.. last.Values];
    }

    private void Count(long revision, string path, long? before)
    {
        if (before > revision)
        {
            _ahead[path] = before.Value;
            return;
        }

        _ahead.Remove(path);
        if (before == revision)
        {
            Unchanged++;
        }
        else
        {
            Written++;
        }
    }

    private LakeFamily Family(string window)
    {
        if (!_families.TryGetValue(window, out LakeFamily? family))
        {
            family = new LakeFamily(_files, window, _definitions.GetValueOrDefault(window), _options, _time, Compaction);
            _families.Add(window, family);
        }

        return family;
    }

    private void RequireOwnTable(string name)
    {
        string table = LakeLayout.Table(name);
        if (table is LakeLayout.BreakdownName || table == LakeLayout.Daily(LakeLayout.BreakdownName)
            || (name.EndsWith(LakeLayout.DailySuffix, StringComparison.Ordinal) && _definitions.ContainsKey(name[..^LakeLayout.DailySuffix.Length])))
        {
            throw new SinkException($"windows named '{name}' cannot be written to a lake, where {table} is the table of something else: choose another name");
        }
    }
}

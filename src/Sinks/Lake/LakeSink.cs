using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;

namespace Tidemark.Sinks.Lake;

/// <summary>
/// Writes each result, and the sessions of each minute, to Parquet files of their own, forward-only, and compacts the files of hours and days
/// when they are final. A result whose revision already exists is skipped if the content is equal. If it is not, writing fails: the lake then
/// holds the results of other events or options.
/// </summary>
public sealed class LakeSink : IResultSink
{
    private readonly LakeFiles _files;
    private readonly LakeOptions _options;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, WindowDefinition> _definitions;
    private readonly Dictionary<string, LakeFamily> _families = [];

    // Opened by the first sessions, so that a lake without any costs nothing.
    private LakeSessions? _sessions;

    // Files with a higher revision than this process has written so far. A replay must reach the same revision in the end.
    private readonly Dictionary<string, long> _ahead = [];

    /// <summary>Creates a sink for a lake.</summary>
    /// <param name="files">The lake's files.</param>
    /// <param name="windows">The window families that will be written.</param>
    /// <param name="options">The options of the lake.</param>
    /// <param name="time">The clock for the grace period.</param>
    /// <exception cref="SinkException">A family's table would have the name of another table.</exception>
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

    /// <summary>The number of results written, including corrections.</summary>
    public long Written { get; private set; }

    /// <summary>The number of results that already existed.</summary>
    public long Unchanged { get; private set; }

    /// <summary>The number of sessions written, those of corrected minutes again.</summary>
    public long SessionsWritten { get; private set; }

    /// <summary>The results of compaction.</summary>
    public CompactionReport Compaction { get; } = new();

    /// <summary>A few files whose revision is higher than this process has written, by name; empty once a replay has caught up.</summary>
    public IReadOnlyCollection<string> Ahead => _ahead.Keys;

    /// <inheritdoc/>
    /// <remarks>
    /// The windows of a batch are written concurrently and in no particular order. Of several revisions of a window only the highest is
    /// written.
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
            (string path, long? before) = await _families[last[0].Last.Window]
                .WriteAsync(last[0].Last, last[0].LeastBefore, cancellationToken).ConfigureAwait(false);
            Count(last[0].Last.Revision, path, before);
            return;
        }

        var written = new (string Path, long? Before)[last.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, last.Count),
            new ParallelOptions { MaxDegreeOfParallelism = _options.MaxConcurrentWrites, CancellationToken = cancellationToken },
            async (i, stop) => written[i] = await _families[last[i].Last.Window]
                .WriteAsync(last[i].Last, last[i].LeastBefore, stop).ConfigureAwait(false)).ConfigureAwait(false);
        for (int i = 0; i < last.Count; i++)
        {
            Count(last[i].Last.Revision, written[i].Path, written[i].Before);
        }
    }

    /// <inheritdoc/>
    public Task MarkFinalAsync(string window, long finalBeforeMs, CancellationToken cancellationToken) => window switch
    {
        _ when _definitions.ContainsKey(window) => Family(window).MarkFinalAsync(finalBeforeMs, cancellationToken),
        EndedSessions.Name => Sessions.MarkFinalAsync(finalBeforeMs, cancellationToken),
        _ => Task.CompletedTask,
    };

    /// <inheritdoc/>
    public bool TakesSessions => true;

    /// <inheritdoc/>
    /// <remarks>Not thread-safe.</remarks>
    public async Task WriteSessionsAsync(EndedSessions sessions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sessions);
        cancellationToken.ThrowIfCancellationRequested();
        (string path, long? before) = await Sessions.WriteAsync(sessions, cancellationToken).ConfigureAwait(false);
        if (before > sessions.Revision)
        {
            _ahead[path] = before.Value;
            return;
        }

        _ahead.Remove(path);
        SessionsWritten += before == sessions.Revision ? 0 : sessions.Sessions.Count;
    }

    /// <summary>
    /// Ends a bounded source: compacts everything that is final and immediately deletes files whose rows are in compacted files. No other
    /// process may write meanwhile.
    /// </summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        foreach (LakeFamily family in _families.Values)
        {
            await family.FinishAsync(cancellationToken).ConfigureAwait(false);
        }

        if (_sessions is not null)
        {
            await _sessions.FinishAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private LakeSessions Sessions => _sessions ??= new LakeSessions(_files, _options, _time, Compaction);

    /// <summary>The highest revision of each window in a batch, with the lowest revision that the lake may have had before.</summary>
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
            throw new SinkException(
                $"windows named '{name}' cannot be written to a lake, where {table} is the table of something else: choose another name");
        }
    }
}

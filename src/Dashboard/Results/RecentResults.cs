using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;
using Tidemark.Dashboard.Live;
using Tidemark.Sinks;

namespace Tidemark.Dashboard.Results;

/// <summary>
/// The latest results of a run, in memory, as its sink; what is older is read where the run keeps its history. Bounded: the oldest windows are
/// forgotten first (<see cref="RecentLimits"/>). Everything that comes is also told to the <see cref="ResultStream"/>. Thread-safe.
/// </summary>
public sealed class RecentResults : IResultSink, IResultStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, RecentFamily> _families;
    private readonly Dictionary<(string Family, Interval Window), WindowResult> _live = [];
    private readonly Dictionary<string, long> _finalBefore = [];
    private readonly RecentSessions _sessions;
    private readonly RecentLimits _limits;
    private readonly ResultStream _stream;
    private readonly IResultReader? _history;

    /// <summary>Creates an empty store.</summary>
    /// <param name="windows">The families of windows.</param>
    /// <param name="limits">How much is kept.</param>
    /// <param name="stream">Told of everything that comes.</param>
    /// <param name="history">Where everything is that was closed, also before this process; null: nowhere.</param>
    public RecentResults(IReadOnlyList<WindowDefinition> windows, RecentLimits limits, ResultStream stream, IResultReader? history)
    {
        ArgumentNullException.ThrowIfNull(windows);
        ArgumentNullException.ThrowIfNull(limits);
        (Windows, _limits, _stream, _history) = (windows, limits, stream, history);
        _sessions = new RecentSessions(limits.MaxSessions);
        _families = windows.ToDictionary(window => window.Name, window => new RecentFamily(window, history is not null));
    }

    /// <inheritdoc/>
    public IReadOnlyList<WindowDefinition> Windows { get; }

    /// <summary>How many results are kept.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _families.Values.Sum(family => family.Count);
            }
        }
    }

    /// <summary>The time before which windows of a family are final, epoch milliseconds; null when none is.</summary>
    public long? FinalBefore(string family)
    {
        lock (_lock)
        {
            return _finalBefore.TryGetValue(family, out long beforeMs) ? beforeMs : null;
        }
    }

    /// <inheritdoc/>
    public Task WriteAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(results);
        lock (_lock)
        {
            bool isLive = false;
            foreach (WindowResult result in results)
            {
                isLive |= result.Phase == Phase.Live ? AddLive(result) : AddClosed(result);
            }

            while (_live.Count > _limits.MaxLive)
            {
                _live.Remove(_live.MaxBy(pair => pair.Key.Window.EndMs).Key);
            }

            Evict();
            if (isLive)
            {
                _stream.SetLive(LiveNow());
            }
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task MarkFinalAsync(string window, long finalBeforeMs, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _finalBefore[window] = Math.Max(finalBeforeMs, _finalBefore.GetValueOrDefault(window, long.MinValue));
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public bool TakesSessions => true;

    /// <inheritdoc/>
    public Task WriteSessionsAsync(EndedSessions sessions, CancellationToken cancellationToken)
    {
        _sessions.Add(sessions);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Reads the latest windows of the history, so that later requests do without it. Until then, and if it fails, they read it each time.
    /// </summary>
    /// <exception cref="SinkException">The history cannot be read.</exception>
    public async Task FillAsync(CancellationToken cancellationToken)
    {
        if (_history is null)
        {
            return;
        }

        foreach (WindowDefinition window in Windows)
        {
            IReadOnlyList<WindowResult> stored = await _history.ReadLastAsync(
                window.Name, new Interval(long.MinValue, long.MaxValue), _limits.MaxWindowsOfFamily, cancellationToken).ConfigureAwait(false);
            lock (_lock)
            {
                _families[window.Name].Fill(stored, isAll: stored.Count < _limits.MaxWindowsOfFamily);
                Evict();
            }
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<WindowResult> ReadAsync(string family, Interval range, CancellationToken cancellationToken)
    {
        (List<WindowResult> recent, Interval? older) = Recent(family, range);
        return older is { } part && _history is not null
            ? ResultMerge.AllAsync(recent, _history.ReadAsync(family, part, cancellationToken), cancellationToken)
            : recent.ToAsyncEnumerable();
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<WindowResult>> ReadLastAsync(string family, Interval range, int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        (List<WindowResult> recent, Interval? older) = Recent(family, range);
        if (older is not { } part || _history is null || (recent.Count >= count && part.EndMs <= recent[^count].StartMs))
        {
            return recent.Count <= count ? recent : recent[^count..];
        }

        return ResultMerge.Last(recent, await _history.ReadLastAsync(family, part, count, cancellationToken).ConfigureAwait(false), count);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<WindowResult>> LiveAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(LiveNow());
        }
    }

    /// <inheritdoc/>
    public Task<UserCount> CountUsersAsync(IAsyncEnumerable<WindowResult> windows, CancellationToken cancellationToken) =>
        UserUnion.CountAsync(windows, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SessionRow>> ReadLastSessionsAsync(Interval range, string? user, int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        LastSessions last = _sessions.ReadLast(range, user, count);
        if (last.Take().Count < count && _history is not null)
        {
            last.Add(await _history.ReadLastSessionsAsync(range, user, count, cancellationToken).ConfigureAwait(false));
        }

        return last.Take();
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<SessionRow>> ReadLastEndedAsync(int count, CancellationToken cancellationToken) =>
        ResultMerge.LastEndedAsync(_sessions.ReadLastEnded(count), _history, count, cancellationToken);

    /// <summary>What is in memory of a range, and the part of the range that only the history has all windows of; null: none.</summary>
    private (List<WindowResult> Recent, Interval? Older) Recent(string family, Interval range)
    {
        lock (_lock)
        {
            RecentFamily windows = _families[family];
            List<WindowResult> recent = windows.Read(range);
            long completeFromMs = Math.Min(windows.CompleteFromMs, range.EndMs);
            return (recent, completeFromMs <= range.StartMs ? null : range with { EndMs = completeFromMs });
        }
    }

    private bool AddClosed(WindowResult result)
    {
        if (!_families.TryGetValue(result.Window, out RecentFamily? family) || !family.Add(result))
        {
            return false;
        }

        _stream.Append(result);
        return _live.Remove((result.Window, new Interval(result.StartMs, result.EndMs)));
    }

    private bool AddLive(WindowResult result)
    {
        (string, Interval) key = (result.Window, new Interval(result.StartMs, result.EndMs));

        // Open windows are looked at on a thread of their own: what it saw may have been closed since.
        if (!_families.TryGetValue(result.Window, out RecentFamily? family) || family.Contains(key.Item2)
            || (_live.TryGetValue(key, out WindowResult? known) && known.Sequence >= result.Sequence))
        {
            return false;
        }

        _live[key] = result;
        return true;
    }

    private IReadOnlyList<WindowResult> LiveNow() =>
        [.. _live.Values.OrderBy(result => result.Window, StringComparer.Ordinal).ThenBy(result => result.StartMs).ThenBy(result => result.EndMs)];

    private void Evict()
    {
        foreach (RecentFamily family in _families.Values)
        {
            while (family.Count > _limits.MaxWindowsOfFamily)
            {
                family.Evict();
            }
        }

        while (_families.Values.Sum(family => family.Bytes) > _limits.MaxBytes)
        {
            _families.Values.MaxBy(family => family.Bytes)!.Evict();
        }
    }
}

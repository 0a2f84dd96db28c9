using System.Runtime.CompilerServices;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;
using Tidemark.Sinks;
using Tidemark.Sinks.Redis;

namespace Tidemark.Dashboard.Results;

/// <summary>
/// Results as sinks have stored them, for a host that keeps none itself: Redis has the open windows and the latest closed ones, the lake has
/// everything that was closed. Either may be missing. Readers are opened when they are needed first. Thread-safe.
/// </summary>
/// <param name="windows">The families of windows.</param>
/// <param name="recent">Redis; null: none.</param>
/// <param name="history">The lake; null: none.</param>
/// <param name="time">The clock.</param>
public sealed class StoredResults(
    IReadOnlyList<WindowDefinition> windows, SinkPlan? recent, SinkPlan? history, TimeProvider time) : IResultStore, IDisposable
{
    private const int SketchesAtOnce = 64;

    private readonly SemaphoreSlim _opening = new(1);
    private RedisReader? _recent;
    private IResultReader? _history;

    /// <inheritdoc/>
    public IReadOnlyList<WindowDefinition> Windows => windows;

    /// <inheritdoc/>
    public async IAsyncEnumerable<WindowResult> ReadAsync(string family, Interval range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        (RedisReader? recents, IResultReader? all) = await OpenAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<WindowResult> newest = recents is null
            ? []
            : await recents.ReadLastAsync(family, range, int.MaxValue, cancellationToken).ConfigureAwait(false);
        IAsyncEnumerable<WindowResult> stored = all?.ReadAsync(family, range, cancellationToken) ?? AsyncEnumerable.Empty<WindowResult>();
        await foreach (WindowResult result in ResultMerge.AllAsync(newest, stored, cancellationToken).ConfigureAwait(false))
        {
            yield return result;
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<WindowResult>> ReadLastAsync(string family, Interval range, int count, CancellationToken cancellationToken)
    {
        (RedisReader? recents, IResultReader? all) = await OpenAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<WindowResult> newest = recents is null
            ? []
            : await recents.ReadLastAsync(family, range, count, cancellationToken).ConfigureAwait(false);
        if (newest.Count == count || all is null)
        {
            return newest;
        }

        return ResultMerge.Last(newest, await all.ReadLastAsync(family, range, count, cancellationToken).ConfigureAwait(false), count);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<WindowResult>> LiveAsync(CancellationToken cancellationToken)
    {
        (RedisReader? recents, _) = await OpenAsync(cancellationToken).ConfigureAwait(false);
        return recents is null ? [] : await recents.LiveAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<UserCount> CountUsersAsync(IAsyncEnumerable<WindowResult> windows, CancellationToken cancellationToken) =>
        UserUnion.CountAsync(WithSketchesAsync(windows, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SessionRow>> ReadLastSessionsAsync(Interval range, string? user, int count, CancellationToken cancellationToken)
    {
        (RedisReader? recents, IResultReader? all) = await OpenAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<SessionRow> newest = recents is null
            ? []
            : await recents.ReadLastSessionsAsync(range, user, count, cancellationToken).ConfigureAwait(false);
        if (newest.Count >= count || all is null)
        {
            return newest;
        }

        LastSessions last = new(count);
        last.Add(newest);
        last.Add(await all.ReadLastSessionsAsync(range, user, count, cancellationToken).ConfigureAwait(false));
        return last.Take();
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SessionRow>> ReadLastEndedAsync(int count, CancellationToken cancellationToken)
    {
        (RedisReader? recents, IResultReader? all) = await OpenAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<SessionRow> newest = recents is null ? [] : await recents.ReadLastEndedAsync(count, cancellationToken).ConfigureAwait(false);
        return await ResultMerge.LastEndedAsync(newest, all, count, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _opening.Dispose();

    private async IAsyncEnumerable<WindowResult> WithSketchesAsync(
        IAsyncEnumerable<WindowResult> results, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (WindowResult[] some in results.Chunk(SketchesAtOnce).WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            WindowResult[] lacking = [.. some.Where(result => result.UsersSketch.IsEmpty)];
            IReadOnlyList<WindowResult> found = lacking.Length == 0 || _recent is null
                ? lacking
                : await _recent.WithSketchesAsync(lacking, sharesStarts: false, cancellationToken).ConfigureAwait(false);
            int next = 0;
            foreach (WindowResult result in some)
            {
                yield return result.UsersSketch.IsEmpty ? found[next++] : result;
            }
        }
    }

    private async Task<(RedisReader? Recent, IResultReader? History)> OpenAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_recent is null && recent is not null)
            {
                _recent = (RedisReader)await recent.OpenReaderAsync(time, cancellationToken).ConfigureAwait(false);
            }

            if (_history is null && history is not null)
            {
                _history = await history.OpenReaderAsync(time, cancellationToken).ConfigureAwait(false);
            }

            return (_recent, _history);
        }
        finally
        {
            _opening.Release();
        }
    }
}

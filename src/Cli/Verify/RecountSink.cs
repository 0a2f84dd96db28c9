using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;
using Tidemark.Sinks;

namespace Tidemark.Cli.Verify;

/// <summary>
/// Takes what a recount publishes, and compares each window once it is final, under its last revision. So only windows that can still
/// change are in memory.
/// </summary>
/// <param name="stores">What is compared with.</param>
/// <param name="range">Windows that start outside are passed over.</param>
internal sealed class RecountSink(IReadOnlyList<StoreCheck> stores, Interval range) : IResultSink
{
    private readonly Dictionary<string, SortedDictionary<(long EndMs, long StartMs), WindowResult>> _open = new(StringComparer.Ordinal);

    private readonly SortedDictionary<long, EndedSessions> _openMinutes = [];

    /// <summary>Windows that were recounted.</summary>
    public long Recounted { get; private set; }

    /// <inheritdoc/>
    public Task WriteAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken)
    {
        foreach (WindowResult result in results.Where(result => range.Contains(result.StartMs)))
        {
            if (!_open.TryGetValue(result.Window, out SortedDictionary<(long, long), WindowResult>? family))
            {
                _open.Add(result.Window, family = []);
            }

            family[(result.EndMs, result.StartMs)] = result;
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public bool TakesSessions => true;

    /// <inheritdoc/>
    public Task WriteSessionsAsync(EndedSessions sessions, CancellationToken cancellationToken)
    {
        if (range.Contains(sessions.Minute.StartMs))
        {
            _openMinutes[sessions.Minute.StartMs] = sessions;
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task MarkFinalAsync(string window, long finalBeforeMs, CancellationToken cancellationToken)
    {
        while (window == EndedSessions.Name && _openMinutes.Count > 0
            && _openMinutes.First() is var minute && minute.Value.Minute.EndMs <= finalBeforeMs)
        {
            _openMinutes.Remove(minute.Key);
            foreach (StoreCheck store in stores)
            {
                store.Take(minute.Value);
            }
        }

        SortedDictionary<(long EndMs, long StartMs), WindowResult> family = _open.GetValueOrDefault(window, []);
        while (family.Count > 0 && family.First() is var first && first.Key.EndMs <= finalBeforeMs)
        {
            family.Remove(first.Key);
            Recounted++;
            foreach (StoreCheck store in stores)
            {
                await store.CheckAsync(first.Value, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}

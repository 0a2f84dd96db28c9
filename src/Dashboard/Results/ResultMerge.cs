using System.Runtime.CompilerServices;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;
using Tidemark.Sinks;

namespace Tidemark.Dashboard.Results;

/// <summary>
/// Puts the results of two places together. Of a window that both have the later revision counts, and of equal ones the one that brings its
/// users.
/// </summary>
internal static class ResultMerge
{
    /// <summary>The windows of both, by start and end.</summary>
    /// <param name="recent">Windows by start and end.</param>
    /// <param name="stored">Windows by start and end; read as they are asked for.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static async IAsyncEnumerable<WindowResult> AllAsync(
        IReadOnlyList<WindowResult> recent, IAsyncEnumerable<WindowResult> stored, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int next = 0;
        await foreach (WindowResult result in stored.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            while (next < recent.Count && Place(recent[next]).CompareTo(Place(result)) < 0)
            {
                yield return recent[next++];
            }

            bool isKnown = next < recent.Count && Place(recent[next]) == Place(result);
            yield return isKnown ? Better(recent[next++], result) : result;
        }

        for (; next < recent.Count; next++)
        {
            yield return recent[next];
        }
    }

    /// <summary>The last windows of both, by start and end.</summary>
    /// <param name="recent">Windows in any order.</param>
    /// <param name="stored">Windows in any order.</param>
    /// <param name="count">How many at most.</param>
    public static IReadOnlyList<WindowResult> Last(IEnumerable<WindowResult> recent, IEnumerable<WindowResult> stored, int count)
    {
        SortedDictionary<(long, long), WindowResult> all = new(stored.ToDictionary(Place));
        foreach (WindowResult result in recent)
        {
            all[Place(result)] = all.TryGetValue(Place(result), out WindowResult? known) ? Better(result, known) : result;
        }

        return [.. all.Values.Skip(all.Count - count)];
    }

    /// <summary>The last sessions to end, by end and id: too few recent ones are joined by those of the history that started last.</summary>
    /// <param name="recent">The last sessions to end that are at hand.</param>
    /// <param name="history">Where all sessions are; null: nowhere.</param>
    /// <param name="count">The number of sessions.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static async Task<IReadOnlyList<SessionRow>> LastEndedAsync(
        IReadOnlyList<SessionRow> recent, IResultReader? history, int count, CancellationToken cancellationToken)
    {
        if (recent.Count >= count || history is null)
        {
            return recent;
        }

        IReadOnlyList<SessionRow> started = await history.ReadLastSessionsAsync(
            new Interval(long.MinValue, long.MaxValue), user: null, count, cancellationToken).ConfigureAwait(false);
        return SessionRow.LastEnded(recent.Concat(started), count);
    }

    private static (long StartMs, long EndMs) Place(WindowResult result) => (result.StartMs, result.EndMs);

    private static WindowResult Better(WindowResult recent, WindowResult stored) =>
        stored.Revision > recent.Revision || (stored.Revision == recent.Revision && recent.UsersSketch.IsEmpty) ? stored : recent;
}

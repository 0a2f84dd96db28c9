using Tidemark.Core.Windows;
using Tidemark.Engine.Checkpoint;

namespace Tidemark.Engine;

/// <summary>
/// The windows without events, between the first and the last event, of all families. They are enumerated and never stored;
/// <see cref="EmptyWindows"/> decides which are published.
/// </summary>
internal sealed class EmptyWindowSet(IReadOnlyList<WindowDefinition> definitions)
{
    private readonly EmptyRange[] _ranges = [.. definitions.Select((definition, order) => new EmptyRange(definition, order))];

    /// <summary>The number of windows left out because there were too many in a row.</summary>
    public long Skipped => _ranges.Sum(range => range.Skipped);

    /// <summary>Captures the state of the set.</summary>
    public EmptyWindowsSnapshot Capture() => new([.. _ranges.Select(range => range.Capture())]);

    /// <summary>Restores a captured state.</summary>
    public void Restore(EmptyWindowsSnapshot snapshot)
    {
        for (int order = 0; order < _ranges.Length; order++)
        {
            _ranges[order].Restore(snapshot.Ranges[order]);
        }
    }

    /// <summary>Extends the ranges to a pane that holds events.</summary>
    public void Cover(Interval pane) => Array.ForEach(_ranges, range => range.Cover(pane));

    /// <summary>Whether a window was already published as empty.</summary>
    /// <param name="order">The index of its family in the configuration.</param>
    /// <param name="window">The window.</param>
    public bool WasPublished(int order, Interval window) => _ranges[order].WasPublished(window);

    /// <summary>
    /// Merges the empty windows that end by <paramref name="untilMs"/> and were not published yet into the windows that are due, in order.
    /// </summary>
    /// <param name="due">Windows with events, in order.</param>
    /// <param name="isKept">Whether another window holds events.</param>
    /// <param name="untilMs">The time that has passed. What was enumerated once stays passed: see <see cref="WindowSet.CloseAll"/>.</param>
    public IEnumerable<OpenWindow> Among(IEnumerable<OpenWindow> due, Predicate<OpenWindow> isKept, long untilMs)
    {
        using IEnumerator<OpenWindow> full = due.GetEnumerator();
        bool hasFull = full.MoveNext();
        foreach (OpenWindow candidate in Candidates(untilMs))
        {
            int order = -1;
            while (hasFull && (order = OpenWindow.ByEnd.Compare(full.Current, candidate)) < 0)
            {
                yield return full.Current;
                hasFull = full.MoveNext();
            }

            if ((!hasFull || order != 0) && !isKept(candidate))
            {
                yield return candidate;
            }
        }

        while (hasFull)
        {
            yield return full.Current;
            hasFull = full.MoveNext();
        }

        Array.ForEach(_ranges, range => range.End(untilMs));
    }

    /// <summary>The candidates of all families, in order.</summary>
    private IEnumerable<OpenWindow> Candidates(long untilMs)
    {
        PriorityQueue<IEnumerator<OpenWindow>, OpenWindow> next = new(OpenWindow.ByEnd);
        foreach (EmptyRange range in _ranges)
        {
            IEnumerator<OpenWindow> windows = range.Candidates(untilMs).GetEnumerator();
            if (windows.MoveNext())
            {
                next.Enqueue(windows, windows.Current);
            }
        }

        while (next.TryDequeue(out IEnumerator<OpenWindow>? windows, out OpenWindow? first))
        {
            yield return first;
            if (windows.MoveNext())
            {
                next.Enqueue(windows, windows.Current);
            }
        }
    }
}

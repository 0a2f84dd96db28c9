using Tidemark.Core.Windows;
using Tidemark.Engine.Checkpoint;

namespace Tidemark.Engine;

/// <summary>
/// The windows without events between the first and the last event, of all families. They are enumerated, never stored; <see cref="EmptyWindows"/>
/// says which of them are published.
/// </summary>
internal sealed class EmptyWindowSet(IReadOnlyList<WindowDefinition> definitions)
{
    private readonly EmptyRange[] _ranges = [.. definitions.Select((definition, order) => new EmptyRange(definition, order))];

    /// <summary>Windows left out because there were too many in a row.</summary>
    public long Skipped => _ranges.Sum(range => range.Skipped);

    /// <summary>What the set knows.</summary>
    public EmptyWindowsSnapshot Capture() => new([.. _ranges.Select(range => range.Capture())]);

    /// <summary>Takes over what another set knew.</summary>
    public void Restore(EmptyWindowsSnapshot snapshot)
    {
        for (int order = 0; order < _ranges.Length; order++)
        {
            _ranges[order].Restore(snapshot.Ranges[order]);
        }
    }

    /// <summary>Notes a pane that holds events.</summary>
    public void Cover(Interval pane) => Array.ForEach(_ranges, range => range.Cover(pane));

    /// <summary>Whether a window was already published as an empty one.</summary>
    /// <param name="order">The place of its family in the configuration.</param>
    /// <param name="window">The window.</param>
    public bool WasPublished(int order, Interval window) => _ranges[order].WasPublished(window);

    /// <summary>Puts the empty windows that end by <paramref name="untilMs"/> and were not published yet between those that are due, in order.</summary>
    /// <param name="due">Windows with events, in order.</param>
    /// <param name="isKept">Whether another window holds events.</param>
    /// <param name="untilMs">The end of time that has passed. What was enumerated once counts as passed: see <see cref="WindowSet.CloseAll"/>.</param>
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

using Tidemark.Core;
using Tidemark.Core.Windows;
using Tidemark.Engine.Checkpoint;

namespace Tidemark.Engine;

/// <summary>
/// The windows without events between the first and the last event. They are enumerated, never stored; <see cref="EmptyWindows"/>
/// says which of them are published.
/// </summary>
internal sealed class EmptyWindowSet(IReadOnlyList<WindowDefinition> definitions)
{
    private long _firstMs = long.MaxValue;
    private long _enumeratedFromMs = long.MaxValue;
    private long _enumeratedUntilMs = EventTime.None;

    /// <summary>Windows left out because there were too many in a row.</summary>
    public long Skipped { get; private set; }

    /// <summary>What the set knows.</summary>
    public EmptyWindowsSnapshot Capture() => new(_firstMs, _enumeratedFromMs, _enumeratedUntilMs, Skipped);

    /// <summary>Takes over what another set knew.</summary>
    public void Restore(EmptyWindowsSnapshot snapshot)
    {
        _firstMs = snapshot.FirstMs;
        _enumeratedFromMs = snapshot.EnumeratedFromMs;
        _enumeratedUntilMs = snapshot.EnumeratedUntilMs;
        Skipped = snapshot.Skipped;
    }

    /// <summary>Notes a pane that holds events.</summary>
    public void Cover(Interval pane) => _firstMs = Math.Min(_firstMs, pane.StartMs);

    /// <summary>Whether a window was already published as an empty one.</summary>
    public bool WasPublished(Interval window) => window.StartMs >= _enumeratedFromMs && window.EndMs <= _enumeratedUntilMs;

    /// <summary>Puts the empty windows that end by <paramref name="untilMs"/> and were not published yet between those that are due, in order.</summary>
    /// <param name="due">Windows with events, in order.</param>
    /// <param name="isKept">Whether another window holds events.</param>
    /// <param name="untilMs">The end of time that has passed. What was enumerated once counts as passed: see <see cref="WindowSet.CloseAll"/>.</param>
    public IEnumerable<OpenWindow> Among(IEnumerable<OpenWindow> due, Predicate<OpenWindow> isKept, long untilMs)
    {
        untilMs = Math.Max(untilMs, _enumeratedUntilMs);
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

        if (_firstMs != long.MaxValue)
        {
            _enumeratedFromMs = _firstMs;
            _enumeratedUntilMs = Math.Max(_enumeratedUntilMs, untilMs);
        }
    }

    /// <summary>Windows from the first event on, not enumerated before: a first event that moved back opens a range before the old one.</summary>
    private IEnumerable<OpenWindow> Candidates(long untilMs)
    {
        if (_firstMs == long.MaxValue)
        {
            yield break;
        }

        long afterMs = _firstMs < _enumeratedFromMs ? _firstMs : _enumeratedUntilMs;
        long count = EmptyWindows.CountIn(definitions, afterMs, untilMs);
        if (EmptyWindows.IsGap(count))
        {
            // What comes after the gap begins anew: nothing in the gap was published.
            Skipped += count;
            _firstMs = _enumeratedUntilMs = untilMs;
            yield break;
        }

        PriorityQueue<IEnumerator<OpenWindow>, OpenWindow> next = new(OpenWindow.ByEnd);
        for (int order = 0; order < definitions.Count; order++)
        {
            IEnumerator<OpenWindow> windows = Of(definitions[order], order, afterMs, untilMs).GetEnumerator();
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

    private IEnumerable<OpenWindow> Of(WindowDefinition definition, int order, long afterMs, long untilMs) =>
        definition.WindowsEndingIn(afterMs, untilMs)
            .Where(window => window.StartMs >= _firstMs && !WasPublished(window))
            .Select(window => new OpenWindow(definition, order, window));
}

using Tidemark.Core.Windows;

namespace Tidemark.Protocol;

/// <summary>A window that contains closed panes.</summary>
/// <param name="Interval">The window.</param>
/// <param name="Revision">The sum of its panes' revisions, at least 1.</param>
public readonly record struct RevisedWindow(Interval Interval, long Revision);

/// <summary>Finds the windows over a set of closed panes without enumerating the empty time between them.</summary>
internal sealed class PaneSums
{
    private readonly IList<long> _starts;
    private readonly long[] _before; // per pane: the sum of the revisions of all panes before it
    private readonly long _paneMs;

    public PaneSums(SortedList<long, PaneProgress> panes, long paneMs)
    {
        _starts = panes.Keys;
        _paneMs = paneMs;
        _before = new long[panes.Count + 1];
        for (int i = 0; i < panes.Count; i++)
        {
            _before[i + 1] = _before[i] + panes.Values[i].Revision;
        }
    }

    /// <summary>The sum of the revisions of a window's panes.</summary>
    public long Of(Interval window) => _before[IndexFrom(window.EndMs)] - _before[IndexFrom(window.StartMs)];

    /// <summary>The windows of a family that end in <c>(afterMs, untilMs]</c> and contain a closed pane, by end.</summary>
    public IEnumerable<RevisedWindow> WindowsEndingIn(WindowDefinition family, long afterMs, long untilMs)
    {
        long doneMs = afterMs;
        for (int i = 0; i < _starts.Count && _starts[i] < untilMs; i++)
        {
            Interval pane = new(_starts[i], _starts[i] + _paneMs);
            long lastMs = Math.Min(untilMs, family.LastEndContaining(pane));
            foreach (Interval window in family.WindowsEndingIn(Math.Max(doneMs, pane.StartMs), lastMs))
            {
                yield return new RevisedWindow(window, Of(window));
            }

            doneMs = Math.Max(doneMs, lastMs);
        }
    }

    private int IndexFrom(long startMs)
    {
        int low = 0;
        int high = _starts.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _starts[middle] < startMs ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}

using Tidemark.Aggregation.Accumulators;
using Tidemark.Aggregation.Watermarks;
using Tidemark.Aggregation.Windows;

namespace Tidemark.Aggregation.Closing;

/// <summary>
/// The panes that hold events and the windows made of them, from their first event until they are final. Bounded by the allowed
/// lateness plus the longest window, over the pane size.
/// </summary>
internal sealed class WindowSet(EngineOptions options, PaneGrid grid, IEngineOutput output)
{
    private readonly long _latenessMs = (long)options.AllowedLateness.TotalMilliseconds;
    /// <summary>Most live results of a family at a time: those that close next.</summary>
    private const int MostLive = 16;

    private readonly SortedList<long, Pane> _panes = [];
    private readonly SortedSet<OpenWindow> _open = new(OpenWindow.ByEnd);
    private readonly long[] _lastEndMs = [.. options.Windows.Select(_ => long.MinValue)];
    private readonly long[] _finalBeforeMs = [.. options.Windows.Select(_ => long.MinValue)];
    private readonly EmptyWindows? _empty = options.EmitEmptyWindows ? new EmptyWindows(options.Windows) : null;

    public int Count => _open.Count;

    /// <summary>Events in panes that were closed, over all time.</summary>
    public long PublishedEvents { get; private set; }

    /// <summary>The pane of an interval; a new one brings the windows that contain it.</summary>
    public Pane OpenPane(Interval interval)
    {
        if (_panes.TryGetValue(interval.StartMs, out Pane? known))
        {
            return known;
        }

        long retainUntilMs = interval.EndMs;
        for (int order = 0; order < options.Windows.Count; order++)
        {
            WindowDefinition definition = options.Windows[order];
            retainUntilMs = Math.Max(retainUntilMs, definition.LastEndContaining(interval));
            foreach (Interval window in definition.WindowsContaining(interval))
            {
                _open.Add(new OpenWindow(definition, order, window) { IsPublished = _empty is not null && _empty.WasPublished(window) });
            }
        }

        Pane pane = new(interval, retainUntilMs);
        _panes.Add(interval.StartMs, pane);
        _empty?.Cover(interval);
        return pane;
    }

    /// <summary>Closes the panes that a watermark has passed, publishes the windows that changed, and forgets what is final.</summary>
    /// <param name="watermarkMs">Of the topic.</param>
    /// <param name="finalWatermarkMs">Least of all partitions, idle or not.</param>
    /// <param name="maxEventTimeMs">Greatest event time of all partitions.</param>
    public void CloseDue(long watermarkMs, long finalWatermarkMs, long maxEventTimeMs)
    {
        Publish(watermarkMs + 1, watermarkMs, maxEventTimeMs);
        Forget(finalWatermarkMs);
    }

    /// <summary>Closes and publishes everything, as a watermark past everything does.</summary>
    public void Complete(long maxEventTimeMs)
    {
        Publish(long.MaxValue, null, maxEventTimeMs);
        for (int order = 0; order < options.Windows.Count; order++)
        {
            MarkFinal(order, _lastEndMs[order]);
        }

        _panes.Clear();
        _open.Clear();
    }

    /// <summary>The windows that are not due yet and hold events, as they stand now. The events of open panes are copied.</summary>
    /// <param name="watermarkMs">Of the topic.</param>
    public List<Publication> Live(long watermarkMs)
    {
        Dictionary<Pane, PaneContent> pending = [];
        foreach (Pane pane in _panes.Values)
        {
            if (pane.Pending is { } open)
            {
                Accumulator copy = new(options.Limits);
                copy.Merge(open);
                pending.Add(pane, new PaneContent(copy));
            }
        }

        int[] taken = new int[options.Windows.Count];
        List<Publication> live = [];
        foreach (OpenWindow window in _open)
        {
            if (window.Interval.EndMs - 1 > watermarkMs && taken[window.Order]++ < MostLive)
            {
                PaneContent[] parts = [.. PanesOf(window.Interval).SelectMany(pane => pending.TryGetValue(pane, out PaneContent? open) ? [.. pane.Published, open] : pane.Published)];
                live.Add(new Publication(window.Definition, window.Interval, Phase.Live, 0, watermarkMs, parts));
            }
        }

        return live;
    }

    private void Publish(long untilMs, long? watermarkMs, long maxEventTimeMs)
    {
        List<Interval> closed = [];
        foreach (Pane pane in _panes.Values)
        {
            if (pane.Interval.EndMs <= untilMs && pane.Close(options.Limits) is var events && events > 0)
            {
                PublishedEvents += events;
                closed.Add(pane.Interval);
            }
        }

        IEnumerable<OpenWindow> due = _open.TakeWhile(window => window.Interval.EndMs <= untilMs);
        if (_empty is not null)
        {
            due = _empty.Among(due, Math.Min(untilMs, grid.PaneAt(maxEventTimeMs).StartMs));
        }

        foreach (OpenWindow window in due)
        {
            if (!window.IsPublished || closed.Exists(window.Interval.Contains))
            {
                output.Publish(PublicationOf(window, watermarkMs));
                window.IsPublished = true;
            }
        }
    }

    private Publication PublicationOf(OpenWindow window, long? watermarkMs)
    {
        List<Pane> panes = [.. PanesOf(window.Interval)];
        Phase phase = window.IsPublished ? Phase.Corrected : Phase.OnTime;
        _lastEndMs[window.Order] = Math.Max(_lastEndMs[window.Order], window.Interval.EndMs);
        return new Publication(
            window.Definition, window.Interval, phase, panes.Sum(pane => pane.Revision), watermarkMs, [.. panes.SelectMany(pane => pane.Published)]);
    }

    private IEnumerable<Pane> PanesOf(Interval window)
    {
        for (int i = FirstPaneFrom(window.StartMs); i < _panes.Count && _panes.Keys[i] < window.EndMs; i++)
        {
            yield return _panes.Values[i];
        }
    }

    private int FirstPaneFrom(long startMs)
    {
        int low = 0;
        int high = _panes.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_panes.Keys[middle] < startMs)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private void Forget(long finalWatermarkMs)
    {
        if (finalWatermarkMs == PartitionCursor.NoTime)
        {
            return;
        }

        long beforeMs = grid.PaneAt(finalWatermarkMs + 1 - _latenessMs).StartMs;
        for (int order = 0; order < options.Windows.Count; order++)
        {
            MarkFinal(order, beforeMs);
        }

        while (_open.Min is { } first && first.Interval.EndMs - 1 + _latenessMs <= finalWatermarkMs)
        {
            _open.Remove(first);
        }

        // A pane's last window ends later the later the pane starts, so final panes come first.
        while (_panes.Count > 0 && _panes.Values[0].RetainUntilMs - 1 + _latenessMs <= finalWatermarkMs)
        {
            _panes.RemoveAt(0);
        }
    }

    private void MarkFinal(int order, long beforeMs)
    {
        if (beforeMs > _finalBeforeMs[order])
        {
            _finalBeforeMs[order] = beforeMs;
            output.MarkFinal(options.Windows[order], beforeMs);
        }
    }
}

using Tidemark.Aggregation.Windows;

namespace Tidemark.Aggregation.Closing;

/// <summary>
/// The panes that hold events and the windows made of them, from their first event until they are final. Bounded by the allowed
/// lateness plus the longest window, over the pane size.
/// </summary>
internal sealed class WindowSet(EngineOptions options, PaneGrid grid, IEngineOutput output)
{
    private readonly long _latenessMs = (long)options.AllowedLateness.TotalMilliseconds;
    private readonly SortedList<long, Pane> _panes = [];
    private readonly SortedSet<OpenWindow> _open = new(OpenWindow.ByEnd);
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
        _panes.Clear();
        _open.Clear();
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
        long revision = 0;
        List<PaneContent> parts = [];
        for (int i = FirstPaneFrom(window.Interval.StartMs); i < _panes.Count && _panes.Keys[i] < window.Interval.EndMs; i++)
        {
            revision += _panes.Values[i].Revision;
            parts.AddRange(_panes.Values[i].Published);
        }

        Phase phase = window.IsPublished ? Phase.Corrected : Phase.OnTime;
        return new Publication(window.Definition, window.Interval, phase, revision, watermarkMs, [.. parts]);
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
}

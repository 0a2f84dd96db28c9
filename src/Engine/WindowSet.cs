using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Watermarks;
using Tidemark.Core.Windows;
using Tidemark.Engine.Checkpoint;

namespace Tidemark.Engine;

/// <summary>
/// The panes that hold events and the windows made of them, from their first event until they are final. Bounded by the allowed
/// lateness plus the longest window, over the pane size. The cost of a closing depends on what it closes and corrects, not on what is kept.
/// </summary>
internal sealed class WindowSet(EngineOptions options, PaneGrid grid, IEngineOutput output)
{
    private readonly Lateness _lateness = new(options);
    private readonly Dictionary<long, Pane> _paneByStart = [];
    private readonly SortedSet<Pane> _panes = new(Pane.ByStart);
    private readonly PriorityQueue<Pane, long> _unclosed = new();
    private readonly SortedSet<OpenWindow> _open = new(OpenWindow.ByEnd);
    private readonly SortedSet<OpenWindow> _published = new(OpenWindow.ByEnd);
    private readonly long[] _lastEndMs = [.. options.Windows.Select(_ => EventTime.None)];
    private readonly long[] _finalBeforeMs = [.. options.Windows.Select(_ => EventTime.None)];
    private readonly EmptyWindowSet? _empty = options.EmitEmptyWindows ? new EmptyWindowSet(options.Windows) : null;

    /// <summary>The number of windows that hold events and can still change, published or not.</summary>
    public int Count => _open.Count + _published.Count;

    /// <summary>The number of events in closed panes since the start.</summary>
    public long PublishedEvents { get; private set; }

    /// <summary>The number of empty windows left out because there were too many in a row.</summary>
    public long SkippedEmptyWindows => _empty?.Skipped ?? 0;

    /// <summary>Gets or creates the pane of an interval; a new pane also creates the windows that contain it.</summary>
    public Pane OpenPane(Interval interval)
    {
        if (!_paneByStart.TryGetValue(interval.StartMs, out Pane? pane))
        {
            pane = AddPane(interval);
        }

        if (!pane.IsQueued)
        {
            pane.IsQueued = true;
            _unclosed.Enqueue(pane, interval.EndMs);
        }

        return pane;
    }

    /// <summary>Closes the panes that a watermark has passed, publishes the windows that changed, and removes what is final.</summary>
    /// <param name="watermarkMs">The topic's watermark.</param>
    /// <param name="finalWatermarkMs">The lowest watermark of all partitions that may still bring earlier events.</param>
    /// <param name="maxEventTimeMs">The greatest event time of all partitions.</param>
    public void CloseDue(long watermarkMs, long finalWatermarkMs, long maxEventTimeMs)
    {
        Publish(Due.UntilMs(watermarkMs), watermarkMs, maxEventTimeMs);
        Forget(finalWatermarkMs);
    }

    /// <summary>
    /// Closes and publishes everything and keeps it open for corrections. Nothing becomes final.
    /// </summary>
    public void CloseAll(long maxEventTimeMs) => Publish(long.MaxValue, null, maxEventTimeMs);

    /// <summary>Closes and publishes everything for good, as at the end of a bounded source.</summary>
    public void Complete(long maxEventTimeMs)
    {
        CloseAll(maxEventTimeMs);
        for (int order = 0; order < options.Windows.Count; order++)
        {
            MarkFinal(order, _lastEndMs[order]);
        }

        _paneByStart.Clear();
        _panes.Clear();
        _published.Clear();
    }

    /// <summary>The current results of windows that are not due and hold events. The events of open panes are copied.</summary>
    /// <param name="watermarkMs">The topic's watermark.</param>
    public List<Publication> Live(long watermarkMs)
    {
        Dictionary<Pane, PaneContent> pending = [];
        foreach ((Pane pane, _) in _unclosed.UnorderedItems)
        {
            if (pane.Pending is { } open)
            {
                pending.Add(pane, new PaneContent(open.Clone()));
            }
        }

        return [.. LiveWindows.CloseNext(_open, options.Windows.Count, window => window.Order).Select(LiveOf)];

        Publication LiveOf(OpenWindow window)
        {
            PaneContent[] parts =
                [.. PanesOf(window.Interval).SelectMany(
                    pane => pending.TryGetValue(pane, out PaneContent? unclosed) ? [.. pane.Published, unclosed] : pane.Published)];
            return new Publication(window.Definition, window.Interval, Phase.Live, 0, watermarkMs, parts);
        }
    }

    /// <summary>
    /// The current results of windows that were published and can still change, by end, each with its last published revision.
    /// </summary>
    /// <param name="watermarkMs">The topic's watermark.</param>
    public List<Publication> Published(long watermarkMs)
    {
        List<Publication> published = [];
        foreach (OpenWindow window in _published)
        {
            List<Pane> panes = [.. PanesOf(window.Interval)];

            // A first closing results in one revision for each of its panes.
            long revision = panes.Sum(pane => pane.Revision);
            Phase phase = revision == panes.Count(pane => pane.Revision > 0) ? Phase.OnTime : Phase.Corrected;
            published.Add(
                new Publication(window.Definition, window.Interval, phase, revision, watermarkMs, [.. panes.SelectMany(pane => pane.Published)]));
        }

        return published;
    }

    /// <summary>The families with final windows, and the time before which they are final.</summary>
    public IEnumerable<(WindowDefinition Family, long BeforeMs)> FinalMarks() =>
        options.Windows.Select((family, order) => (family, _finalBeforeMs[order])).Where(mark => mark.Item2 != EventTime.None);

    /// <summary>
    /// No event of a pane that ends at or before this time is counted any more; <see cref="EventTime.None"/> while nothing is final.
    /// </summary>
    public long FinalBeforeMs { get; private set; } = EventTime.None;

    /// <summary>Captures the state. Published content is shared, since it never changes; pending content is copied.</summary>
    public WindowsSnapshot Capture() => new(
        [.. _panes.Select(pane => pane.Capture())],
        [.. _open.Select(window => new WindowSnapshot(window.Order, window.Interval))],
        [.. _published.Select(window => new WindowSnapshot(window.Order, window.Interval))],
        [.. _lastEndMs],
        [.. _finalBeforeMs],
        PublishedEvents,
        _empty?.Capture());

    /// <summary>Restores a captured state.</summary>
    public void Restore(WindowsSnapshot snapshot)
    {
        foreach (PaneSnapshot kept in snapshot.Panes)
        {
            Pane pane = Pane.Restore(
                kept, options.Windows.Max(definition => Math.Max(kept.Interval.EndMs, definition.LastEndContaining(kept.Interval))));
            _paneByStart.Add(kept.Interval.StartMs, pane);
            _panes.Add(pane);
            if (pane.Pending is not null)
            {
                pane.IsQueued = true;
                _unclosed.Enqueue(pane, kept.Interval.EndMs);
            }
        }

        _open.UnionWith(snapshot.Open.Select(window => new OpenWindow(options.Windows[window.Order], window.Order, window.Interval)));
        _published.UnionWith(snapshot.Published.Select(
            window => new OpenWindow(options.Windows[window.Order], window.Order, window.Interval) { IsPublished = true }));
        snapshot.LastEndMs.CopyTo(_lastEndMs, 0);
        snapshot.FinalBeforeMs.CopyTo(_finalBeforeMs, 0);
        FinalBeforeMs = _finalBeforeMs.Max();
        PublishedEvents = snapshot.PublishedEvents;
        if (snapshot.Empty is { } empty)
        {
            _empty?.Restore(empty);
        }
    }

    private Pane AddPane(Interval interval)
    {
        long retainUntilMs = interval.EndMs;
        for (int order = 0; order < options.Windows.Count; order++)
        {
            WindowDefinition definition = options.Windows[order];
            retainUntilMs = Math.Max(retainUntilMs, definition.LastEndContaining(interval));
            foreach (Interval window in definition.WindowsContaining(interval))
            {
                OpenWindow added = new(definition, order, window) { IsPublished = _empty is not null && _empty.WasPublished(order, window) };
                if (added.IsPublished)
                {
                    _published.Add(added);
                }
                else if (!_published.Contains(added))
                {
                    _open.Add(added);
                }
            }
        }

        Pane pane = new(interval, retainUntilMs);
        _paneByStart.Add(interval.StartMs, pane);
        _panes.Add(pane);
        _empty?.Cover(interval);
        return pane;
    }

    private void Publish(long untilMs, long? watermarkMs, long maxEventTimeMs)
    {
        SortedSet<OpenWindow> due = CloseUntil(untilMs);
        while (_open.Min is { } first && first.Interval.EndMs <= untilMs)
        {
            _open.Remove(first);
            due.Add(first);
        }

        IEnumerable<OpenWindow> windows = _empty is null
            ? due
            : _empty.Among(
                due,
                window => _published.Contains(window) || _open.Contains(window),
                EmptyWindows.UntilMs(untilMs, grid.PaneAt(maxEventTimeMs).StartMs));
        foreach (OpenWindow window in windows)
        {
            output.Publish(PublicationOf(window, watermarkMs));
            window.IsPublished = true;
        }

        // Windows without events are not kept: EmptyWindowSet knows them by their range.
        _published.UnionWith(due);
    }

    /// <summary>Closes the panes that end by a time and returns the published windows that are corrected by it.</summary>
    private SortedSet<OpenWindow> CloseUntil(long untilMs)
    {
        SortedSet<OpenWindow> corrected = new(OpenWindow.ByEnd);
        while (_unclosed.TryPeek(out Pane? pane, out long endMs) && endMs <= untilMs)
        {
            _unclosed.Dequeue();
            pane.IsQueued = false;
            long before = pane.Revision;
            PublishedEvents += pane.Close(options.Limits);
            if (_published.Count == 0 || pane.Revision == before)
            {
                continue;
            }

            for (int order = 0; order < options.Windows.Count; order++)
            {
                foreach (Interval interval in options.Windows[order].WindowsContaining(pane.Interval))
                {
                    if (_published.TryGetValue(new OpenWindow(options.Windows[order], order, interval), out OpenWindow? window))
                    {
                        corrected.Add(window);
                    }
                }
            }
        }

        return corrected;
    }

    private Publication PublicationOf(OpenWindow window, long? watermarkMs)
    {
        List<Pane> panes = [.. PanesOf(window.Interval)];
        Phase phase = window.IsPublished ? Phase.Corrected : Phase.OnTime;
        _lastEndMs[window.Order] = Math.Max(_lastEndMs[window.Order], window.Interval.EndMs);
        return new Publication(
            window.Definition, window.Interval, phase, panes.Sum(pane => pane.Revision), watermarkMs, [.. panes.SelectMany(pane => pane.Published)]);
    }

    /// <summary>The panes of a window that hold events, by start.</summary>
    private IEnumerable<Pane> PanesOf(Interval window)
    {
        foreach (Pane pane in _panes.GetViewBetween(Bound(window.StartMs), Bound(window.EndMs - 1)))
        {
            yield return pane;
        }

        static Pane Bound(long startMs) => new(new Interval(startMs, startMs), startMs);
    }

    private void Forget(long finalWatermarkMs)
    {
        if (finalWatermarkMs == EventTime.None)
        {
            return;
        }

        long beforeMs = _lateness.FinalUntilMs(finalWatermarkMs);
        FinalBeforeMs = Math.Max(FinalBeforeMs, beforeMs);
        for (int order = 0; order < options.Windows.Count; order++)
        {
            MarkFinal(order, beforeMs);
        }

        while (_published.Min is { } first && _lateness.FinalAtMs(first.Interval.EndMs) <= finalWatermarkMs)
        {
            _published.Remove(first);
        }

        // The later a pane starts, the later its last window ends, so final panes come first.
        while (_panes.Min is { } first && _lateness.FinalAtMs(first.RetainUntilMs) <= finalWatermarkMs)
        {
            _panes.Remove(first);
            _paneByStart.Remove(first.Interval.StartMs);
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

namespace Tidemark.Support.Oracle;

/// <summary>What is published when the watermark of a single source reaches the end of a pane.</summary>
public sealed class OraclePublishing(
    OracleOptions options,
    OracleGrid grid,
    Func<IReadOnlyCollection<OracleEvent>, IEnumerable<OracleInterval>> emptyWindows)
{
    private readonly List<OracleEvent> counted = [];
    private readonly List<OracleEvent> unpublished = [];
    private readonly Dictionary<OracleInterval, List<OracleEvent>> windows = [];
    private readonly HashSet<OracleInterval> neverPublished = [];
    private readonly HashSet<OracleInterval> publishedBefore = [];
    private readonly Dictionary<long, long> paneRevisions = [];

    public List<OraclePublication> Published { get; } = [];

    public void Count(OracleEvent counting)
    {
        counted.Add(counting);
        unpublished.Add(counting);
        foreach (var window in grid.WindowsOf(counting.Time))
        {
            if (!windows.TryGetValue(window, out var events))
            {
                windows.Add(window, events = []);
            }

            events.Add(counting);
            if (!publishedBefore.Contains(window))
            {
                neverPublished.Add(window);
            }
        }
    }

    /// <summary>Everything due at the watermark; null is the end of the source, a watermark past everything.</summary>
    public void PublishDue(long? watermark)
    {
        var reached = watermark ?? long.MaxValue;

        // 1. Close every pane that the watermark has passed and that holds something new.
        var closing = unpublished.Where(e => reached >= grid.PaneEnd(e.Time) - 1).ToList();
        foreach (var pane in closing.Select(e => grid.PaneStart(e.Time)).Distinct())
        {
            paneRevisions[pane] = paneRevisions.GetValueOrDefault(pane) + 1;
        }

        unpublished.RemoveAll(e => reached >= grid.PaneEnd(e.Time) - 1);

        // 2. Windows whose revision grew (they hold a pane closed just now), or that were never published.
        var candidates = closing.SelectMany(e => grid.WindowsOf(e.Time)).ToHashSet();
        candidates.UnionWith(neverPublished);
        candidates.UnionWith(emptyWindows(counted).Where(w => !windows.ContainsKey(w) && !publishedBefore.Contains(w)));

        // 3. In order.
        foreach (var window in NaiveOracle.InOrder(candidates.Where(w => reached >= w.End - 1)))
        {
            Publish(window, watermark);
        }
    }

    private void Publish(OracleInterval window, long? watermark)
    {
        var events = windows.GetValueOrDefault(window) ?? [];
        var revision = events.Select(e => grid.PaneStart(e.Time)).Distinct().Sum(pane => paneRevisions[pane]);
        var phase = publishedBefore.Add(window) ? OraclePublication.OnTime : OraclePublication.Corrected;
        neverPublished.Remove(window);
        Published.Add(new OraclePublication(
            options.Windows[window.Order].Name,
            window.Start,
            window.End,
            phase,
            revision,
            watermark,
            OracleMetrics.Compute(events, window, options)));
    }
}

using Tidemark.Core.Metrics;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Engine.Checkpoint;

namespace Tidemark.Engine;

/// <summary>One slice of event time: its published content and the events added since.</summary>
internal sealed class Pane(Interval interval, long retainUntilMs)
{
    /// <summary>The maximum number of parts of a pane; beyond it, corrections are merged into one.</summary>
    private const int MaxParts = 8;

    public Interval Interval { get; } = interval;

    /// <summary>The end of the last window that contains the pane.</summary>
    public long RetainUntilMs { get; } = retainUntilMs;

    /// <summary>Whether the pane is queued for its next closing.</summary>
    public bool IsQueued { get; set; }

    /// <summary>Orders by start.</summary>
    public static readonly IComparer<Pane> ByStart = Comparer<Pane>.Create(static (a, b) => a.Interval.StartMs.CompareTo(b.Interval.StartMs));

    /// <summary>The events not published yet, or null.</summary>
    public Accumulator? Pending { get; private set; }

    /// <summary>
    /// The published content: one part per closing, so that a correction costs only what it adds. The array is replaced, never changed.
    /// </summary>
    public PaneContent[] Published { get; private set; } = [];

    /// <summary>The number of closings that changed the pane: 0 before the first, 1 after it, one more for each correction.</summary>
    public long Revision { get; private set; }

    /// <summary>Captures the state. Published content is shared, since it never changes; pending content is copied.</summary>
    public PaneSnapshot Capture() => new(Interval, Revision, Published, Pending?.Clone());

    /// <summary>Creates a pane from a captured state.</summary>
    public static Pane Restore(PaneSnapshot snapshot, long retainUntilMs) => new(snapshot.Interval, retainUntilMs)
    {
        Revision = snapshot.Revision,
        Published = snapshot.Published,
        Pending = snapshot.Pending,
    };

    public Accumulator Open(AccumulatorLimits limits) => Pending ??= new Accumulator(limits);

    /// <summary>Publishes the pending events.</summary>
    /// <returns>The number of events; 0 means that nothing changed.</returns>
    public long Close(AccumulatorLimits limits)
    {
        if (Pending is null || (Revision > 0 && Pending.IsEmpty))
        {
            Pending = null;
            return 0;
        }

        long events = Pending.TotalEvents;
        Published = [.. Published, new PaneContent(Pending)];
        if (Published.Length > MaxParts)
        {
            Accumulator corrections = new(limits);
            foreach (PaneContent part in Published.AsSpan(1))
            {
                corrections.Merge(part.Counts);
            }

            Published = [Published[0], new PaneContent(corrections)];
        }

        Pending = null;
        Revision++;
        return events;
    }
}

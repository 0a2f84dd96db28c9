using Tidemark.Core.Metrics;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Engine.Checkpoint;

namespace Tidemark.Engine;

/// <summary>One slice of event time: what has been published of it and what has come since.</summary>
internal sealed class Pane(Interval interval, long retainUntilMs)
{
    /// <summary>Most parts of a pane; then its corrections are merged into one.</summary>
    private const int MaxParts = 8;

    public Interval Interval { get; } = interval;

    /// <summary>The end of the last window that contains the pane.</summary>
    public long RetainUntilMs { get; } = retainUntilMs;

    /// <summary>Whether the pane waits for its next closing.</summary>
    public bool IsQueued { get; set; }

    /// <summary>By start.</summary>
    public static readonly IComparer<Pane> ByStart = Comparer<Pane>.Create(static (a, b) => a.Interval.StartMs.CompareTo(b.Interval.StartMs));

    /// <summary>Events not published yet, or null.</summary>
    public Accumulator? Pending { get; private set; }

    /// <summary>
    /// Everything published: the first closing, then corrections, so that a correction costs what it brings and not what is already
    /// there. The array is replaced, never changed.
    /// </summary>
    public PaneContent[] Published { get; private set; } = [];

    /// <summary>0 before the first closing, then 1 and one more for each correction.</summary>
    public long Revision { get; private set; }

    /// <summary>The pane as it stands: what is published is shared, since it never changes; what is pending is copied.</summary>
    public PaneSnapshot Capture() => new(Interval, Revision, Published, Pending?.Clone());

    /// <summary>A pane as it stood.</summary>
    public static Pane Restore(PaneSnapshot snapshot, long retainUntilMs) => new(snapshot.Interval, retainUntilMs)
    {
        Revision = snapshot.Revision,
        Published = snapshot.Published,
        Pending = snapshot.Pending,
    };

    public Accumulator Open(AccumulatorLimits limits) => Pending ??= new Accumulator(limits);

    /// <summary>Publishes what is pending.</summary>
    /// <returns>How many events that were; at 0 nothing changed.</returns>
    public long Close(AccumulatorLimits limits)
    {
        if (Pending is null)
        {
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

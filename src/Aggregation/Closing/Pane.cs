using Tidemark.Aggregation.Accumulators;
using Tidemark.Aggregation.Windows;

namespace Tidemark.Aggregation.Closing;

/// <summary>
/// One slice of event time: what has been published of it and what has come since. The published part is never changed, only
/// replaced, so a publication may read it on another thread while events go on arriving.
/// </summary>
internal sealed class Pane(Interval interval, long retainUntilMs)
{
    public Interval Interval { get; } = interval;

    /// <summary>The end of the last window that contains the pane.</summary>
    public long RetainUntilMs { get; } = retainUntilMs;

    /// <summary>Events not published yet, or null.</summary>
    public Accumulator? Pending { get; private set; }

    /// <summary>Everything published; null before the first closing.</summary>
    public Accumulator? Published { get; private set; }

    /// <summary>0 before the first closing, then 1 and one more for each correction.</summary>
    public long Revision { get; private set; }

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

        if (Published is null)
        {
            Published = Pending;
        }
        else
        {
            Accumulator corrected = new(limits);
            corrected.Merge(Published);
            corrected.Merge(Pending);
            Published = corrected;
        }

        Pending = null;
        Revision++;
        return events;
    }
}

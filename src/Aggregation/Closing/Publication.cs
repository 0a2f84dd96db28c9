using Tidemark.Aggregation.Windows;

namespace Tidemark.Aggregation.Closing;

/// <summary>
/// A window as it stood when it was published: the panes it is made of, not merged yet. Immutable, so that a <see cref="WindowMerger"/> can make
/// the result on another thread.
/// </summary>
public sealed class Publication
{
    internal Publication(WindowDefinition definition, Interval interval, Phase phase, long revision, long? watermarkMs, PaneContent[] parts)
    {
        Definition = definition;
        Interval = interval;
        Phase = phase;
        Revision = revision;
        WatermarkMs = watermarkMs;
        Parts = parts;
    }

    /// <summary>The family of the window.</summary>
    public WindowDefinition Definition { get; }

    /// <summary>The window.</summary>
    public Interval Interval { get; }

    /// <summary>What kind of publication it is.</summary>
    public Phase Phase { get; }

    /// <summary>The sum of its panes' revisions.</summary>
    public long Revision { get; }

    /// <summary>The watermark at the publication, epoch milliseconds; null once a bounded source has ended.</summary>
    public long? WatermarkMs { get; }

    /// <summary>Orders the live results of a window: the events counted. 0 for all others.</summary>
    public long Sequence => Phase == Phase.Live ? Parts.Sum(part => part.Counts.TotalEvents) : 0;

    internal PaneContent[] Parts { get; }
}

using Tidemark.Core.Metrics;
using Tidemark.Core.Windows;

namespace Tidemark.Core.Results;

/// <summary>
/// A window at the moment of its publication: the panes it consists of, not merged yet. Immutable, so that a <see cref="WindowMerger"/> can
/// merge it on another thread.
/// </summary>
public sealed class Publication
{
    private readonly long? _sequence;

    internal Publication(
        WindowDefinition definition, Interval interval, Phase phase, long revision, long? watermarkMs, PaneContent[] parts, long? sequence = null)
    {
        _sequence = sequence;
        Definition = definition;
        Interval = interval;
        Phase = phase;
        Revision = revision;
        WatermarkMs = watermarkMs;
        Parts = parts;
    }

    /// <summary>Creates a publication of panes that are stored outside an engine.</summary>
    /// <param name="definition">The family of the window.</param>
    /// <param name="interval">The window.</param>
    /// <param name="phase">The kind of publication.</param>
    /// <param name="revision">The sum of the panes' revisions; 0 for a live one.</param>
    /// <param name="watermarkMs">The watermark, epoch milliseconds; null for none.</param>
    /// <param name="parts">The content of the window's panes, in any number of parts; must not be changed afterwards.</param>
    /// <param name="sequence">The sequence of a live publication; null: the number of events.</param>
    public static Publication Of(
        WindowDefinition definition, Interval interval, Phase phase, long revision,
        long? watermarkMs, IEnumerable<Accumulator> parts, long? sequence = null)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return new Publication(definition, interval, phase, revision, watermarkMs, [.. parts.Select(part => new PaneContent(part))], sequence);
    }

    /// <summary>The family of the window.</summary>
    public WindowDefinition Definition { get; }

    /// <summary>The window.</summary>
    public Interval Interval { get; }

    /// <summary>The kind of publication.</summary>
    public Phase Phase { get; }

    /// <summary>The sum of its panes' revisions.</summary>
    public long Revision { get; }

    /// <summary>The watermark at the publication, epoch milliseconds; null once a bounded source has ended.</summary>
    public long? WatermarkMs { get; }

    /// <summary>Orders the live results of a window; by default the number of events. 0 for other phases.</summary>
    public long Sequence => Phase != Phase.Live ? 0 : _sequence ?? Parts.Sum(part => part.Counts.TotalEvents);

    internal PaneContent[] Parts { get; }
}

using Tidemark.Aggregation.Accumulators;
using Tidemark.Aggregation.Windows;

namespace Tidemark.Aggregation.Closing;

/// <summary>A window as it stood when it was published: the panes it is made of, not merged yet. Immutable, so the merge can be done on another thread.</summary>
public sealed class Publication
{
    private readonly Accumulator[] _panes;
    private readonly EngineOptions _options;
    private readonly long _paneMs;

    internal Publication(
        WindowDefinition definition, Interval interval, Phase phase, long revision, long? watermarkMs, Accumulator[] panes, EngineOptions options, long paneMs)
    {
        Definition = definition;
        Interval = interval;
        Phase = phase;
        Revision = revision;
        WatermarkMs = watermarkMs;
        _panes = panes;
        _options = options;
        _paneMs = paneMs;
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

    /// <summary>Merges the panes into the window's metrics.</summary>
    public WindowResult ToResult()
    {
        Accumulator content;
        if (_panes.Length == 1)
        {
            content = _panes[0];
        }
        else
        {
            content = new Accumulator(_options.Limits);
            foreach (Accumulator pane in _panes)
            {
                content.Merge(pane);
            }
        }

        return WindowResult.From(this, content, _options.TopPages, isLongerThanPane: Interval.LengthMs > _paneMs);
    }
}

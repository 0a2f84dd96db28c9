using Tidemark.Core.Metrics;
using Tidemark.Core.Windows;

namespace Tidemark.Core.Results;

/// <summary>
/// Merges the panes of a publication into the window's metrics. Reuses one accumulator per window family, so that merging allocates little.
/// Not thread-safe: use one instance per thread.
/// </summary>
public sealed class WindowMerger
{
    private readonly EngineOptions _options;
    private readonly Dictionary<WindowDefinition, Accumulator> _scratch = [];

    /// <summary>Creates a merger for the publications of engines with these options.</summary>
    public WindowMerger(EngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
    }

    /// <summary>The result of a publication; it shares no memory with the merger.</summary>
    public WindowResult Merge(Publication publication)
    {
        ArgumentNullException.ThrowIfNull(publication);
        HyperLogLog sketch = new();
        foreach (PaneContent part in publication.Parts)
        {
            part.AddUsersTo(sketch);
        }

        Accumulator counts = publication.Parts.Length == 1 ? publication.Parts[0].Counts : MergeCounts(publication);
        return WindowResult.From(publication, counts, sketch, _options.TopPages);
    }

    private Accumulator MergeCounts(Publication publication)
    {
        if (_scratch.TryGetValue(publication.Definition, out Accumulator? scratch))
        {
            scratch.Clear();
        }
        else
        {
            _scratch.Add(publication.Definition, scratch = new Accumulator(_options.Limits));
        }

        foreach (PaneContent part in publication.Parts)
        {
            scratch.Merge(part.Counts);
        }

        return scratch;
    }
}

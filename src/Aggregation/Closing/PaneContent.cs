using Tidemark.Aggregation.Accumulators;

namespace Tidemark.Aggregation.Closing;

/// <summary>What one closing of a pane added to it. Never changed once it is published, so any thread may read it.</summary>
internal sealed class PaneContent(Accumulator counts)
{
    private HyperLogLog? _sketch;

    public Accumulator Counts { get; } = counts;

    /// <summary>The users' sketch, made when it is first asked for: a pane is part of many windows.</summary>
    public HyperLogLog Sketch => _sketch ??= Counts.Users.ToSketch();
}

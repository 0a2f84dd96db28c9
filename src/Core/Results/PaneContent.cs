using Tidemark.Core.Metrics;

namespace Tidemark.Core.Results;

/// <summary>What one closing of a pane added to it. Never changed once it is published, so any thread may read it.</summary>
internal sealed class PaneContent(Accumulator counts)
{
    /// <summary>Above this many users a sketch of 16 KB is kept, since a pane is part of many windows; below, adding the users is as quick.</summary>
    private const int FewUsers = 4096;

    private HyperLogLog? _sketch;

    public Accumulator Counts { get; } = counts;

    /// <summary>Adds the users to the sketch of a window.</summary>
    public void AddUsersTo(HyperLogLog sketch)
    {
        if (Counts.Users.IsExact && Counts.Users.Count <= FewUsers)
        {
            Counts.Users.AddTo(sketch);
        }
        else
        {
            sketch.Merge(_sketch ??= Counts.Users.ToSketch());
        }
    }
}

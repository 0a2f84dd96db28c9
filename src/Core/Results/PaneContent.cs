using Tidemark.Core.Metrics;

namespace Tidemark.Core.Results;

/// <summary>The content that one closing of a pane added. Not changed once published, so any thread may read it.</summary>
internal sealed class PaneContent(Accumulator counts)
{
    /// <summary>
    /// Above this number of users a sketch of 16 KB is cached, since a pane is part of many windows; below it, adding the users is as fast.
    /// </summary>
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

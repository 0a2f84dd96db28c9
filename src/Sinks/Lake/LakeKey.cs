using Tidemark.Core.Windows;

namespace Tidemark.Sinks.Lake;

/// <summary>The window and the revision of a row, or of rows of which a file has none.</summary>
/// <param name="Window">The window.</param>
/// <param name="Revision">The revision, which grows with every change of content.</param>
internal sealed record LakeKey(Interval Window, long Revision) : ILakeRecord
{
    /// <summary>The other days, epoch milliseconds, that have a file of the same window; ascending. See <see cref="LakeSessions"/>.</summary>
    public IReadOnlyList<long> OtherDays { get; init; } = [];
}

using Tidemark.Core;
using Tidemark.Core.Windows;

namespace Tidemark.Protocol;

/// <summary>The state of a closed pane in <see cref="TopicState"/>.</summary>
/// <param name="Revision">1 at its first closing and one more for each correction.</param>
/// <param name="Vector">The offset of each partition up to which its rows are included; null once the pane is final.</param>
/// <param name="Fingerprint">The <see cref="OffsetVector.Fingerprint"/> of the vector.</param>
public sealed record PaneProgress(long Revision, OffsetVector? Vector, long Fingerprint)
{
    /// <summary>Whether a stored pane has exactly this revision and vector.</summary>
    public bool IsOf(PaneState pane)
    {
        ArgumentNullException.ThrowIfNull(pane);
        return pane.Revision == Revision && pane.Vector.Fingerprint == Fingerprint && (Vector is null || Vector.Equals(pane.Vector));
    }
}

/// <summary>The state of the windows of one family.</summary>
/// <param name="Definition">The family.</param>
public sealed record FamilyProgress(WindowDefinition Definition)
{
    internal SortedList<long, long> PublishedByEnd { get; init; } = [];

    /// <summary>
    /// Windows that end at or before this time do not change any more, and their last revision is written; epoch milliseconds.
    /// </summary>
    public long FinalBeforeMs { get; internal set; } = EventTime.None;

    /// <summary>Windows without rows that end at or before this time have been written as zeros, if enabled; epoch milliseconds.</summary>
    public long EmptyUntilMs { get; internal set; } = EventTime.None;

    /// <summary>The greatest end of a window that was written, epoch milliseconds, or <see cref="EventTime.None"/>.</summary>
    public long PublishedUntilMs => Math.Max(EmptyUntilMs, PublishedByEnd.Count > 0 ? PublishedByEnd.Keys[^1] : EventTime.None);

    /// <summary>Whether a window that is not final was written, with events or as zeros.</summary>
    /// <param name="endMs">The window's end, epoch milliseconds.</param>
    public bool IsPublished(long endMs) => endMs <= EmptyUntilMs || PublishedByEnd.ContainsKey(endMs);

    /// <summary>The written revision of each window that is not final, by end.</summary>
    public IReadOnlyDictionary<long, long> Published => PublishedByEnd;
}

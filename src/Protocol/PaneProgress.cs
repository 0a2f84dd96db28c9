using Tidemark.Core;
using Tidemark.Core.Windows;

namespace Tidemark.Protocol;

/// <summary>What the topic's <see cref="TopicState"/> knows of a closed pane.</summary>
/// <param name="Revision">1 at its first closing and one more for each correction.</param>
/// <param name="Vector">How far each partition's rows are in it; null once the pane is final, when nobody compares offsets any more.</param>
/// <param name="Fingerprint">Stands for the vector.</param>
public sealed record PaneProgress(long Revision, OffsetVector? Vector, long Fingerprint)
{
    /// <summary>Whether a stored pane is exactly this one.</summary>
    public bool IsOf(PaneState pane)
    {
        ArgumentNullException.ThrowIfNull(pane);
        return pane.Revision == Revision && pane.Vector.Fingerprint == Fingerprint && (Vector is null || Vector.Equals(pane.Vector));
    }
}

/// <summary>What is known of the windows of one family.</summary>
/// <param name="Definition">The family.</param>
public sealed record FamilyProgress(WindowDefinition Definition)
{
    internal SortedList<long, long> PublishedByEnd { get; init; } = [];

    /// <summary>No window that ends at or before this time changes any more, and its last revision is written; epoch milliseconds.</summary>
    public long FinalBeforeMs { get; internal set; } = EventTime.None;

    /// <summary>Every window that ends at or before this time and holds no rows was written as zeros, if those are wanted; epoch milliseconds.</summary>
    public long EmptyUntilMs { get; internal set; } = EventTime.None;

    /// <summary>No window that ends after this time was ever written; epoch milliseconds, or <see cref="EventTime.None"/>.</summary>
    public long PublishedUntilMs => Math.Max(EmptyUntilMs, PublishedByEnd.Count > 0 ? PublishedByEnd.Keys[^1] : EventTime.None);

    /// <summary>Whether a window that is not final was written, with events or as zeros.</summary>
    /// <param name="endMs">Its end.</param>
    public bool IsPublished(long endMs) => endMs <= EmptyUntilMs || PublishedByEnd.ContainsKey(endMs);

    /// <summary>End of each window written and not final, to the revision that was.</summary>
    public IReadOnlyDictionary<long, long> Published => PublishedByEnd;
}

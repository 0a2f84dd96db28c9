namespace Tidemark.Protocol;

/// <summary>What stored shards and panes nobody needs any more. What a late signal makes again is found by the next sweep.</summary>
public static class SweepPlan
{
    /// <summary>Whether a shard can go: its pane is final, so that it is merged for good.</summary>
    public static bool IsSpentShard(TopicState snapshot, long paneMs)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        return !snapshot.IsOfOtherLayout && snapshot.IsFinalPane(paneMs);
    }

    /// <summary>Whether a closed pane can go: all its windows are final.</summary>
    public static bool IsSpentPane(TopicState snapshot, long paneMs)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        return !snapshot.IsOfOtherLayout && snapshot.IsDone(paneMs);
    }
}

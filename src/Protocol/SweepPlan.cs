namespace Tidemark.Protocol;

/// <summary>
/// Decides which stored shards and panes can be deleted. One that a delayed signal creates again is found by the next sweep.
/// </summary>
public static class SweepPlan
{
    /// <summary>Whether a shard can be deleted: its pane is final and fully merged.</summary>
    public static bool IsSpentShard(TopicState snapshot, long paneMs)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        return !snapshot.IsOfOtherLayout && snapshot.IsFinalPane(paneMs);
    }

    /// <summary>Whether a closed pane can be deleted: all its windows are final.</summary>
    public static bool IsSpentPane(TopicState snapshot, long paneMs)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        return !snapshot.IsOfOtherLayout && snapshot.IsDone(paneMs);
    }
}

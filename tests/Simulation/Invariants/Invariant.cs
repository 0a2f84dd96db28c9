using Tidemark.Core.Results;
using Tidemark.Functions.Closing;
using Tidemark.Protocol;

namespace Tidemark.Simulation.Invariants;

/// <summary>
/// A condition that must always hold, checked on committed states. Its hooks are called after each change of a store, before each write of
/// a result, after each commit, and at the end, when faults have stopped and nothing is in progress.
/// </summary>
internal abstract class Invariant(Facts facts, Violations violations)
{
    /// <summary>The name in reports.</summary>
    public abstract string Name { get; }

    protected Facts Facts => facts;

    /// <summary>Called when a partition's cursor was saved, with the facts before it.</summary>
    public virtual void CursorSaving(int partition, PartitionState before, PartitionState after)
    {
    }

    /// <summary>Same as above, with the facts after it.</summary>
    public virtual void CursorSaved(int partition, PartitionState before, PartitionState after)
    {
    }

    /// <summary>Called when a shard was saved; null when it was deleted.</summary>
    public virtual void ShardSaved(long paneMs, int partition, PaneShard? before, PaneShard? after)
    {
    }

    /// <summary>Called when a closed pane was saved; null when it was deleted.</summary>
    public virtual void PaneSaved(long paneMs, PaneState? before, PaneState? after)
    {
    }

    /// <summary>Called when the topic's state was saved.</summary>
    public virtual void TopicSaved(TopicState before, TopicState after)
    {
    }

    /// <summary>Called when a tick starts the publication of a window.</summary>
    /// <param name="order">The order.</param>
    /// <param name="sinceMs">When the tick began, epoch milliseconds.</param>
    public virtual void PublishScheduled(PublishOrder order, long sinceMs)
    {
    }

    /// <summary>Called when a result is on its way to the sinks; it may not arrive.</summary>
    public virtual void ResultWritten(WindowResult result)
    {
    }

    /// <summary>Called when a sink has a new result for a window; the previous one is null when there was none.</summary>
    public virtual void ResultStored(ResultStore store, StoredResult? before, StoredResult after)
    {
    }

    /// <summary>Called before Redis loses acknowledged data.</summary>
    public virtual void RedisLosing()
    {
    }

    /// <summary>Called before a script runs in Redis.</summary>
    public virtual void RedisChanging(string script, byte[][] keys, byte[][] values)
    {
    }

    /// <summary>Called when something changed in Redis.</summary>
    public virtual void RedisChanged()
    {
    }

    /// <summary>Called when an offset was committed to Kafka.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="next">The offset after the last one.</param>
    /// <param name="isAfterSuccess">False when a fault committed what was never applied.</param>
    public virtual void OffsetCommitted(int partition, long next, bool isAfterSuccess)
    {
    }

    /// <summary>Called at the end, when faults have stopped, everything is due, and nothing changes any more.</summary>
    public virtual void AtEnd()
    {
    }

    /// <summary>Reports a violation; only the first of a run is kept.</summary>
    protected void Fail(string message) => violations.Report(Name, message);

    protected void Require(bool holds, string message)
    {
        if (!holds)
        {
            Fail(message);
        }
    }
}

/// <summary>The store of a sink.</summary>
internal enum ResultStore
{
    Redis,
    Lake,
}

/// <summary>A result in a store.</summary>
internal sealed record StoredResult(string Window, long StartMs, long EndMs, long Revision, string Content);

/// <summary>A violated invariant.</summary>
internal sealed record Violation(string Invariant, string Message);

/// <summary>Keeps the first violation and ends the run.</summary>
internal sealed class Violations(Action<Violation> stop)
{
    public Violation? First { get; private set; }

    public void Report(string invariant, string message)
    {
        if (First is null)
        {
            First = new Violation(invariant, message);
            stop(First);
        }
    }
}

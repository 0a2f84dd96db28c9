using Tidemark.Core.Results;
using Tidemark.Functions.Closing;
using Tidemark.Protocol;

namespace Tidemark.Simulation.Invariants;

/// <summary>
/// Something that must be so at every moment, judged by what is committed. Its hooks come after each change of a store, before each write
/// of a result, after each commit, and at the end, when faults have stopped and all has come to rest.
/// </summary>
internal abstract class Invariant(Facts facts, Violations violations)
{
    /// <summary>What it is called in a report.</summary>
    public abstract string Name { get; }

    protected Facts Facts => facts;

    /// <summary>A partition's cursor was saved. The facts are those before it.</summary>
    public virtual void CursorSaving(int partition, PartitionState before, PartitionState after)
    {
    }

    /// <summary>As above, and the facts are those after it.</summary>
    public virtual void CursorSaved(int partition, PartitionState before, PartitionState after)
    {
    }

    /// <summary>A shard was saved; null when it was deleted.</summary>
    public virtual void ShardSaved(long paneMs, int partition, PaneShard? before, PaneShard? after)
    {
    }

    /// <summary>A closed pane was saved; null when it was deleted.</summary>
    public virtual void PaneSaved(long paneMs, PaneState? before, PaneState? after)
    {
    }

    /// <summary>The topic's state was saved.</summary>
    public virtual void TopicSaved(TopicState before, TopicState after)
    {
    }

    /// <summary>A tick asks for a window to be written.</summary>
    /// <param name="order">What it asks for.</param>
    /// <param name="sinceMs">When the tick began, epoch milliseconds.</param>
    public virtual void PublishScheduled(PublishOrder order, long sinceMs)
    {
    }

    /// <summary>A result is on its way to the sinks; whether it will arrive is open.</summary>
    public virtual void ResultWritten(WindowResult result)
    {
    }

    /// <summary>A sink holds another result for a window than before; the one before is null when it held none.</summary>
    public virtual void ResultStored(ResultStore store, StoredResult? before, StoredResult after)
    {
    }

    /// <summary>Redis is about to lose what it had acknowledged.</summary>
    public virtual void RedisLosing()
    {
    }

    /// <summary>A script is about to run in Redis.</summary>
    public virtual void RedisChanging(string script, byte[][] keys, byte[][] values)
    {
    }

    /// <summary>Something changed in Redis.</summary>
    public virtual void RedisChanged()
    {
    }

    /// <summary>An offset was committed to Kafka.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="next">The offset after the last one.</param>
    /// <param name="isAfterSuccess">Not so when a fault commits what was never applied.</param>
    public virtual void OffsetCommitted(int partition, long next, bool isAfterSuccess)
    {
    }

    /// <summary>Faults have stopped, everything is due, and nothing moves any more.</summary>
    public virtual void AtEnd()
    {
    }

    /// <summary>Reports a violation; the first of a run counts.</summary>
    protected void Fail(string message) => violations.Report(Name, message);

    protected void Require(bool holds, string message)
    {
        if (!holds)
        {
            Fail(message);
        }
    }
}

/// <summary>A sink's store.</summary>
internal enum ResultStore
{
    Redis,
    Lake,
}

/// <summary>A result as a store holds it.</summary>
internal sealed record StoredResult(string Window, long StartMs, long EndMs, long Revision, string Content);

/// <summary>What went wrong in a run.</summary>
internal sealed record Violation(string Invariant, string Message);

/// <summary>Takes the first violation and ends the run.</summary>
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

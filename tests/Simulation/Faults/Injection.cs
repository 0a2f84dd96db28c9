using System.Globalization;

namespace Tidemark.Simulation;

/// <summary>The kinds of faults that are planned for a moment.</summary>
internal enum InjectionKind
{
    /// <summary>All processes of the trigger and of the timers die at once.</summary>
    HostRestart,

    /// <summary>The broker does not respond for some time.</summary>
    BrokerDown,

    /// <summary>A partition is added to the topic.</summary>
    PartitionAdded,

    /// <summary>The oldest records of a partition are deleted, some of them beyond the cursor.</summary>
    Truncated,

    /// <summary>The topic is deleted and recreated; the new logs stay shorter than the cursors.</summary>
    Recreated,

    /// <summary>Redis fails over to a copy some seconds old.</summary>
    RedisRolledBack,

    /// <summary>Redis loses everything.</summary>
    RedisEmptied,
}

/// <summary>A planned fault, its time and its extent.</summary>
internal sealed record Injection(InjectionKind Kind, int AtMs, int Partition, int Amount)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{AtMs,7} ms {Kind} p{Partition} {Amount}");
}

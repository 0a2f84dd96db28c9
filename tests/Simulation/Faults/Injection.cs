using System.Globalization;

namespace Tidemark.Simulation;

/// <summary>A fault that is planned for a moment.</summary>
internal enum InjectionKind
{
    /// <summary>Every process of the trigger and of the timers dies at once.</summary>
    HostRestart,

    /// <summary>The broker does not answer for some time.</summary>
    BrokerDown,

    /// <summary>The topic gets one partition more.</summary>
    PartitionAdded,

    /// <summary>The oldest records of a partition go, some of them beyond the cursor.</summary>
    Truncated,

    /// <summary>The topic is deleted and made again; the new logs stay shorter than the cursors.</summary>
    Recreated,

    /// <summary>Redis fails over to a copy some seconds old.</summary>
    RedisRolledBack,

    /// <summary>Redis loses everything.</summary>
    RedisEmptied,
}

/// <summary>What happens when, and how much of it.</summary>
internal sealed record Injection(InjectionKind Kind, int AtMs, int Partition, int Amount)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{AtMs,7} ms {Kind} p{Partition} {Amount}");
}

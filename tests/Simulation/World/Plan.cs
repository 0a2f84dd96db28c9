using Tidemark.Core;
using Tidemark.Functions.Hosting;
using Tidemark.Support.Durable;
using Tidemark.Support.Oracle;

namespace Tidemark.Simulation;

/// <summary>A record that a producer appends.</summary>
/// <param name="AtMs">The time after the start of the run, in milliseconds.</param>
/// <param name="Partition">The partition.</param>
/// <param name="Value">The value.</param>
/// <param name="TimestampMs">The timestamp of the record, epoch milliseconds.</param>
/// <param name="HoleBefore">The number of offsets without records before it.</param>
internal sealed record PlannedRecord(int AtMs, int Partition, byte[] Value, long TimestampMs, int HoleBefore);

/// <summary>Everything about a run that is drawn in advance. The same seed and scenario give the same plan.</summary>
internal sealed record Plan
{
    public required int Seed { get; init; }

    public required string Scenario { get; init; }

    public required OracleOptions Oracle { get; init; }

    public required EngineOptions Engine { get; init; }

    public required ProtocolTiming Timing { get; init; }

    /// <summary>The number of partitions at the start.</summary>
    public required int Partitions { get; init; }

    /// <summary>The number of trigger processes.</summary>
    public int Instances { get; init; } = 2;

    public int MaxBatch { get; init; } = 16;

    public int MaxStepRecords { get; init; } = 10_000;

    public required IReadOnlyList<PlannedRecord> Records { get; init; }

    /// <summary>The interval at which an empty transaction adds an offset to each partition; zero for never.</summary>
    public TimeSpan MarkersEvery { get; init; }

    public required IReadOnlyList<Injection> Injections { get; init; }

    public required Faults Faults { get; init; }

    public required TriggerFaults Trigger { get; init; }

    public required SinkFaults Sinks { get; init; }

    /// <summary>The maximum error of a process's clock in either direction.</summary>
    public TimeSpan Skew { get; init; }

    public TimeSpan TickEvery { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan LiveEvery { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan RescueEvery { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>When faults stop, relative to the start.</summary>
    public required int FaultsEndMs { get; init; }

    /// <summary>The kinds of faults that are switched off by the shrinker or by hand.</summary>
    public IReadOnlySet<string> Off { get; init; } = new HashSet<string>();

    public TimeSpan RedisRetention { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Whether the lake is part of the run.</summary>
    public bool HasLake { get; init; }
}

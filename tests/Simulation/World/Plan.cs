using Tidemark.Core;
using Tidemark.Functions.Hosting;
using Tidemark.Support.Durable;
using Tidemark.Support.Oracle;

namespace Tidemark.Simulation;

/// <summary>A record that a producer appends.</summary>
/// <param name="AtMs">When, after the start of the run.</param>
/// <param name="Partition">Where.</param>
/// <param name="Value">The value.</param>
/// <param name="TimestampMs">The record's own time, epoch milliseconds.</param>
/// <param name="HoleBefore">Offsets without record before it.</param>
internal sealed record PlannedRecord(int AtMs, int Partition, byte[] Value, long TimestampMs, int HoleBefore);

/// <summary>Everything about a run that is drawn before it begins. The same seed and scenario give the same plan.</summary>
internal sealed record Plan
{
    public required int Seed { get; init; }

    public required string Scenario { get; init; }

    public required OracleOptions Oracle { get; init; }

    public required EngineOptions Engine { get; init; }

    public required ProtocolTiming Timing { get; init; }

    /// <summary>Partitions at the start.</summary>
    public required int Partitions { get; init; }

    /// <summary>Processes of the trigger.</summary>
    public int Instances { get; init; } = 2;

    public int MaxBatch { get; init; } = 16;

    public int MaxStepRecords { get; init; } = 10_000;

    public required IReadOnlyList<PlannedRecord> Records { get; init; }

    /// <summary>How often a transaction without records adds an offset to each partition; zero for never.</summary>
    public TimeSpan MarkersEvery { get; init; }

    public required IReadOnlyList<Injection> Injections { get; init; }

    public required Faults Faults { get; init; }

    public required TriggerFaults Trigger { get; init; }

    public required SinkFaults Sinks { get; init; }

    /// <summary>Greatest error of a process's clock, either way.</summary>
    public TimeSpan Skew { get; init; }

    public TimeSpan TickEvery { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan LiveEvery { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan RescueEvery { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>When faults stop, after the start.</summary>
    public required int FaultsEndMs { get; init; }

    /// <summary>Kinds that the shrinker, or a person, has switched off.</summary>
    public IReadOnlySet<string> Off { get; init; } = new HashSet<string>();

    public TimeSpan RedisRetention { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Whether the lake's files are really written.</summary>
    public bool HasLake { get; init; }
}

namespace Tidemark.Simulation.Scenarios;

/// <summary>How a scenario modifies what a seed draws. Null values are drawn as usual.</summary>
internal sealed record Bias
{
    /// <summary>The rates of fault kinds by name. A planned kind in this list always occurs.</summary>
    public IReadOnlyDictionary<string, double> Rates { get; init; } = new Dictionary<string, double>();

    /// <summary>Whether there are no other faults, for races that need several events at certain times.</summary>
    public bool HasNoOtherFaults { get; init; }

    /// <summary>Operations whose signals are delayed at the rate of <see cref="Support.Durable.Faults.OperationSlow"/>.</summary>
    public IReadOnlySet<string> SlowOperations { get; init; } = new HashSet<string>();

    public int? Partitions { get; init; }

    public int? PartitionsAdded { get; init; }

    public int? LengthMs { get; init; }

    public int? Records { get; init; }

    public double? Disorder { get; init; }

    public double? Silence { get; init; }

    public int? IdleSeconds { get; init; }

    public long? LatenessMs { get; init; }

    public int? SweepSeconds { get; init; }

    public int? RetentionSeconds { get; init; }

    public int? LongDelaySeconds { get; init; }

    /// <summary>
    /// Whether the last partition wakes just when its watermark is due to be lifted, see <see cref="Workload.NextRevivals"/>.
    /// </summary>
    public bool HasRevivals { get; init; }

    /// <summary>One run in this many has a lake.</summary>
    public int LakeOneIn { get; init; } = 4;
}

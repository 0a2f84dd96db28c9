namespace Tidemark.Simulation.Scenarios;

/// <summary>How a scenario bends what a seed draws. What is null is drawn as ever.</summary>
internal sealed record Bias
{
    /// <summary>Rates of kinds of faults, by name; a planned kind that is there happens.</summary>
    public IReadOnlyDictionary<string, double> Rates { get; init; } = new Dictionary<string, double>();

    /// <summary>Whether those are all: in a race that needs several things at their time, any other fault is in the way.</summary>
    public bool HasNoOtherFaults { get; init; }

    /// <summary>Operations whose signals take long at the rate of <see cref="Support.Durable.Faults.OperationSlow"/>.</summary>
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

    /// <summary>Whether the last partition wakes just when its watermark is due to be lifted, see <see cref="Workload.NextRevivals"/>.</summary>
    public bool HasRevivals { get; init; }

    /// <summary>One run in so many has a lake.</summary>
    public int LakeOneIn { get; init; } = 4;
}

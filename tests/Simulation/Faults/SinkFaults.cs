namespace Tidemark.Simulation;

/// <summary>The faults of Redis, the lake and the dead letters.</summary>
internal sealed record SinkFaults
{
    /// <summary>A call fails before its effect.</summary>
    public double SinkFails { get; init; }

    /// <summary>A call times out after its effect.</summary>
    public double SinkTimesOut { get; init; }

    /// <summary>A call to the lake fails before its effect; one write consists of several calls.</summary>
    public double LakeFails { get; init; }

    /// <summary>A call to the lake times out after its effect: a rename that fails after it happened.</summary>
    public double LakeTimesOut { get; init; }

    /// <summary>The effect of a call is delayed by up to the long delay.</summary>
    public double SinkSlow { get; init; }

    /// <summary>Writing dead letters fails.</summary>
    public double DeadLettersFail { get; init; }
}

namespace Tidemark.Simulation;

/// <summary>How Redis, the lake and the dead letters misbehave.</summary>
internal sealed record SinkFaults
{
    /// <summary>A call fails before it has any effect.</summary>
    public double SinkFails { get; init; }

    /// <summary>A call times out after it had its effect.</summary>
    public double SinkTimesOut { get; init; }

    /// <summary>A call to the lake fails before it has any effect; one write takes several.</summary>
    public double LakeFails { get; init; }

    /// <summary>A call to the lake times out after its effect: a rename that fails after it happened.</summary>
    public double LakeTimesOut { get; init; }

    /// <summary>A call takes up to the long delay until it has its effect.</summary>
    public double SinkSlow { get; init; }

    /// <summary>Dead letters are not written.</summary>
    public double DeadLettersFail { get; init; }
}

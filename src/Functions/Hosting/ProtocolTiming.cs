namespace Tidemark.Functions.Hosting;

/// <summary>How long the protocol waits for what.</summary>
public sealed record ProtocolTiming
{
    /// <summary>Wait before a state is read again for the first time; it doubles from read to read.</summary>
    public TimeSpan PollFirst { get; init; } = TimeSpan.FromMilliseconds(40);

    /// <summary>Longest wait between two reads.</summary>
    public TimeSpan PollMax { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a signal may take before it is sent again.</summary>
    public TimeSpan ResendAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one batch may take. Well under the consumer's max.poll.interval of 5 minutes.</summary>
    public TimeSpan IngestTimeout { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>How long an activity or a part of a tick waits for states before it leaves the rest to the next one.</summary>
    public TimeSpan StepTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a partition with records beyond its cursor may stand still before the timer reads them itself.</summary>
    public TimeSpan RescueTimeout { get; init; } = TimeSpan.FromMinutes(2);
}

namespace Tidemark.Functions.Hosting;

/// <summary>The time limits and intervals of the protocol.</summary>
public sealed record ProtocolTiming
{
    /// <summary>The wait before a state is first read; it doubles with each read.</summary>
    public TimeSpan PollFirst { get; init; } = TimeSpan.FromMilliseconds(40);

    /// <summary>The maximum wait between two reads.</summary>
    public TimeSpan PollMax { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The time after which an unconfirmed signal is sent again.</summary>
    public TimeSpan ResendAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The time limit of one batch. Well below the consumer's max.poll.interval of 5 minutes.</summary>
    public TimeSpan IngestTimeout { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>The time limit of an activity or a part of a tick, after which the rest is left to the next one.</summary>
    public TimeSpan StepTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a partition with records beyond its cursor may not move before the timer reads them itself.</summary>
    public TimeSpan RescueTimeout { get; init; } = TimeSpan.FromMinutes(2);
}

using Tidemark.Cli.Kafka;
using Tidemark.Cli.Run;
using Tidemark.Core.Windows;
using Tidemark.Sinks.Redis;

namespace Tidemark.Cli.Verify;

/// <summary>What one verification recounts, and what it compares.</summary>
/// <param name="Sources">Paths, directories, patterns, or <c>-</c>, in the order they were counted.</param>
/// <param name="Lake">The lake's directory or address.</param>
/// <param name="Range">The windows that are compared start here: epoch milliseconds, half-open.</param>
/// <param name="Json">Whether the verdict goes to stdout as a JSON object.</param>
/// <param name="Now">When the events arrived; null for when the state says, and else the clock.</param>
/// <param name="Tuning">Threads and block size.</param>
internal sealed record VerifyOptions(IReadOnlyList<string> Sources, string Lake, Interval Range, bool Json, DateTimeOffset? Now, JobTuning Tuning)
{
    /// <summary>The Redis to compare as well, or null.</summary>
    public RedisOptions? Redis { get; init; }

    /// <summary>Where the state of the runs is that counted; null for none.</summary>
    public string? State { get; init; }

    /// <summary>The topic that is recounted instead of files, or null.</summary>
    public KafkaSettings? Topic { get; init; }

    /// <summary>Whether the sources are partitions, read side by side.</summary>
    public bool Merges { get; init; }

    /// <summary>Whether a configuration was given: then it is told when it differs from the state's.</summary>
    public bool HasConfiguration { get; init; }
}

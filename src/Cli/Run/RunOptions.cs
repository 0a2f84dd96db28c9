using Tidemark.Cli.Dashboard;
using Tidemark.Cli.Kafka;
using Tidemark.Sinks.Redis;

namespace Tidemark.Cli.Run;

/// <summary>What one run reads and writes.</summary>
/// <param name="Sources">Paths, directories, patterns, or <c>-</c>, in the order they are read; or one topic.</param>
/// <param name="Lake">The lake's directory or address, or null.</param>
/// <param name="Json">Whether results go to stdout as JSON lines.</param>
/// <param name="DeadLetters">The dead-letter file or topic, or null.</param>
/// <param name="Now">
/// When the events arrived, or null for the clock: on a pipe when they come, in a topic their timestamps, for a file when it was first
/// opened.
/// </param>
/// <param name="Tuning">Threads and block size.</param>
internal sealed record RunOptions(IReadOnlyList<string> Sources, string? Lake, bool Json, string? DeadLetters, DateTimeOffset? Now, JobTuning Tuning)
{
    /// <summary>The topic that is read; null when it is files or pipes.</summary>
    public KafkaSettings? Topic { get; init; }

    /// <summary>The topic that dead letters go to; null when it is a file, or none.</summary>
    public KafkaSettings? DeadLetterTopic { get; init; }

    /// <summary>Where results are published, or null.</summary>
    public RedisOptions? Redis { get; init; }

    /// <summary>Where a dashboard is served, or null.</summary>
    public DashboardAddress? Dashboard { get; init; }

    /// <summary>Where it is remembered what was counted; null when it is not.</summary>
    public string? State { get; init; }

    /// <summary>Whether only what went wrong is told.</summary>
    public bool IsQuiet { get; init; }

    /// <summary>Whether files are followed as they grow and are replaced.</summary>
    public bool Follows { get; init; }

    /// <summary>Whether the sources are partitions, read side by side.</summary>
    public bool Merges { get; init; }

    /// <summary>The share of rejected or late records, or of purchases without an amount, above which the run fails, 0 to 1; null for any.</summary>
    public double? MaxRejected { get; init; }
}

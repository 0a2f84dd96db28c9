using Tidemark.Sinks.Redis;

namespace Tidemark.Cli.Run;

/// <summary>What one run reads and writes.</summary>
/// <param name="Source">A path, or <c>-</c>.</param>
/// <param name="Lake">The lake's directory or address, or null.</param>
/// <param name="Json">Whether results go to stdout as JSON lines.</param>
/// <param name="DeadLetters">The dead-letter file, or null.</param>
/// <param name="Now">When the events arrived, or null for the clock: on a pipe when they come, for a file the start of the run.</param>
/// <param name="Tuning">Threads and block size.</param>
internal sealed record RunOptions(string Source, string? Lake, bool Json, string? DeadLetters, DateTimeOffset? Now, JobTuning Tuning)
{
    /// <summary>Where results are published, or null.</summary>
    public RedisOptions? Redis { get; init; }
}

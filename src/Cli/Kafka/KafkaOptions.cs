namespace Tidemark.Cli.Kafka;

/// <summary>How a topic is read.</summary>
internal sealed record KafkaOptions
{
    /// <summary>Whether it is remembered what was counted.</summary>
    public bool Remembers { get; init; }

    /// <summary>What was counted before, as <see cref="KafkaPosition"/> wrote it; null for nothing.</summary>
    public System.Text.Json.JsonElement? Before { get; init; }

    /// <summary>When the records are taken to have arrived; null for their timestamps.</summary>
    public DateTimeOffset? Now { get; init; }

    /// <summary>Bytes of values in a block.</summary>
    public int BlockBytes { get; init; } = 512 * 1024;

    /// <summary>Whether it ends where the logs ended when it was opened, or before that at <see cref="Until"/>, instead of waiting for more.</summary>
    public bool Ends { get; init; }

    /// <summary>Where it ends if it does: partitions that are not named are not read. Null for the ends of the logs.</summary>
    public IReadOnlyList<PartitionPosition>? Until { get; init; }

    /// <summary>Whether ends and new partitions are looked for by a thread; if not, only by <see cref="KafkaSource.Look"/>.</summary>
    public bool Watches { get; init; } = true;
}

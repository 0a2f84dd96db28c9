using Confluent.Kafka;

namespace Tidemark.Cli.Kafka;

/// <summary>What a <see cref="KafkaSource"/> needs of a client: one topic, all of whose partitions it is told to read from an offset on.</summary>
internal interface ITopicConsumer : IDisposable
{
    /// <summary>How many partitions the topic has.</summary>
    /// <exception cref="KafkaException">Nobody answered in time, or there is no such topic.</exception>
    int CountPartitions(TimeSpan timeout);

    /// <summary>
    /// Where the logs of the partitions 0 to <paramref name="partitions"/> - 1 begin and end: what can be read now, open transactions left out.
    /// </summary>
    /// <exception cref="KafkaException">Nobody answered in time.</exception>
    IReadOnlyList<LogBounds> Bounds(int partitions, TimeSpan timeout);

    /// <summary>Where they end.</summary>
    /// <exception cref="KafkaException">Nobody answered in time.</exception>
    IReadOnlyList<long> Ends(int partitions, TimeSpan timeout);

    /// <summary>Which topic it is, whatever its name; null when the brokers do not tell.</summary>
    TopicIdentity? Identify(TimeSpan timeout);

    /// <summary>Begins to read more partitions.</summary>
    void Assign(IReadOnlyList<PartitionPosition> starts);

    /// <summary>Begins a partition that is being read anew.</summary>
    void Seek(PartitionPosition start);

    /// <summary>Waits for what comes next. One caller at a time.</summary>
    /// <param name="values">Takes the value of a record.</param>
    /// <param name="timeout">How long to wait; zero for what is there.</param>
    Consumed Consume(IValueReceiver values, TimeSpan timeout);

    /// <summary>Lets the group know how far everything was counted. Does not wait.</summary>
    void Store(IReadOnlyList<PartitionPosition> positions);
}

/// <summary>Takes the value of a record as it lies in the client's memory, before anything else is known about the record.</summary>
internal interface IValueReceiver
{
    /// <summary>Takes a value; it is valid during the call only.</summary>
    /// <param name="value">The bytes; empty for none.</param>
    void Receive(ReadOnlySpan<byte> value);
}

/// <summary>Takes values that nobody wants.</summary>
internal sealed class Nobody : IValueReceiver
{
    /// <summary>The only one.</summary>
    public static Nobody Instance { get; } = new();

    /// <inheritdoc/>
    public void Receive(ReadOnlySpan<byte> value)
    {
    }
}

/// <summary>Where a partition's log begins and ends.</summary>
/// <param name="Start">The first offset that is still there.</param>
/// <param name="End">The offset after the last one, records or not.</param>
internal readonly record struct LogBounds(long Start, long End);

/// <summary>Which topic it is. Both are given once and never again.</summary>
/// <param name="Cluster">The cluster; empty when the brokers do not tell.</param>
/// <param name="Topic">The topic; empty when the brokers do not tell.</param>
internal sealed record TopicIdentity(string Cluster, string Topic);

/// <summary>How far a partition was counted.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Next">The offset of the first record that was not.</param>
/// <param name="LeaderEpoch">The epoch of the broker that the last one came from; null when unknown. With it a log is noticed that was truncated and
/// has grown again.</param>
internal readonly record struct PartitionPosition(int Partition, long Next, int? LeaderEpoch);

/// <summary>What became of waiting for a record.</summary>
internal enum ConsumedKind
{
    /// <summary>Nothing came in time.</summary>
    Nothing,

    /// <summary>A record, whose value was received.</summary>
    Record,

    /// <summary>The end of a partition: up to its offset there is nothing else.</summary>
    End,

    /// <summary>A problem.</summary>
    Problem,
}

/// <summary>What came from a topic.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Partition">The partition; -1 for none.</param>
/// <param name="Offset">Of a record its offset; at the end the next one that will be.</param>
/// <param name="TimestampMs">Of a record its timestamp, epoch milliseconds; null for none, as in topics of before Kafka 0.10.</param>
/// <param name="LeaderEpoch">Of a record the epoch of the broker that it came from.</param>
/// <param name="Problem">The problem, if it is one.</param>
internal readonly record struct Consumed(
    ConsumedKind Kind, int Partition = -1, long Offset = 0, long? TimestampMs = null, int? LeaderEpoch = null, Error? Problem = null);

using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Tidemark.Cli.Kafka;

/// <summary>A topic through Confluent.Kafka. Values go from the client's memory into the receiver's, without an array of their own.</summary>
internal sealed class TopicConsumer : ITopicConsumer, IDeserializer<bool>
{
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(2);

    private readonly IConsumer<Ignore, bool> _consumer;
    private readonly IAdminClient _admin;
    private readonly IsolationLevel _isolation;
    private readonly string _topic;
    private IValueReceiver? _receiver;

    /// <param name="settings">Which topic, and how.</param>
    /// <param name="commits">Whether the group is told.</param>
    /// <param name="onError">Told of what the client notices by itself, such as brokers that do not answer.</param>
    public TopicConsumer(KafkaSettings settings, bool commits, Action<Error> onError)
    {
        ConsumerConfig config = settings.ConsumerConfig(commits);
        _topic = settings.Address.Topic;
        _isolation = config.IsolationLevel ?? IsolationLevel.ReadCommitted;
        _consumer = new ConsumerBuilder<Ignore, bool>(config)
            .SetValueDeserializer(this)
            .SetErrorHandler((_, error) => onError(error))
            .SetLogHandler((_, _) => { })
            .SetOffsetsCommittedHandler((_, committed) => Tell(committed.Error, onError))
            .Build();
        _admin = new DependentAdminClientBuilder(_consumer.Handle).Build();
    }

    /// <inheritdoc/>
    public int CountPartitions(TimeSpan timeout)
    {
        TopicMetadata? topic = _admin.GetMetadata(_topic, timeout).Topics.Find(found => found.Topic == _topic);
        return topic is null || topic.Error.IsError || topic.Partitions.Count == 0
            ? throw new KafkaException(topic?.Error is { IsError: true } error ? error : new Error(ErrorCode.UnknownTopicOrPart))
            : topic.Partitions.Max(partition => partition.PartitionId) + 1;
    }

    /// <inheritdoc/>
    public IReadOnlyList<LogBounds> Bounds(int partitions, TimeSpan timeout)
    {
        IReadOnlyList<long> starts = Offsets(partitions, OffsetSpec.Earliest(), timeout);
        return [.. starts.Zip(Ends(partitions, timeout), (start, end) => new LogBounds(start, end))];
    }

    /// <inheritdoc/>
    public IReadOnlyList<long> Ends(int partitions, TimeSpan timeout) => Offsets(partitions, OffsetSpec.Latest(), timeout);

    /// <inheritdoc/>
    public TopicIdentity? Identify(TimeSpan timeout)
    {
        try
        {
            Task<DescribeTopicsResult> topics = _admin.DescribeTopicsAsync(
                TopicCollection.OfTopicNames([_topic]), new DescribeTopicsOptions { RequestTimeout = timeout });
            Task<DescribeClusterResult> cluster = _admin.DescribeClusterAsync(new DescribeClusterOptions { RequestTimeout = timeout });
            Task.WhenAll(topics, cluster).GetAwaiter().GetResult();
            Uuid? id = topics.Result.TopicDescriptions.Find(topic => topic.Name == _topic)?.TopicId;
            bool isKnown = id is not null && (id.MostSignificantBits, id.LeastSignificantBits) != (0, 0);
            return new TopicIdentity(cluster.Result.ClusterId ?? "", isKnown ? id!.ToString() : "");
        }
        catch (KafkaException)
        {
            // Brokers of before 2.8 and some that only speak like Kafka do not know.
            return null;
        }
    }

    /// <inheritdoc/>
    public void Assign(IReadOnlyList<PartitionPosition> starts) => _consumer.IncrementalAssign([.. starts.Select(Of)]);

    /// <inheritdoc/>
    public void Seek(PartitionPosition start)
    {
        _consumer.IncrementalUnassign([new TopicPartition(_topic, start.Partition)]);
        _consumer.IncrementalAssign([Of(start)]);
    }

    /// <inheritdoc/>
    public Consumed Consume(IValueReceiver values, TimeSpan timeout)
    {
        _receiver = values;
        try
        {
            if (_consumer.Consume(timeout) is not { } result)
            {
                return default;
            }

            (int partition, long offset) = (result.Partition.Value, result.Offset.Value);
            return result.IsPartitionEOF
                ? new Consumed(ConsumedKind.End, partition, offset)
                : new Consumed(ConsumedKind.Record, partition, offset, TimeOf(result.Message.Timestamp), result.LeaderEpoch);
        }
        catch (ConsumeException problem)
        {
            TopicPartitionOffset? where = problem.ConsumerRecord?.TopicPartitionOffset;
            return new Consumed(ConsumedKind.Problem, where?.Partition.Value ?? -1, where?.Offset.Value ?? 0, Problem: problem.Error);
        }
    }

    /// <inheritdoc/>
    public void Store(IReadOnlyList<PartitionPosition> positions)
    {
        foreach (PartitionPosition position in positions)
        {
            try
            {
                _consumer.StoreOffset(Of(position));
            }
            catch (KafkaException)
            {
                // Being begun anew at this moment, say: the next checkpoint stores it. A group only follows, and stops nothing.
            }
        }
    }

    /// <inheritdoc/>
    bool IDeserializer<bool>.Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
    {
        _receiver!.Receive(data);
        return !isNull;
    }

    /// <summary>Commits what is stored, if somebody takes it within a moment.</summary>
    public void Dispose()
    {
        Task closing = Task.Run(() =>
        {
            _admin.Dispose();
            _consumer.Close();
            _consumer.Dispose();
        });
        try
        {
            closing.Wait(ClosePatience);
        }
        catch (AggregateException)
        {
            // The group only follows: it learns from the next run.
        }
    }

    private static long? TimeOf(Timestamp timestamp) => timestamp.Type == TimestampType.NotAvailable ? null : timestamp.UnixTimestampMs;

    private TopicPartitionOffset Of(PartitionPosition position) => new(_topic, position.Partition, position.Next, position.LeaderEpoch);

    private long[] Offsets(int partitions, OffsetSpec which, TimeSpan timeout)
    {
        try
        {
            IEnumerable<TopicPartition> all = Enumerable.Range(0, partitions).Select(partition => new TopicPartition(_topic, partition));
            ListOffsetsResult result = _admin.ListOffsetsAsync(
                [.. all.Select(partition => new TopicPartitionOffsetSpec { TopicPartition = partition, OffsetSpec = which })],
                new ListOffsetsOptions { IsolationLevel = _isolation, RequestTimeout = timeout }).GetAwaiter().GetResult();
            long[] offsets = new long[partitions];
            foreach (ListOffsetsResultInfo info in result.ResultInfos)
            {
                offsets[info.TopicPartitionOffsetError.Partition.Value] = info.TopicPartitionOffsetError.Offset.Value;
            }

            return offsets;
        }
        catch (ListOffsetsException problem)
        {
            TopicPartitionOffsetError? first =
                problem.Result.ResultInfos.Select(info => info.TopicPartitionOffsetError).FirstOrDefault(info => info.Error.IsError);
            if (first is null)
            {
                throw;
            }

            string reason = string.Create(CultureInfo.InvariantCulture, $"partition {first.Partition.Value}: {first.Error.Reason}");
            throw new KafkaException(new Error(first.Error.Code, reason), problem);
        }
    }

    private static void Tell(Error error, Action<Error> onError)
    {
        if (error.IsError && error.Code != ErrorCode.Local_NoOffset)
        {
            onError(error);
        }
    }
}

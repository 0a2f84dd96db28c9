using System.Collections.Concurrent;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Tidemark.Aggregation.Events;
using Tidemark.Functions.Hosting;

namespace Tidemark.Functions.Ingest;

/// <summary>The topic's log through Confluent.Kafka. Its calls block, so each runs on a thread of the pool, with a consumer of its own.</summary>
public sealed class KafkaBroker(FunctionsOptions options, TimeProvider time, ILogger<KafkaBroker> log) : IBroker, IDisposable
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MetadataAge = TimeSpan.FromSeconds(10);

    private readonly ConcurrentBag<IConsumer<Ignore, byte[]?>> _idle = [];
    private readonly Lock _lock = new();
    private IReadOnlyList<int> _partitions = [];
    private long? _partitionsAt;

    /// <inheritdoc/>
    public Task<IReadOnlyList<int>> PartitionsAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_partitionsAt is { } at && time.GetElapsedTime(at) < MetadataAge)
            {
                return Task.FromResult(_partitions);
            }
        }

        return RunAsync(
            consumer =>
            {
                using IAdminClient admin = new DependentAdminClientBuilder(consumer.Handle).Build();
                TopicMetadata? topic = admin.GetMetadata(options.Topic, CallTimeout).Topics.Find(found => found.Topic == options.Topic);
                if (topic is null || topic.Error.IsError)
                {
                    throw new KafkaException(topic?.Error ?? new Error(ErrorCode.UnknownTopicOrPart));
                }

                IReadOnlyList<int> partitions = [.. topic.Partitions.Select(partition => partition.PartitionId).Order()];
                lock (_lock)
                {
                    _partitions = partitions;
                    _partitionsAt = time.GetTimestamp();
                }

                return partitions;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<LogBounds> BoundsAsync(int partition, CancellationToken cancellationToken) => RunAsync(
        consumer =>
        {
            WatermarkOffsets offsets = consumer.QueryWatermarkOffsets(new TopicPartition(options.Topic, partition), CallTimeout);
            return new LogBounds(offsets.Low.Value, offsets.High.Value);
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<LogRange> ReadAsync(int partition, long from, long last, int most, CancellationToken cancellationToken) =>
        RunAsync(consumer => Read(consumer, partition, from, last, most, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<bool> HasRecordAsync(int partition, long from, CancellationToken cancellationToken) =>
        RunAsync(consumer => Read(consumer, partition, from, long.MaxValue, 1, cancellationToken).Records.Count > 0, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_idle.TryTake(out IConsumer<Ignore, byte[]?>? consumer))
        {
            consumer.Dispose();
        }
    }

    private LogRange Read(IConsumer<Ignore, byte[]?> consumer, int partition, long from, long last, int most, CancellationToken cancellationToken)
    {
        List<KafkaValue> records = [];
        long started = time.GetTimestamp();
        consumer.Assign(new TopicPartitionOffset(options.Topic, partition, from));
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                ConsumeResult<Ignore, byte[]?>? result = consumer.Consume(TimeSpan.FromMilliseconds(100));
                if (result is null)
                {
                    // Nothing yet and not the end either: never taken for a hole.
                    if (time.GetElapsedTime(started) > CallTimeout)
                    {
                        throw new TimeoutException($"Partition {partition} could not be read from offset {from} in {CallTimeout}.");
                    }

                    continue;
                }

                // The end of what is committed, past any markers.
                if (result.IsPartitionEOF)
                {
                    return new LogRange(records, Math.Min(last, Math.Max(result.Offset.Value, from) - 1));
                }

                if (result.Offset.Value > last)
                {
                    return new LogRange(records, last);
                }

                records.Add(new KafkaValue(result.Offset.Value, result.Message.Timestamp.UnixTimestampMs, result.Message.Value));
                if (result.Offset.Value == last || records.Count == most)
                {
                    return new LogRange(records, result.Offset.Value);
                }

                started = time.GetTimestamp();
            }
        }
        finally
        {
            consumer.Unassign();
        }
    }

    private async Task<T> RunAsync<T>(Func<IConsumer<Ignore, byte[]?>, T> call, CancellationToken cancellationToken)
    {
        return await Task.Run(
            () =>
            {
                IConsumer<Ignore, byte[]?> consumer = _idle.TryTake(out IConsumer<Ignore, byte[]?>? idle) ? idle : KafkaClients.Consumer(options, log);
                try
                {
                    T result = call(consumer);
                    _idle.Add(consumer);
                    return result;
                }
                catch
                {
                    // Whatever is wrong with it, the next call begins with a new one.
                    consumer.Dispose();
                    throw;
                }
            },
            cancellationToken).ConfigureAwait(false);
    }
}

using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Tidemark.Core.Parsing;
using Tidemark.Core;
using Tidemark.Functions.Hosting;

namespace Tidemark.Functions.Ingest;

/// <summary>
/// Reads the topic's log with Confluent.Kafka. Its calls block, so each runs on a pool thread with a consumer of its own; the number of
/// concurrent calls and the bytes of each read are limited.
/// </summary>
public sealed class KafkaBroker(FunctionsOptions options, TimeProvider time, ILogger<KafkaBroker> log) : IBroker, IDisposable
{
    /// <summary>The maximum number of concurrent calls.</summary>
    internal const int MaxCalls = 16;

    /// <summary>A read ends with the record that reaches this number of bytes.</summary>
    internal const int MaxReadBytes = 32 << 20;

    private static readonly TimeSpan MetadataAge = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PingAge = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TurnTimeout = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _turns = new(MaxCalls);
    private readonly Stack<IConsumer<Ignore, byte[]?>> _idle = [];
    private readonly Lock _lock = new();
    private IReadOnlyList<int> _partitions = [];
    private long? _partitionsAt;
    private Task? _ping;
    private long _pingedAt;
    private int _consumers;
    private bool _isDisposed;

    /// <summary>The time limit for a response of the broker.</summary>
    internal TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The number of open consumers, in use or not.</summary>
    internal int Consumers => Volatile.Read(ref _consumers);

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

        return AskPartitionsAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task PingAsync(CancellationToken cancellationToken)
    {
        Task ping;
        lock (_lock)
        {
            // The broker is asked once at a time, however many callers there are: if it hangs, each call takes the whole time-out.
            if (_ping is null || (_ping.IsCompleted && time.GetElapsedTime(_pingedAt) >= PingAge))
            {
                _ping = AskAsync();
            }

            ping = _ping;
        }

        await ping.WaitAsync(cancellationToken).ConfigureAwait(false);

        async Task AskAsync()
        {
            await Task.Yield();
            try
            {
                await AskPartitionsAsync(CancellationToken.None).ConfigureAwait(false);
            }
            finally
            {
                lock (_lock)
                {
                    _pingedAt = time.GetTimestamp();
                }
            }
        }
    }

    private Task<IReadOnlyList<int>> AskPartitionsAsync(CancellationToken cancellationToken)
    {
        return RunAsync(
            $"The partitions of topic '{options.Topic}' could not be read",
            consumer =>
            {
                using IAdminClient admin = new DependentAdminClientBuilder(consumer.Handle).Build();
                TopicMetadata? topic = admin.GetMetadata(options.Topic, CallTimeout).Topics.Find(found => found.Topic == options.Topic);
                if (topic is null || topic.Error.IsError || topic.Partitions.Count == 0)
                {
                    throw new KafkaException(topic?.Error is { IsError: true } error ? error : new Error(ErrorCode.UnknownTopicOrPart));
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
        $"The bounds of partition {partition} of topic '{options.Topic}' could not be read",
        consumer =>
        {
            WatermarkOffsets offsets = consumer.QueryWatermarkOffsets(new TopicPartition(options.Topic, partition), CallTimeout);
            return new LogBounds(offsets.Low.Value, offsets.High.Value);
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<LogRange> ReadAsync(int partition, long from, long last, int most, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(most);
        string what = $"Partition {partition} of topic '{options.Topic}' could not be read from offset {from}";
        return RunAsync(what, consumer => Read(consumer, what, partition, from, last, most, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<bool> HasRecordAsync(int partition, long from, CancellationToken cancellationToken) =>
        (await ReadAsync(partition, from, long.MaxValue, 1, cancellationToken).ConfigureAwait(false)).Records.Length > 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        // Consumers in use are closed by their calls. The semaphore has nothing to dispose of.
        lock (_lock)
        {
            _isDisposed = true;
        }

        while (TakeIdle() is { } consumer)
        {
            Close(consumer);
        }
    }

    private LogRange Read(
        IConsumer<Ignore, byte[]?> consumer, string what, int partition, long from, long last, int most, CancellationToken cancellationToken)
    {
        List<KafkaValue> records = [];
        long bytes = 0;
        long heardAt = time.GetTimestamp();
        consumer.Assign(new TopicPartitionOffset(options.Topic, partition, from));
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ConsumeResult<Ignore, byte[]?>? result = consumer.Consume(TimeSpan.FromMilliseconds(100));
            if (result is null)
            {
                // Neither a record nor the end yet: never taken for a hole.
                if (time.GetElapsedTime(heardAt) > CallTimeout)
                {
                    throw new TimeoutException(
                        $"{what} at {options.Brokers}: no answer in {Durations.Describe(CallTimeout)}. "
                        + "Check that the brokers of KafkaBrokers run and that the topic has this partition. It will be retried.");
                }

                continue;
            }

            long? end = null;
            if (result.IsPartitionEOF)
            {
                // The end of what is committed, past any transaction markers.
                end = Math.Min(last, Math.Max(result.Offset.Value, from) - 1);
            }
            else if (result.Offset.Value > last)
            {
                end = last;
            }
            else
            {
                records.Add(new KafkaValue(result.Offset.Value, result.Message.Timestamp.UnixTimestampMs, result.Message.Value));
                bytes += result.Message.Value?.Length ?? 0;
                if (result.Offset.Value == last || records.Count == most || bytes >= MaxReadBytes)
                {
                    end = result.Offset.Value;
                }
            }

            if (end is { } coveredTo)
            {
                consumer.Unassign();
                return new LogRange(records.ToArray(), coveredTo);
            }

            heardAt = time.GetTimestamp();
        }
    }

    /// <summary>
    /// Runs a call when it is its turn. A cancelled caller returns immediately; the call cannot be interrupted and ends by itself.
    /// </summary>
    private async Task<T> RunAsync<T>(string what, Func<IConsumer<Ignore, byte[]?>, T> call, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (!await _turns.WaitAsync(TurnTimeout, cancellationToken).ConfigureAwait(false))
        {
            throw new TimeoutException(
                $"{what} at {options.Brokers}: all {MaxCalls} readers were busy for {Durations.Describe(TurnTimeout)}. It will be retried.");
        }

        Task<T> running = Task.Run(
            () =>
            {
                try
                {
                    return Call(call);
                }
                catch (KafkaException problem)
                {
                    throw KafkaClients.Explained(problem, what, "KafkaTopic", options);
                }
                finally
                {
                    _turns.Release();
                }
            },
            CancellationToken.None);
        _ = running.ContinueWith(ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return await running.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private T Call<T>(Func<IConsumer<Ignore, byte[]?>, T> call)
    {
        IConsumer<Ignore, byte[]?> consumer = TakeIdle() ?? Open();
        bool isSound = false;
        try
        {
            T result = call(consumer);
            isSound = true;
            return result;
        }
        finally
        {
            // Whatever the problem is, the next call starts with a new consumer.
            if (!isSound || !TryKeep(consumer))
            {
                Close(consumer);
            }
        }
    }

    private IConsumer<Ignore, byte[]?>? TakeIdle()
    {
        lock (_lock)
        {
            return _idle.TryPop(out IConsumer<Ignore, byte[]?>? consumer) ? consumer : null;
        }
    }

    private bool TryKeep(IConsumer<Ignore, byte[]?> consumer)
    {
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _idle.Push(consumer);
            }

            return !_isDisposed;
        }
    }

    private IConsumer<Ignore, byte[]?> Open()
    {
        IConsumer<Ignore, byte[]?> consumer = KafkaClients.Consumer(options, log);
        Interlocked.Increment(ref _consumers);
        return consumer;
    }

    private void Close(IConsumer<Ignore, byte[]?> consumer)
    {
        consumer.Dispose();
        Interlocked.Decrement(ref _consumers);
    }
}

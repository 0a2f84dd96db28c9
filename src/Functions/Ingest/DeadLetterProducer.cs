using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Tidemark.Core.Parsing;
using Tidemark.Functions.Hosting;

namespace Tidemark.Functions.Ingest;

/// <summary>
/// Writes rejected records to a Kafka topic, as they came, with the reason and where they came from as headers. A producer of our own and no output binding: that would
/// write only after the function has returned, when the offsets are already taken as applied.
/// </summary>
public sealed class DeadLetterProducer(FunctionsOptions options, ILogger<DeadLetterProducer> log) : IDeadLetters, IDisposable
{
    /// <summary>What is left of a record that is too large.</summary>
    internal const int CutBytes = 65_536;

    // At most so much is on its way at a time, in all: the client's own queue takes 100,000 messages and then refuses.
    private const int MaxChunks = 8;
    private const int MaxChunkRecords = 1000;
    private const int MaxChunkBytes = 8 << 20;

    private readonly SemaphoreSlim _turns = new(MaxChunks);
    private readonly Lock _lock = new();
    private Client? _client;
    private bool _isDisposed;

    /// <summary>When a record that was not taken has failed.</summary>
    internal TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    /// <exception cref="KafkaException">A record was not taken. Some of the others may be written.</exception>
    public async Task WriteAsync(IReadOnlyList<RejectedRecord> records, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(records);
        for (int next = 0; next < records.Count;)
        {
            int count = ChunkAt(records, next);
            if (!await _turns.WaitAsync(Timeout, cancellationToken).ConfigureAwait(false))
            {
                throw new TimeoutException($"Dead letters were not written to topic '{options.DeadLetterTopic}': others were not taken for {Timeout}. It is tried again.");
            }

            try
            {
                await WriteChunkAsync(records.Skip(next).Take(count), cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _turns.Release();
            }

            next += count;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // A client in use is closed by its last user. The semaphore has nothing to dispose of.
        lock (_lock)
        {
            _isDisposed = true;
        }

        Abandon(_client);
    }

    /// <summary>A record too large for the topic is cut: the original is still at its offset.</summary>
    internal static Message<Null, byte[]> MessageOf(string topic, RejectedRecord record, int maxBytes)
    {
        Headers headers =
        [
            new Header("reason", Encoding.UTF8.GetBytes(record.Reason.Name())),
            new Header("source_topic", Encoding.UTF8.GetBytes(topic)),
            new Header("source_partition", Text(record.Partition)),
            new Header("source_offset", Text(record.Offset)),
        ];
        if (record.MissedMinuteMs is { } minute)
        {
            headers.Add("missed_minute_ms", Text(minute));
        }

        bool isCut = record.Value.Length > maxBytes;
        if (isCut)
        {
            headers.Add("cut_from_bytes", Text(record.Value.Length));
        }

        return new Message<Null, byte[]> { Value = (isCut ? record.Value[..CutBytes] : record.Value).ToArray(), Headers = headers };
    }

    private static byte[] Text(long number) => Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture));

    private static int ChunkAt(IReadOnlyList<RejectedRecord> records, int first)
    {
        int count = 0;
        for (long bytes = 0; first + count < records.Count && count < MaxChunkRecords && bytes < MaxChunkBytes; count++)
        {
            bytes += records[first + count].Value.Length;
        }

        return count;
    }

    private async Task WriteChunkAsync(IEnumerable<RejectedRecord> records, CancellationToken cancellationToken)
    {
        Client client = Enter();
        try
        {
            await Task.WhenAll(records.Select(record => WriteAsync(client, record, cancellationToken))).ConfigureAwait(false);
        }
        catch (KafkaException problem)
        {
            // After some errors a client never writes again, and not all of these are marked as such: the next call begins with a new one.
            Abandon(client);
            throw KafkaClients.Explained(
                problem, $"Dead letters could not be written to topic '{options.DeadLetterTopic}'", "KafkaDeadLetterTopic", options);
        }
        finally
        {
            Leave(client);
        }
    }

    private async Task WriteAsync(Client client, RejectedRecord record, CancellationToken cancellationToken)
    {
        try
        {
            await ProduceAsync(EventParser.MaxRecordBytes - 4096).ConfigureAwait(false);
        }
        catch (KafkaException problem) when (problem.Error.Code == ErrorCode.MsgSizeTooLarge)
        {
            // This topic takes less than others. Whole or not at all would stop the partition for ever.
            await ProduceAsync(CutBytes).ConfigureAwait(false);
        }

        Task ProduceAsync(int maxBytes) =>
            client.Producer.ProduceAsync(options.DeadLetterTopic, MessageOf(options.Topic, record, maxBytes), cancellationToken);
    }

    private Client Enter()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _client ??= new Client(KafkaClients.Producer(options, Timeout, log));
            _client.Users++;
            return _client;
        }
    }

    private void Leave(Client client)
    {
        bool isLast;
        lock (_lock)
        {
            isLast = --client.Users == 0 && client.IsAbandoned;
        }

        Close(client, isLast);
    }

    private void Abandon(Client? client)
    {
        bool isUnused = false;
        lock (_lock)
        {
            if (client is { IsAbandoned: false })
            {
                client.IsAbandoned = true;
                isUnused = client.Users == 0;
                _client = _client == client ? null : _client;
            }
        }

        Close(client, isUnused);
    }

    // Whoever waited for a message of a closed client would wait for ever, so its last user closes it.
    private static void Close(Client? client, bool isOver)
    {
        if (isOver)
        {
            client?.Producer.Dispose();
        }
    }

    private sealed class Client(IProducer<Null, byte[]> producer)
    {
        public IProducer<Null, byte[]> Producer => producer;

        public int Users { get; set; }

        public bool IsAbandoned { get; set; }
    }
}

using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Tidemark.Core.Parsing;
using Tidemark.Core;
using Tidemark.Functions.Hosting;

namespace Tidemark.Functions.Ingest;

/// <summary>
/// Writes rejected records unmodified to a Kafka topic, with the reason and the origin as headers. A producer instead of an output binding,
/// which would write only after the function has returned, when the offsets already count as applied.
/// </summary>
public sealed class DeadLetterProducer(FunctionsOptions options, ILogger<DeadLetterProducer> log) : IDeadLetters, IDisposable
{
    /// <summary>The number of bytes kept of a record that is too large.</summary>
    internal const int CutBytes = 65_536;

    // A limit on all messages in flight: the client's own queue takes 100,000 messages and then rejects more.
    private const int MaxChunks = 8;
    private const int MaxChunkRecords = 1000;
    private const int MaxChunkBytes = 8 << 20;

    private readonly SemaphoreSlim _turns = new(MaxChunks);
    private readonly Lock _lock = new();
    private Client? _client;
    private bool _isDisposed;

    /// <summary>The time limit for writing a record.</summary>
    internal TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    /// <exception cref="KafkaException">A record was not accepted. Some of the others may be written.</exception>
    public async Task WriteAsync(IReadOnlyList<RejectedRecord> records, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(records);
        for (int next = 0; next < records.Count;)
        {
            int count = ChunkAt(records, next);
            if (!await _turns.WaitAsync(Timeout, cancellationToken).ConfigureAwait(false))
            {
                throw new TimeoutException($"Dead letters were not written to topic '{options.DeadLetterTopic}': "
                    + $"earlier ones were not accepted for {Durations.Describe(Timeout)}. It will be retried.");
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

    /// <summary>Creates a message. A record too large for the topic is truncated; the original is still at its offset.</summary>
    internal static Message<Null, byte[]> MessageOf(string topic, RejectedRecord record, int maxBytes)
    {
        Headers headers =
        [
            new Header(DeadLetterHeaders.Reason, Encoding.UTF8.GetBytes(record.Reason.Name())),
            new Header(DeadLetterHeaders.SourceTopic, Encoding.UTF8.GetBytes(topic)),
            new Header(DeadLetterHeaders.SourcePartition, Text(record.Partition)),
            new Header(DeadLetterHeaders.SourceOffset, Text(record.Offset)),
        ];
        if (record.MissedMinuteMs is { } minute)
        {
            headers.Add(DeadLetterHeaders.MissedMinuteMs, Text(minute));
        }

        bool isCut = record.Value.Length > maxBytes;
        if (isCut)
        {
            headers.Add(DeadLetterHeaders.CutFromBytes, Text(record.Value.Length));
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
            // After some errors a client never writes again, and not all of them are marked fatal: the next call creates a new client.
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
            // This topic accepts less than others. Insisting on the whole record would stop the partition for ever.
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

    // Waiting for a message of a closed client would never end, so the client is closed by its last user.
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

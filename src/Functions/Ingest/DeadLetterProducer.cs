using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Tidemark.Aggregation.Events;
using Tidemark.Functions.Hosting;

namespace Tidemark.Functions.Ingest;

/// <summary>
/// Writes rejected records to a Kafka topic, as they came, with the reason and where they came from as headers. A producer of our own and no output binding: that would
/// write only after the function has returned, when the offsets are already taken as applied.
/// </summary>
public sealed class DeadLetterProducer(FunctionsOptions options, ILogger<DeadLetterProducer> log) : IDeadLetters, IDisposable
{
    private readonly Lazy<IProducer<Null, byte[]>> _producer = new(() => KafkaClients.Producer(options, log));

    /// <inheritdoc/>
    public async Task WriteAsync(IReadOnlyList<RejectedRecord> records, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(records);
        await Task.WhenAll(records.Select(record => _producer.Value.ProduceAsync(options.DeadLetterTopic, MessageOf(options.Topic, record), cancellationToken)))
            .ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_producer.IsValueCreated)
        {
            _producer.Value.Dispose();
        }
    }

    /// <summary>A record too large for the topic is cut: the original is still at its offset.</summary>
    internal static Message<Null, byte[]> MessageOf(string topic, RejectedRecord record)
    {
        Headers headers =
        [
            new Header("reason", Encoding.UTF8.GetBytes(record.Reason.Name())),
            new Header("source_topic", Encoding.UTF8.GetBytes(topic)),
            new Header("source_partition", Text(record.Partition)),
            new Header("source_offset", Text(record.Offset)),
        ];
        if (record.MissedPaneMs is { } pane)
        {
            headers.Add("missed_window_start_ms", Text(pane));
        }

        bool isCut = record.Value.Length > EventParser.MaxRecordBytes - 4096;
        if (isCut)
        {
            headers.Add("cut_from_bytes", Text(record.Value.Length));
        }

        return new Message<Null, byte[]> { Value = (isCut ? record.Value[..65_536] : record.Value).ToArray(), Headers = headers };
    }

    private static byte[] Text(long number) => Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture));
}

using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Tidemark.Functions.Closing;

namespace Tidemark.Functions.Ingest;

/// <summary>
/// The Kafka triggers. There are two, since a trigger's protocol cannot be a setting: one of them is disabled by
/// <c>AzureWebJobs.{name}.Disabled</c>. When a function throws, the batch is delivered again, without limit (host.json keeps the offsets
/// uncommitted).
/// </summary>
public sealed class IngestFunction(IngestLoop loop, BatchFollowUp followUp)
{
    /// <summary>
    /// <c>maxBatchSize</c> of host.json. A batch waits for the store about equally long whatever its size, so large batches give
    /// throughput; under small load batches are small, since collecting one takes at most a second. Also the lag at which one more instance
    /// is requested, so that the records in progress on a busy instance do not request another.
    /// </summary>
    internal const int MaxBatchSize = 30_000;

    private const string Brokers = "%KafkaBrokers%";
    private const string Topic = "%KafkaTopic%";
    private const string Group = "%KafkaConsumerGroup%";
    private const string FirstRetry = "00:00:01";
    private const string LastRetry = "00:01:00";

    /// <summary>Reads from a broker without encryption or login, as in the walkthrough.</summary>
    [Function(nameof(IngestFunction))]
    [ExponentialBackoffRetry(-1, FirstRetry, LastRetry)]
    public Task Run(
        [KafkaTrigger(Brokers, Topic, ConsumerGroup = Group, IsBatched = true,
            LagThreshold = MaxBatchSize, Protocol = BrokerProtocol.Plaintext)] KafkaRecord[] records,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellationToken) => IngestAsync(records, client, cancellationToken);

    /// <summary>Reads from a broker with TLS and a login (SASL PLAIN), such as Event Hubs.</summary>
    [Function(nameof(SaslIngestFunction))]
    [ExponentialBackoffRetry(-1, FirstRetry, LastRetry)]
    public Task SaslIngestFunction(
        [KafkaTrigger(
            Brokers, Topic, ConsumerGroup = Group, IsBatched = true, LagThreshold = MaxBatchSize,
            Protocol = BrokerProtocol.SaslSsl, AuthenticationMode = BrokerAuthenticationMode.Plain,
            Username = "%KafkaUsername%", Password = "%KafkaPassword%")] KafkaRecord[] records,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellationToken) => IngestAsync(records, client, cancellationToken);

    private async Task IngestAsync(KafkaRecord[] records, DurableTaskClient client, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(client);
        using DeliveredBatch batch = DeliveredBatch.Of(records);
        IReadOnlyList<AppliedPartition> applied = await loop.RunAsync(client.Entities, batch, cancellationToken).ConfigureAwait(false);
        await followUp.RunAsync(client, applied, cancellationToken).ConfigureAwait(false);
    }
}

using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Tidemark.Core;
using Tidemark.Functions.Entities;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Ingest;
using Tidemark.Protocol;

namespace Tidemark.Functions.Closing;

/// <summary>
/// Starts what a batch makes due right after it instead of at the next tick: live results, and the closing of panes whose end the watermark
/// has passed.
/// Only a hint, like a tick: if it fails, the batch is applied nevertheless, and the next tick does the same.
/// </summary>
public sealed class BatchFollowUp(TickLoop ticks, Arrivals arrivals, IBroker broker, FunctionsOptions options, ILogger<BatchFollowUp> log)
{
    /// <summary>Starts what a batch makes due.</summary>
    /// <param name="client">The durable client.</param>
    /// <param name="applied">The partitions of the batch.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task RunAsync(DurableTaskClient client, IReadOnlyList<AppliedPartition> applied, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(applied);
        arrivals.Note();
        try
        {
            if (PassedMs(applied) is { } endMs && await HavePassedAsync(client, applied, endMs, cancellationToken).ConfigureAwait(false))
            {
                await ticks.StartDueAsync(client, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception problem) when (!cancellationToken.IsCancellationRequested)
        {
            log.TickFailed(problem);
        }
        catch (OperationCanceledException)
        {
            // The host is stopping. The batch is applied nevertheless.
        }
    }

    /// <returns>
    /// The end of the last pane that all partitions of the batch have passed, at least one of them with this batch; null if there is none.
    /// </returns>
    private long? PassedMs(IReadOnlyList<AppliedPartition> applied)
    {
        long leastMs = applied.Select(partition => partition.WatermarkMs).DefaultIfEmpty(EventTime.None).Min();
        if (leastMs == EventTime.None)
        {
            return null;
        }

        long endMs = options.Grid.PaneAt(leastMs + 1).StartMs;
        return applied.Any(partition => partition.WatermarkBeforeMs < endMs - 1) ? endMs : null;
    }

    /// <summary>
    /// Whether the partitions outside the batch have passed a time. Stops at the first that holds back the watermark; idleness is decided
    /// by the tick.
    /// </summary>
    private async Task<bool> HavePassedAsync(
        DurableTaskClient client, IReadOnlyList<AppliedPartition> applied, long endMs, CancellationToken cancellationToken)
    {
        TopicEntities entities = new(client.Entities, options.Names, options.Engine);
        IReadOnlyList<int> all = await broker.PartitionsAsync(cancellationToken).ConfigureAwait(false);
        foreach (int partition in all.Except(applied.Select(partition => partition.Partition)))
        {
            PartitionState cursor = await entities.ReadPartitionAsync(partition, cancellationToken).ConfigureAwait(false);
            if (!cursor.IsOpen || cursor.WatermarkMs < endMs - 1)
            {
                return false;
            }
        }

        return true;
    }
}

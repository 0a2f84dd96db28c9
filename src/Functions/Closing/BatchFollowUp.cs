using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Tidemark.Core;
using Tidemark.Functions.Entities;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Ingest;
using Tidemark.Protocol;

namespace Tidemark.Functions.Closing;

/// <summary>
/// What follows from a batch is begun right after it and not by the next tick: live results, and the closing of panes that the batch has taken the watermark past. A hint like a
/// tick: whatever goes wrong, the batch is applied, and the next tick does the same.
/// </summary>
public sealed class BatchFollowUp(TickLoop ticks, Arrivals arrivals, IBroker broker, FunctionsOptions options, ILogger<BatchFollowUp> log)
{
    /// <summary>Looks at what a batch has moved.</summary>
    /// <param name="client">The durable client.</param>
    /// <param name="applied">The partitions of the batch.</param>
    /// <param name="cancellationToken">Stops it.</param>
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
            // The host stops. The batch was applied nevertheless.
        }
    }

    /// <returns>The end of the last pane that all partitions of the batch have passed, one of them with this batch; null for none.</returns>
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

    /// <summary>Looks at the partitions that are not in the batch, and at no more than the first that still holds the watermark back. Whether one is idle is the tick's to know.</summary>
    private async Task<bool> HavePassedAsync(DurableTaskClient client, IReadOnlyList<AppliedPartition> applied, long endMs, CancellationToken cancellationToken)
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

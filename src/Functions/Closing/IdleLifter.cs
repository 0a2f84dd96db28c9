using Microsoft.Extensions.Logging;
using Tidemark.Functions.Entities;
using Tidemark.Functions.Hosting;
using Tidemark.Protocol;

namespace Tidemark.Functions.Closing;

/// <summary>Raises the watermark of an idle partition, after freezing its shards so that no row can be added in between.</summary>
public sealed class IdleLifter(FunctionsOptions options, TimeProvider time, ILogger<IdleLifter> log)
{
    /// <summary>
    /// Freezes, checks and lifts; gives up if the partition is being written after all. The next tick sees whether it was lifted.
    /// </summary>
    public async Task LiftAsync(TopicEntities entities, PartitionToLift lift, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entities);
        ArgumentNullException.ThrowIfNull(lift);
        foreach (long[] panes in lift.MarkedPanes.Chunk(options.MaxConcurrentPanes))
        {
            bool[] isFree = await Task.WhenAll(panes.Select(pane => FreezeAsync(entities, lift, pane, cancellationToken))).ConfigureAwait(false);
            if (!isFree.All(free => free))
            {
                return;
            }
        }

        log.Lifting(lift.Partition, lift.WatermarkMs);
        await entities.LiftAsync(lift.Partition, new CursorLift(lift.Next, lift.WatermarkMs), cancellationToken).ConfigureAwait(false);
    }

    /// <returns>Whether the shard is frozen and contains no row at or beyond the cursor's next offset.</returns>
    private async Task<bool> FreezeAsync(TopicEntities entities, PartitionToLift lift, long paneMs, CancellationToken cancellationToken)
    {
        PaneShard? frozen = await new Confirmation(time, options.Timing, options.Timing.StepTimeout).SendAsync(
            () => entities.FreezeAsync(paneMs, lift.Partition, cancellationToken),
            async () => await entities.ReadShardAsync(paneMs, lift.Partition, cancellationToken).ConfigureAwait(false) is { IsClosed: true } shard
                ? shard
                : null,
            cancellationToken).ConfigureAwait(false);
        return frozen?.Next <= lift.Next;
    }
}

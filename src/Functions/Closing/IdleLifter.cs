using Microsoft.Extensions.Logging;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Entities;
using Tidemark.Protocol;

namespace Tidemark.Functions.Closing;

/// <summary>Raises the watermark of an idle partition, once no row can come in between: its shards are frozen first.</summary>
public sealed class IdleLifter(FunctionsOptions options, TimeProvider time, ILogger<IdleLifter> log)
{
    /// <summary>Freezes, checks and lifts; gives up when somebody is writing after all. Whether it was lifted is seen at the next tick.</summary>
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

    /// <returns>Whether the shard is frozen and holds no row at or beyond the cursor's next.</returns>
    private async Task<bool> FreezeAsync(TopicEntities entities, PartitionToLift lift, long paneMs, CancellationToken cancellationToken)
    {
        await entities.FreezeAsync(paneMs, lift.Partition, cancellationToken).ConfigureAwait(false);
        Poll poll = new(time, options.Timing, options.Timing.StepTimeout);
        while (!poll.IsOver)
        {
            if (await entities.ReadShardAsync(paneMs, lift.Partition, cancellationToken).ConfigureAwait(false) is PaneShard { IsClosed: true } shard)
            {
                return shard.Next <= lift.Next;
            }

            if (poll.IsResendDue)
            {
                await entities.FreezeAsync(paneMs, lift.Partition, cancellationToken).ConfigureAwait(false);
            }

            await poll.DelayAsync(cancellationToken).ConfigureAwait(false);
        }

        return false;
    }
}

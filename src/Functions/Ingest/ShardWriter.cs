using System.Collections.ObjectModel;
using Microsoft.DurableTask.Entities;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Entities;
using Tidemark.Protocol;

namespace Tidemark.Functions.Ingest;

/// <summary>Brings the counted rows of a slice into the shards of their panes, and makes sure that they are there.</summary>
public sealed class ShardWriter(FunctionsOptions options, TimeProvider time)
{
    private static readonly IReadOnlyDictionary<long, long> None = ReadOnlyDictionary<long, long>.Empty;

    /// <summary>Applies the rows of every pane and waits until they are in.</summary>
    /// <param name="entities">The topic's entities.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="slice">The rows.</param>
    /// <param name="slices">Reads the slice again when a shard turns out to hold a part of it.</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The panes whose shards turned out to be frozen at or before a row of theirs, and where: those rows are late. Empty when all is in.</returns>
    /// <exception cref="TimeoutException">A shard was not written in time.</exception>
    public async ValueTask<IReadOnlyDictionary<long, long>> ApplyAsync(
        TopicEntities entities, int partition, PartitionSlice slice, SliceReaders slices, TimeSpan limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entities);
        ArgumentNullException.ThrowIfNull(slice);
        Task<long?>[] panes = new Task<long?>[slice.Panes.Count];
        for (int i = 0; i < panes.Length; i++)
        {
            panes[i] = ApplyAsync(entities, partition, slice, slices, slice.Panes[i], limit, cancellationToken);
        }

        if (panes.Length > 1)
        {
            await Task.WhenAll(panes).ConfigureAwait(false);
        }

        Dictionary<long, long>? frozen = null;
        for (int i = 0; i < panes.Length; i++)
        {
            if (await panes[i].ConfigureAwait(false) is { } at)
            {
                (frozen ??= []).Add(slice.Panes[i].PaneMs, at);
            }
        }

        return frozen ?? None;
    }

    /// <returns>Where the shard is frozen, if that is at or before the pane's last row.</returns>
    private async Task<long?> ApplyAsync(
        TopicEntities entities, int partition, PartitionSlice slice, SliceReaders slices, SlicePane pane, TimeSpan limit, CancellationToken cancellationToken)
    {
        (long paneMs, long lastRow, byte[] rows) = pane;
        EntityInstanceId name = entities.Names.Shard(paneMs, partition);
        ShardRows sent = new(slice.From, lastRow, rows);
        await entities.ApplyAsync(name, sent, cancellationToken).ConfigureAwait(false);
        Poll poll = new(time, options.Timing, limit);
        while (true)
        {
            await poll.DelayAsync(cancellationToken).ConfigureAwait(false);
            if (await entities.ReadShardAsync(name, cancellationToken).ConfigureAwait(false) is not { } shard)
            {
                shard = new PaneShard();
            }

            if (shard.Next > lastRow)
            {
                return null;
            }

            if (shard.IsClosed)
            {
                return shard.Next;
            }

            if (poll.IsOver)
            {
                throw new TimeoutException(
                    $"The rows of partition {partition} up to offset {lastRow} were not stored in time in the pane at {paneMs}: its shard is at {shard.Next}. The batch is tried again.");
            }

            // Somebody else, or who died before, brought in a part of it: what was sent will never be taken. That is so once for each step of the shard.
            bool isOverlapped = shard.Next > sent.From;
            if (isOverlapped && slices.RowsFrom(slice, paneMs, shard.Next) is { } left)
            {
                sent = new ShardRows(shard.Next, lastRow, left);
            }

            if (isOverlapped || poll.IsResendDue)
            {
                await entities.ApplyAsync(name, sent, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}

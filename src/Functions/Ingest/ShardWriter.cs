using System.Collections.ObjectModel;
using Microsoft.DurableTask.Entities;
using Tidemark.Functions.Entities;
using Tidemark.Functions.Hosting;
using Tidemark.Protocol;

namespace Tidemark.Functions.Ingest;

/// <summary>Brings the counted rows of a slice into the shards of their panes, and makes sure that they are there.</summary>
public static class ShardWriter
{
    private static readonly IReadOnlyDictionary<long, long> None = ReadOnlyDictionary<long, long>.Empty;

    /// <summary>Applies the rows of every pane and waits until they are in.</summary>
    /// <param name="entities">The topic's entities.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="slice">The rows.</param>
    /// <param name="slices">Reads the slice again when a shard turns out to hold a part of it.</param>
    /// <param name="budget">Waits for the shards.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The panes whose shards turned out to be frozen at or before a row of theirs, and where: those rows are late. Empty when all is in.</returns>
    /// <exception cref="TimeoutException">A shard was not written in time.</exception>
    public static async ValueTask<IReadOnlyDictionary<long, long>> ApplyAsync(
        TopicEntities entities, int partition, PartitionSlice slice, SliceReaders slices, Confirmation budget, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entities);
        ArgumentNullException.ThrowIfNull(slice);
        Task<long?>[] panes = new Task<long?>[slice.Panes.Count];
        for (int i = 0; i < panes.Length; i++)
        {
            panes[i] = ApplyAsync(entities, partition, slice, slices, slice.Panes[i], budget, cancellationToken);
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
    private static async Task<long?> ApplyAsync(
        TopicEntities entities, int partition, PartitionSlice slice, SliceReaders slices, SlicePane pane, Confirmation budget, CancellationToken cancellationToken)
    {
        (long paneMs, long lastRow, byte[] rows) = pane;
        EntityInstanceId name = entities.Names.Shard(paneMs, partition);
        ShardRows sent = new(slice.From, lastRow, rows);
        PaneShard seen = new();
        PaneShard? decided = await budget.SendAsync(
            SendAsync,
            async () =>
            {
                seen = await entities.ReadShardAsync(name, cancellationToken).ConfigureAwait(false) ?? new PaneShard();
                return seen.Next > lastRow || seen.IsClosed ? seen : null;
            },
            cancellationToken,
            isFutile: () => seen.Next > sent.From).ConfigureAwait(false);
        if (decided is null)
        {
            throw new TimeoutException(
                $"The rows of partition {partition} up to offset {lastRow} were not stored in time in the pane at {paneMs}: its shard is at {seen.Next}. The batch is tried again.");
        }

        return decided.Next > lastRow ? null : decided.Next;

        // Another worker may have brought in part of the rows: a shard never takes what was sent with that part. Once for each step of the shard.
        Task SendAsync()
        {
            if (seen.Next > sent.From && slices.RowsFrom(slice, paneMs, seen.Next) is { } left)
            {
                sent = new ShardRows(seen.Next, lastRow, left);
            }

            return entities.ApplyAsync(name, sent, cancellationToken);
        }
    }
}

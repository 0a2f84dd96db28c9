using Tidemark.Functions.Entities;
using Tidemark.Functions.Hosting;
using Tidemark.Protocol;

namespace Tidemark.Functions.Ingest;

/// <summary>Brings the counted rows of a slice into the shards of their panes, and makes sure that they are there.</summary>
public static class ShardWriter
{
    /// <summary>Applies the rows of every pane and waits until they are in.</summary>
    /// <returns>The panes whose shards turned out to be frozen at or before a row of theirs, and where: those rows are late. Empty when all is in.</returns>
    /// <exception cref="TimeoutException">A shard was not written in time.</exception>
    public static async Task<IReadOnlyDictionary<long, long>> ApplyAsync(
        TopicEntities entities, int partition, PartitionSlice slice, Confirmation budget, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entities);
        ArgumentNullException.ThrowIfNull(slice);
        Dictionary<long, Task<long?>> panes = slice.LastRows.ToDictionary(
            pair => pair.Key, pair => ApplyAsync(entities, partition, slice, pair.Key, pair.Value, budget, cancellationToken));
        await Task.WhenAll(panes.Values).ConfigureAwait(false);
        Dictionary<long, long> frozen = [];
        foreach ((long paneMs, Task<long?> pane) in panes)
        {
            if (await pane.ConfigureAwait(false) is { } at)
            {
                frozen.Add(paneMs, at);
            }
        }

        return frozen;
    }

    /// <returns>Where the shard is frozen, if that is at or before the pane's last row.</returns>
    private static async Task<long?> ApplyAsync(
        TopicEntities entities, int partition, PartitionSlice slice, long paneMs, long lastRow, Confirmation budget, CancellationToken cancellationToken)
    {
        PaneShard seen = new();
        long sentFrom = slice.From;
        PaneShard? decided = await budget.SendAsync(
            SendAsync,
            async () =>
            {
                seen = await entities.ReadShardAsync(paneMs, partition, cancellationToken).ConfigureAwait(false) ?? new PaneShard();
                return seen.Next > lastRow || seen.IsClosed ? seen : null;
            },
            cancellationToken,
            isFutile: () => seen.Next > sentFrom).ConfigureAwait(false);
        if (decided is null)
        {
            throw new TimeoutException(
                $"The rows of partition {partition} up to offset {lastRow} were not stored in time in the pane at {paneMs}: its shard is at {seen.Next}. The batch is tried again.");
        }

        return decided.Next > lastRow ? null : decided.Next;

        // Somebody else, or who died before, may have brought in a part of it: what was sent with that part will never be taken. That is so once for each step of the shard.
        Task SendAsync()
        {
            sentFrom = Math.Max(sentFrom, seen.Next);
            return slice.Partial(paneMs, sentFrom) is { } rows
                ? entities.ApplyAsync(paneMs, partition, new ShardRows(sentFrom, lastRow, rows), cancellationToken)
                : Task.CompletedTask;
        }
    }
}

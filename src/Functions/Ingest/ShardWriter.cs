using Tidemark.Functions.Hosting;
using Tidemark.Functions.Entities;
using Tidemark.Protocol;

namespace Tidemark.Functions.Ingest;

/// <summary>Brings the counted rows of a slice into the shards of their panes, and makes sure that they are there.</summary>
public sealed class ShardWriter(FunctionsOptions options, TimeProvider time)
{
    /// <summary>Applies the rows of every pane and waits until they are in.</summary>
    /// <returns>The panes whose shards turned out to be frozen at or before a row of theirs, and where: those rows are late. Empty when all is in.</returns>
    /// <exception cref="TimeoutException">A shard was not written in time.</exception>
    public async Task<IReadOnlyDictionary<long, long>> ApplyAsync(
        TopicEntities entities, int partition, PartitionSlice slice, TimeSpan limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entities);
        ArgumentNullException.ThrowIfNull(slice);
        Dictionary<long, Task<long?>> panes = slice.LastRows.ToDictionary(
            pair => pair.Key, pair => ApplyAsync(entities, partition, slice, pair.Key, pair.Value, limit, cancellationToken));
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
    private async Task<long?> ApplyAsync(
        TopicEntities entities, int partition, PartitionSlice slice, long paneMs, long lastRow, TimeSpan limit, CancellationToken cancellationToken)
    {
        long sentFrom = slice.From;
        await SendAsync(entities, partition, slice, paneMs, sentFrom, lastRow, cancellationToken).ConfigureAwait(false);
        Poll poll = new(time, options.Timing, limit);
        while (true)
        {
            await poll.DelayAsync(cancellationToken).ConfigureAwait(false);
            if (await entities.ReadShardAsync(paneMs, partition, cancellationToken).ConfigureAwait(false) is not { } shard)
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
            bool isOverlapped = shard.Next > sentFrom;
            if (isOverlapped || poll.IsResendDue)
            {
                sentFrom = Math.Max(sentFrom, shard.Next);
                await SendAsync(entities, partition, slice, paneMs, sentFrom, lastRow, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static Task SendAsync(
        TopicEntities entities, int partition, PartitionSlice slice, long paneMs, long from, long lastRow, CancellationToken cancellationToken) =>
        slice.Partial(paneMs, from) is { } rows
            ? entities.ApplyAsync(paneMs, partition, new ShardRows(from, lastRow, rows), cancellationToken)
            : Task.CompletedTask;
}

using System.Collections.ObjectModel;
using Microsoft.DurableTask.Entities;
using Tidemark.Functions.Entities;
using Tidemark.Functions.Hosting;
using Tidemark.Protocol;

namespace Tidemark.Functions.Ingest;

/// <summary>Adds the counted rows of a slice to the shards of their panes, and confirms it.</summary>
public static class ShardWriter
{
    private static readonly IReadOnlyDictionary<long, long> None = ReadOnlyDictionary<long, long>.Empty;

    /// <summary>Applies the rows of every pane and waits until they are stored.</summary>
    /// <param name="entities">The topic's entities.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="slice">The rows.</param>
    /// <param name="slices">Reads the slice again when a shard already contains a part of it.</param>
    /// <param name="budget">The time limit.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>
    /// The panes whose shards are frozen at or before one of their rows, and the offset at which they are; those rows are late. Empty when
    /// everything is stored.
    /// </returns>
    /// <exception cref="TimeoutException">A shard was not written in time.</exception>
    public static async ValueTask<IReadOnlyDictionary<long, long>> ApplyAsync(
        TopicEntities entities, int partition, PartitionSlice slice, SliceReaders slices, Confirmation budget, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entities);
        ArgumentNullException.ThrowIfNull(slice);
        if (slice.Panes is [SlicePane only])
        {
            return await ApplyAsync(entities, partition, slice, slices, only, budget, cancellationToken).ConfigureAwait(false) is { } at
                ? new Dictionary<long, long> { [only.PaneMs] = at }
                : None;
        }

        long?[] frozenAt = await Task.WhenAll(
            slice.Panes.Select(
                pane => ApplyAsync(entities, partition, slice, slices, pane, budget, cancellationToken).AsTask())).ConfigureAwait(false);
        Dictionary<long, long> frozen = [];
        for (int i = 0; i < frozenAt.Length; i++)
        {
            if (frozenAt[i] is { } at)
            {
                frozen.Add(slice.Panes[i].PaneMs, at);
            }
        }

        return frozen;
    }

    /// <returns>The offset at which the shard is frozen, if that is at or before the pane's last row; else null.</returns>
    private static async ValueTask<long?> ApplyAsync(
        TopicEntities entities, int partition, PartitionSlice slice, SliceReaders slices,
        SlicePane pane, Confirmation budget, CancellationToken cancellationToken)
    {
        ShardStep step = new(entities, entities.Names.Shard(pane.PaneMs, partition), slice, slices, pane);
        PaneShard? decided = await budget.SendAsync(
            (step, cancellationToken),
            static on => on.step.SendAsync(on.cancellationToken),
            static on => on.step.ReadAsync(on.cancellationToken),
            cancellationToken,
            isFutile: static on => on.step.IsFutile).ConfigureAwait(false);
        if (decided is null)
        {
            throw new TimeoutException(
                $"The rows of partition {partition} up to offset {pane.LastRow} were not stored in time in the pane at {pane.PaneMs}: "
                    + $"its shard is at {step.SeenNext}. The batch will be retried.");
        }

        return decided.Next > pane.LastRow ? null : decided.Next;
    }
}

/// <summary>Sends one pane's rows to its shard and reads it back.</summary>
internal sealed class ShardStep(TopicEntities entities, EntityInstanceId shard, PartitionSlice slice, SliceReaders slices, SlicePane pane)
{
    private PaneShard? _seen;
    private ShardRows _rows = new(slice.From, pane.LastRow, pane.Rows);

    /// <summary>The shard's next offset when it was last read.</summary>
    public long SeenNext => _seen?.Next ?? 0;

    /// <summary>
    /// Whether another worker, possibly one that has crashed, has added a part of the rows, so that the signal as sent will never be
    /// accepted. True once per step of the shard.
    /// </summary>
    public bool IsFutile => SeenNext > _rows.From;

    public Task SendAsync(CancellationToken cancellationToken)
    {
        if (IsFutile && slices.RowsFrom(slice, pane.PaneMs, SeenNext) is { } left)
        {
            _rows = new ShardRows(SeenNext, pane.LastRow, left);
        }

        return entities.ApplyAsync(shard, _rows, cancellationToken);
    }

    /// <returns>The shard, if it contains all the rows or accepts no more; else null.</returns>
    public async ValueTask<PaneShard?> ReadAsync(CancellationToken cancellationToken)
    {
        _seen = await entities.ReadShardAsync(shard, cancellationToken).ConfigureAwait(false);
        return _seen is { } seen && (seen.Next > pane.LastRow || seen.IsClosed) ? seen : null;
    }
}

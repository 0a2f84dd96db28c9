using Microsoft.Extensions.Logging;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Ingest;
using Tidemark.Functions.Entities;
using Tidemark.Protocol;

namespace Tidemark.Functions.Closing;

/// <summary>Looks at a topic in the order that makes what is seen safe to act on: its state, then the cursors, then the broker.</summary>
public sealed class TopicReader(IBroker broker, CursorOpener opener, FunctionsOptions options, TimeProvider time, ILogger<TopicReader> log)
{
    /// <summary>The partitions of a state read before, and those that the broker has. Partitions that nobody began are begun.</summary>
    public async Task<TopicView> ReadAsync(TopicEntities entities, TopicState state, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entities);
        ArgumentNullException.ThrowIfNull(state);
        int[] known = [.. state.Partitions];
        Dictionary<int, PartitionState> cursors = [];
        foreach ((int partition, PartitionState cursor) in await Task.WhenAll(known.Select(ReadCursorAsync)).ConfigureAwait(false))
        {
            cursors.Add(partition, cursor);
        }

        int[] all = [.. known.Union(await broker.PartitionsAsync(cancellationToken).ConfigureAwait(false)).Order()];
        long nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        return new TopicView(await Task.WhenAll(all.Select(ViewAsync)).ConfigureAwait(false), nowMs);

        async Task<(int Partition, PartitionState Cursor)> ReadCursorAsync(int partition) =>
            (partition, await entities.ReadPartitionAsync(partition, cancellationToken).ConfigureAwait(false));

        async Task<PartitionView> ViewAsync(int partition)
        {
            if (!cursors.TryGetValue(partition, out PartitionState? cursor) || !cursor.IsOpen)
            {
                cursor = await opener.OpenAsync(entities, partition, cancellationToken).ConfigureAwait(false);
            }

            return new PartitionView(partition, cursor, await HasMoreAsync(partition, cursor, nowMs, cancellationToken).ConfigureAwait(false));
        }
    }

    /// <summary>Asks the broker only where it matters: a partition that has just moved is neither idle nor stuck.</summary>
    private async Task<bool> HasMoreAsync(int partition, PartitionState cursor, long nowMs, CancellationToken cancellationToken)
    {
        long quietMs = (long)Math.Min(options.Engine.IdleTimeout.TotalMilliseconds, options.Timing.RescueTimeout.TotalMilliseconds);
        if (nowMs - cursor.LastArrivalMs < quietMs)
        {
            return true;
        }

        try
        {
            LogBounds bounds = await broker.BoundsAsync(partition, cancellationToken).ConfigureAwait(false);
            if (!bounds.Holds(cursor.Next))
            {
                // Another log than the cursor's: not idle but stuck, until the rescue has said so and a person decides.
                return true;
            }

            return bounds.End > cursor.Next && await broker.HasRecordAsync(partition, cursor.Next, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            // Not known: it is taken to hold the watermark back.
            log.TickFailed(problem);
            return true;
        }
    }
}

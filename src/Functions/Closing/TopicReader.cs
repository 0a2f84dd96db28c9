using Microsoft.Extensions.Logging;
using Tidemark.Functions.Entities;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Ingest;
using Tidemark.Protocol;

namespace Tidemark.Functions.Closing;

/// <summary>A consistent view of a topic.</summary>
/// <param name="State">Its state.</param>
/// <param name="Topic">Its partitions, read after the state.</param>
public sealed record TopicLook(TopicState State, TopicView Topic);

/// <summary>
/// Reads a topic in the order that makes it safe to act on: its state, then the cursors, then the broker. Caches a view; each timer has its
/// own instance.
/// </summary>
public sealed class TopicReader(IBroker broker, CursorOpener opener, FunctionsOptions options, TimeProvider time, ILogger<TopicReader> log)
{
    private readonly RestWatch _rest = new(broker, time);
    private TopicLook? _kept;

    /// <summary>
    /// The current view of the topic. While the topic is at rest the store is not read; the cached view is returned with the current time.
    /// </summary>
    public async Task<TopicLook> LookAsync(TopicEntities entities, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entities);

        // Taken before the broker is asked, so that a partition never seems silent for longer than observed.
        long nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        if (_kept is { } kept && await _rest.IsStillAsync(cancellationToken).ConfigureAwait(false))
        {
            return kept with { Topic = kept.Topic with { NowMs = nowMs } };
        }

        return await ReadAsync(entities, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads the current view from the store and the broker.</summary>
    public async Task<TopicLook> ReadAsync(TopicEntities entities, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entities);
        TopicState state = await entities.ReadTopicAsync(cancellationToken).ConfigureAwait(false);
        return new TopicLook(state, await ReadAsync(entities, state, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>
    /// Call after acting on a view. A view from which nothing followed is cached if the topic is at rest, since then only the passing of
    /// time can make something due. After any other view the store is read again, since the actions change it.
    /// </summary>
    public async Task KeepAsync(TopicLook look, bool isAllDone, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(look);
        if (!isAllDone)
        {
            _kept = null;
            _rest.End();
        }
        else if (!ReferenceEquals(look.State, _kept?.State))
        {
            _kept = await _rest.TryBeginAsync(look.Topic.Partitions, cancellationToken).ConfigureAwait(false)
                ? look with { Topic = look.Topic with { Partitions = [.. look.Topic.Partitions.Select(view => view with { HasMore = false })] } }
                : null;
        }
    }

    /// <summary>
    /// Reads the partitions of a state that was read before, and those of the broker. Opens partitions that have no cursor yet.
    /// </summary>
    private async Task<TopicView> ReadAsync(TopicEntities entities, TopicState state, CancellationToken cancellationToken)
    {
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

    /// <summary>Asks the broker only if it matters: a partition that has just moved is neither idle nor stuck.</summary>
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
                // The log does not match the cursor: the partition is not idle but stuck, until the rescue has reported it and an operator
                // decides.
                return true;
            }

            return bounds.End > cursor.Next && await broker.HasRecordAsync(partition, cursor.Next, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            // Unknown: the partition is assumed to hold back the watermark.
            log.TickFailed(problem);
            return true;
        }
    }
}

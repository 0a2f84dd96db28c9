using Microsoft.Extensions.Logging;
using Tidemark.Functions.Entities;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Ingest;
using Tidemark.Protocol;

namespace Tidemark.Functions.Closing;

/// <summary>What was seen of a topic.</summary>
/// <param name="State">Its state.</param>
/// <param name="Topic">Its partitions, read after it.</param>
public sealed record TopicLook(TopicState State, TopicView Topic);

/// <summary>Looks at a topic in the order that makes what is seen safe to act on: its state, then the cursors, then the broker. One for each timer: it remembers what that has seen.</summary>
public sealed class TopicReader(IBroker broker, CursorOpener opener, FunctionsOptions options, TimeProvider time, ILogger<TopicReader> log)
{
    private readonly RestWatch _rest = new(broker, time);
    private TopicLook? _kept;

    /// <summary>The topic as it is. While it is at rest the store is not read: it is what was kept, at the time that it is now.</summary>
    public async Task<TopicLook> LookAsync(TopicEntities entities, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entities);

        // Before the broker is asked: a partition must not seem to have been silent for longer than it was seen to be.
        long nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        if (_kept is { } kept && await _rest.IsStillAsync(cancellationToken).ConfigureAwait(false))
        {
            return kept with { Topic = kept.Topic with { NowMs = nowMs } };
        }

        return await ReadAsync(entities, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The topic as the store has it now.</summary>
    public async Task<TopicLook> ReadAsync(TopicEntities entities, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entities);
        TopicState state = await entities.ReadTopicAsync(cancellationToken).ConfigureAwait(false);
        return new TopicLook(state, await ReadAsync(entities, state, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>
    /// Told after each look. One from which nothing followed is kept if the topic is at rest: then only time can make something due, which the next look sees in it. After any other
    /// the store is read again, since what was begun changes it.
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

    /// <summary>The partitions of a state read before, and those that the broker has. Partitions that nobody began are begun.</summary>
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

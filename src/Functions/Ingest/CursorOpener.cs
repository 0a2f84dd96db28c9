using Tidemark.Functions.Hosting;
using Tidemark.Functions.Entities;
using Tidemark.Protocol;

namespace Tidemark.Functions.Ingest;

/// <summary>
/// Begins a partition: it is registered, which decides its birth watermark, then opened with it, each read back. Side by side with others that begin it too, all come to
/// the same cursor.
/// </summary>
public sealed class CursorOpener(IBroker broker, FunctionsOptions options, TimeProvider time)
{
    /// <summary>The cursor of a partition, which is made if there is none.</summary>
    /// <exception cref="TimeoutException">The durable store did not answer in time.</exception>
    public async Task<PartitionState> OpenAsync(TopicEntities entities, int partition, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entities);
        PartitionState cursor = await entities.ReadPartitionAsync(partition, cancellationToken).ConfigureAwait(false);
        if (cursor.IsOpen)
        {
            return cursor;
        }

        long birthMs = await RegisterAsync(entities, partition, cancellationToken).ConfigureAwait(false);
        LogBounds log = await broker.BoundsAsync(partition, cancellationToken).ConfigureAwait(false);
        CursorStart start = new(options.StartAt == StartAt.Earliest ? log.Start : log.End, birthMs, time.GetUtcNow().ToUnixTimeMilliseconds());
        await entities.OpenAsync(partition, start, cancellationToken).ConfigureAwait(false);
        Poll poll = new(time, options.Timing, options.Timing.StepTimeout);
        while (true)
        {
            cursor = await entities.ReadPartitionAsync(partition, cancellationToken).ConfigureAwait(false);
            if (cursor.IsOpen)
            {
                return cursor;
            }

            ThrowIfOver(poll, partition, "cursor");
            if (poll.IsResendDue)
            {
                await entities.OpenAsync(partition, start, cancellationToken).ConfigureAwait(false);
            }

            await poll.DelayAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<long> RegisterAsync(TopicEntities entities, int partition, CancellationToken cancellationToken)
    {
        Poll? poll = null;
        while (true)
        {
            TopicState state = await entities.ReadTopicAsync(cancellationToken).ConfigureAwait(false);
            if (state.TryGetBirthWatermark(partition, out long birthMs))
            {
                return birthMs;
            }

            if (poll is null || poll.IsResendDue)
            {
                await entities.RegisterAsync(partition, cancellationToken).ConfigureAwait(false);
            }

            poll ??= new Poll(time, options.Timing, options.Timing.StepTimeout);
            ThrowIfOver(poll, partition, "registration");
            await poll.DelayAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static void ThrowIfOver(Poll poll, int partition, string what)
    {
        if (poll.IsOver)
        {
            throw new TimeoutException($"The {what} of partition {partition} was not stored in time. The batch is tried again.");
        }
    }
}

using Tidemark.Functions.Entities;
using Tidemark.Functions.Hosting;
using Tidemark.Protocol;

namespace Tidemark.Functions.Ingest;

/// <summary>
/// Opens the cursor of a partition: it is registered, which decides its birth watermark, then opened with it, and both are read back.
/// Concurrent callers all obtain the same cursor.
/// </summary>
public sealed class CursorOpener(IBroker broker, FunctionsOptions options, TimeProvider time)
{
    /// <summary>Gets the cursor of a partition, which is created if there is none.</summary>
    /// <exception cref="TimeoutException">The durable store did not respond in time.</exception>
    public async ValueTask<PartitionState> OpenAsync(TopicEntities entities, int partition, CancellationToken cancellationToken)
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
        return await new Confirmation(time, options.Timing, options.Timing.StepTimeout).SendAsync(
            () => entities.OpenAsync(partition, start, cancellationToken),
            async () =>
                await entities.ReadPartitionAsync(partition, cancellationToken).ConfigureAwait(false) is { IsOpen: true } opened ? opened : null,
            cancellationToken).ConfigureAwait(false) ?? throw NotStored("cursor", partition);
    }

    private async Task<long> RegisterAsync(TopicEntities entities, int partition, CancellationToken cancellationToken)
    {
        TopicState state = await entities.ReadTopicAsync(cancellationToken).ConfigureAwait(false);
        if (!state.TryGetBirthWatermark(partition, out long birthMs))
        {
            state = await new Confirmation(time, options.Timing, options.Timing.StepTimeout).SendAsync(
                () => entities.RegisterAsync(partition, cancellationToken),
                async () => await entities.ReadTopicAsync(cancellationToken).ConfigureAwait(false) is { } read
                    && read.TryGetBirthWatermark(partition, out _) ? read : null,
                cancellationToken).ConfigureAwait(false) ?? throw NotStored("registration", partition);
            state.TryGetBirthWatermark(partition, out birthMs);
        }

        return birthMs;
    }

    private static TimeoutException NotStored(string what, int partition) =>
        new($"The {what} of partition {partition} was not stored in time. The batch will be retried.");
}

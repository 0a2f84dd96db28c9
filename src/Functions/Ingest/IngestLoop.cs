using System.Collections.ObjectModel;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.Extensions.Logging;
using Tidemark.Core.Parsing;
using Tidemark.Core;
using Tidemark.Functions.Entities;
using Tidemark.Functions.Hosting;
using Tidemark.Protocol;

namespace Tidemark.Functions.Ingest;

/// <summary>
/// Applies records exactly once per offset, also with concurrent workers and crashes at any point. The order of the steps is that of
/// docs/PROTOCOL.md;
/// only states that were read back are relied on.
/// </summary>
public sealed class IngestLoop(
    IBroker broker, IDeadLetters deadLetters, CursorOpener opener, StoppedPartitions stopped,
    FunctionsOptions options, TimeProvider time, TidemarkMetrics metrics,
    ILogger<IngestLoop> log)
{
    private readonly TopicNames _names = options.Names;
    private readonly Dictionary<int, PartitionState> _counted = [];
    private readonly LogStep _log = new(broker, options.MaxStepRecords);
    private readonly SliceReaders _slices = new(options.Engine);

    /// <summary>
    /// Applies delivered records, all partitions concurrently. When it returns, every offset up to each partition's last is durably
    /// applied, except for stopped partitions:
    /// they keep their cursor, are reported, and do not delay the others.
    /// </summary>
    /// <param name="client">The durable entities.</param>
    /// <param name="delivered">The records.</param>
    /// <param name="cancellationToken">Cancels the operation; what was applied stays applied.</param>
    /// <returns>The partitions that are applied: those of the batch, except for stopped ones.</returns>
    /// <exception cref="TimeoutException">The durable store did not accept the records in time.</exception>
    public async Task<IReadOnlyList<AppliedPartition>> RunAsync(
        DurableEntityClient client, DeliveredBatch delivered, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(delivered);
        TopicEntities entities = new(client, _names, options.Engine);
        List<AppliedPartition> applied = new(delivered.Partitions.Count);
        Task[] partitions = new Task[delivered.Partitions.Count];
        for (int i = 0; i < partitions.Length; i++)
        {
            (int partition, ReadOnlyMemory<KafkaValue> values) = delivered.Partitions[i];
            partitions[i] = ApplyUnlessStoppedAsync(entities, partition, values, applied, cancellationToken);
        }

        await Task.WhenAll(partitions).ConfigureAwait(false);
        metrics.BatchApplied(entities.Signals);
        return applied;
    }

    private async Task ApplyUnlessStoppedAsync(
        TopicEntities entities, int partition, ReadOnlyMemory<KafkaValue> delivered,
        List<AppliedPartition> applied, CancellationToken cancellationToken)
    {
        try
        {
            AppliedPartition? done =
                await ApplyAsync(entities, partition, delivered, delivered.Span[^1].Offset, cancellationToken).ConfigureAwait(false);
            stopped.Resume(partition);
            if (done is { } moved)
            {
                lock (applied)
                {
                    applied.Add(moved);
                }
            }
        }
        catch (Exception problem) when (StoppedPartitions.IsStop(problem))
        {
            stopped.Stop(partition, problem);
        }
    }

    /// <summary>Applies a partition up to an offset.</summary>
    /// <param name="entities">The topic's entities.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="delivered">The available records, in offset order without duplicates; missing ones are read from the broker.</param>
    /// <param name="to">The last offset.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="TimeoutException">The durable store did not accept the records in time.</exception>
    /// <exception cref="LogMismatchException">The log does not match the cursor.</exception>
    /// <returns>The partition when it is applied; null when there is nothing to read yet.</returns>
    /// <exception cref="InvalidDataException">A state of the partition is corrupt, or of a later version.</exception>
    public async ValueTask<AppliedPartition?> ApplyAsync(
        TopicEntities entities, int partition, ReadOnlyMemory<KafkaValue> delivered, long to, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entities);
        Confirmation budget = new(time, options.Timing, options.Timing.IngestTimeout);
        PartitionState? after = null;
        PartitionState? before = null;
        long watermarkBeforeMs = 0;
        for (bool isFirst = true; ; isFirst = false)
        {
            PartitionState cursor = after ?? await opener.OpenAsync(entities, partition, cancellationToken).ConfigureAwait(false);
            before = Count(partition, before, cursor);
            watermarkBeforeMs = isFirst ? cursor.WatermarkMs : watermarkBeforeMs;
            if (cursor.Next > to)
            {
                if (isFirst)
                {
                    // If there seems to be nothing to do, the records may be those of another log.
                    await _log.CheckAsync(partition, cursor.Next, cancellationToken).ConfigureAwait(false);
                }

                return new AppliedPartition(partition, watermarkBeforeMs, cursor.WatermarkMs);
            }

            if (budget.IsOver)
            {
                throw new TimeoutException(
                    $"Partition {partition} is at offset {cursor.Next} of {to} after {Durations.Describe(options.Timing.IngestTimeout)}. "
                        + "The batch will be retried.");
            }

            LogRange range = await _log.CompleteAsync(partition, cursor.Next, to, delivered, cancellationToken).ConfigureAwait(false);
            if (range.CoveredTo < cursor.Next)
            {
                // The broker shows nothing there yet, not even a hole: an open transaction, or a replica that lags.
                if (delivered.IsEmpty)
                {
                    return null;
                }

                throw new TimeoutException($"Partition {partition} cannot be read from offset {cursor.Next} yet. The batch will be retried.");
            }

            after = await StepAsync(entities, partition, cursor, range, budget, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Parses, counts, stores and confirms one range.</summary>
    /// <returns>
    /// The cursor read back after the step; null when someone else has moved it, in which case the caller reads it again.
    /// </returns>
    private async ValueTask<PartitionState?> StepAsync(
        TopicEntities entities, int partition, PartitionState cursor, LogRange range, Confirmation budget, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<long, long> frozen = ReadOnlyDictionary<long, long>.Empty;
        PartitionSlice slice;
        IReadOnlyDictionary<long, long> newlyFrozen;
        do
        {
            slice = _slices.Read(cursor, range.Records, range.CoveredTo, frozen);
            if (slice.To < slice.From)
            {
                throw new InvalidOperationException(
                    $"Partition {partition} has rows in {cursor.Marks.Count} panes that are not final, "
                        + "which is the maximum. It continues when other partitions have caught up.");
            }

            newlyFrozen = await ShardWriter.ApplyAsync(entities, partition, slice, _slices, budget, cancellationToken).ConfigureAwait(false);
            if (newlyFrozen.Count > 0)
            {
                frozen = With(frozen, newlyFrozen, partition);
            }
        }
        while (newlyFrozen.Count > 0);

        await WriteDeadLettersAsync(partition, range.Records, slice, cancellationToken).ConfigureAwait(false);
        return await AdvanceAsync(
            entities, partition, slice.Advance(time.GetUtcNow().ToUnixTimeMilliseconds()), budget, cancellationToken).ConfigureAwait(false);
    }

    private Dictionary<long, long> With(IReadOnlyDictionary<long, long> frozen, IReadOnlyDictionary<long, long> newlyFrozen, int partition)
    {
        Dictionary<long, long> all = new(frozen);
        foreach ((long paneMs, long at) in newlyFrozen)
        {
            all[paneMs] = at;
            log.ShardFrozen(partition, paneMs, at);
        }

        return all;
    }

    /// <summary>
    /// Counts in the metrics what became durable since this worker last read the cursor, by whichever worker. An outdated state adds
    /// nothing, and nothing is counted twice by one worker.
    /// </summary>
    private PartitionState Count(int partition, PartitionState? before, PartitionState now)
    {
        lock (_counted)
        {
            PartitionState? known = _counted.GetValueOrDefault(partition);
            if (before is null)
            {
                return known?.Next > now.Next ? known : now;
            }

            before = known?.Next > before.Next ? known : before;
            if (now.Next <= before.Next)
            {
                return before;
            }

            metrics.Applied(before, now);
            return _counted[partition] = now;
        }
    }

    private async Task WriteDeadLettersAsync(
        int partition, ReadOnlyMemory<KafkaValue> values, PartitionSlice slice, CancellationToken cancellationToken)
    {
        if (slice.Rejects.Count == 0)
        {
            return;
        }

        RejectedRecord[] records = [.. slice.Rejects.Select(reject =>
            new RejectedRecord(partition, reject.Offset, reject.Reason, reject.MissedMinuteMs, BytesAt(values.Span, reject.Offset)))];
        await deadLetters.WriteAsync(records, cancellationToken).ConfigureAwait(false);
        metrics.DeadLettered(records.Length);
    }

    private static ReadOnlyMemory<byte> BytesAt(ReadOnlySpan<KafkaValue> values, long offset) => values[LogStep.IndexOf(values, offset)].Bytes;

    /// <summary>Applies the step, and waits until the cursor has moved.</summary>
    /// <returns>The cursor; null when someone else has moved it differently, in which case the caller reads it again.</returns>
    private async ValueTask<PartitionState?> AdvanceAsync(
        TopicEntities entities, int partition, PartitionAdvance step, Confirmation budget, CancellationToken cancellationToken)
    {
        PartitionState cursor = await budget.SendAsync(
            (entities, partition, step, cancellationToken),
            static on => on.entities.AdvanceAsync(on.partition, on.step, on.cancellationToken),
            static async on =>
            {
                PartitionState read = await on.entities.ReadPartitionAsync(on.partition, on.cancellationToken).ConfigureAwait(false);
                return read.Next == on.step.From && read.WatermarkMs == on.step.WatermarkSeenMs ? null : read;
            },
            cancellationToken).ConfigureAwait(false)
            ?? throw new TimeoutException(
                $"The cursor of partition {partition} was not moved from {step.From} to {step.To + 1} in time. The batch will be retried.");
        if (cursor.Next > step.To)
        {
            return cursor;
        }

        log.CursorMoved(partition, step.From, cursor.Next);
        return null;
    }
}

/// <summary>A partition to which a batch was applied.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="WatermarkBeforeMs">Its watermark before, epoch milliseconds, or <see cref="Core.EventTime.None"/>.</param>
/// <param name="WatermarkMs">Its watermark now, epoch milliseconds.</param>
public readonly record struct AppliedPartition(int Partition, long WatermarkBeforeMs, long WatermarkMs);

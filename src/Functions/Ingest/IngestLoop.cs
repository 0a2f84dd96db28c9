using System.Collections.ObjectModel;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.Extensions.Logging;
using Tidemark.Core.Parsing;
using Tidemark.Functions.Entities;
using Tidemark.Functions.Hosting;
using Tidemark.Protocol;

namespace Tidemark.Functions.Ingest;

/// <summary>
/// Applies records exactly once per offset, whoever else does the same at the same time and whenever anybody stops: the order of the steps is that of docs/FUNCTIONS.md,
/// and nothing is believed but what is read back.
/// </summary>
public sealed class IngestLoop(
    IBroker broker, IDeadLetters deadLetters, CursorOpener opener, StoppedPartitions stopped, FunctionsOptions options, TimeProvider time, TidemarkMetrics metrics,
    ILogger<IngestLoop> log)
{
    private readonly TopicNames _names = options.Names;
    private readonly Dictionary<int, PartitionState> _counted = [];
    private readonly LogStep _log = new(broker, options.MaxStepRecords);
    private readonly SliceReaders _slices = new(options.Engine);

    /// <summary>
    /// Applies delivered records, all partitions side by side. When it returns, every offset up to each partition's last is durably applied, but for partitions that are stopped:
    /// they keep their cursor, are reported, and never hold up the others.
    /// </summary>
    /// <param name="client">The durable entities.</param>
    /// <param name="delivered">The records.</param>
    /// <param name="cancellationToken">Stops it; what was applied stays.</param>
    /// <returns>The partitions that are applied: those of the batch, but for stopped ones.</returns>
    /// <exception cref="TimeoutException">The durable store did not take it in time.</exception>
    public async Task<IReadOnlyList<AppliedPartition>> RunAsync(DurableEntityClient client, DeliveredBatch delivered, CancellationToken cancellationToken)
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
        TopicEntities entities, int partition, ReadOnlyMemory<KafkaValue> delivered, List<AppliedPartition> applied, CancellationToken cancellationToken)
    {
        try
        {
            AppliedPartition? done = await ApplyAsync(entities, partition, delivered, delivered.Span[^1].Offset, cancellationToken).ConfigureAwait(false);
            stopped.GoesOn(partition);
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
            stopped.Note(partition, problem);
        }
    }

    /// <summary>Applies a partition up to an offset.</summary>
    /// <param name="entities">The topic's entities.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="delivered">What is at hand, in offset order and each once; the rest is read from the broker.</param>
    /// <param name="to">The last offset.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="TimeoutException">The durable store did not take it in time.</exception>
    /// <exception cref="LogMismatchException">The log no longer goes on where its cursor stands.</exception>
    /// <returns>The partition when it is applied; null when there is nothing to be read yet.</returns>
    /// <exception cref="InvalidDataException">A state of the partition is corrupt, or of a later version.</exception>
    public async ValueTask<AppliedPartition?> ApplyAsync(TopicEntities entities, int partition, ReadOnlyMemory<KafkaValue> delivered, long to, CancellationToken cancellationToken)
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
                    // Nothing to do may mean that these are records of another log.
                    await _log.CheckAsync(partition, cursor.Next, cancellationToken).ConfigureAwait(false);
                }

                return new AppliedPartition(partition, watermarkBeforeMs, cursor.WatermarkMs);
            }

            if (budget.IsOver)
            {
                throw new TimeoutException($"Partition {partition} stands at offset {cursor.Next} of {to} after {options.Timing.IngestTimeout}. The batch is tried again.");
            }

            LogRange range = await _log.CompleteAsync(partition, cursor.Next, to, delivered, cancellationToken).ConfigureAwait(false);
            if (range.CoveredTo < cursor.Next)
            {
                // The broker shows nothing there yet, not even a hole: an open transaction, or a replica that is behind.
                if (delivered.IsEmpty)
                {
                    return null;
                }

                throw new TimeoutException($"Partition {partition} cannot be read from offset {cursor.Next} yet. The batch is tried again.");
            }

            after = await StepAsync(entities, partition, cursor, range, budget, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Parses, counts, stores and confirms one range.</summary>
    /// <returns>The cursor as it was read back after the step; null when somebody else moved it meanwhile: the caller looks again.</returns>
    private async ValueTask<PartitionState?> StepAsync(TopicEntities entities, int partition, PartitionState cursor, LogRange range, Confirmation budget, CancellationToken cancellationToken)
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
                    $"Partition {partition} has rows in {cursor.Marks.Count} panes that are not final, the most there may be. It goes on when other partitions have caught up.");
            }

            newlyFrozen = await ShardWriter.ApplyAsync(entities, partition, slice, _slices, budget, cancellationToken).ConfigureAwait(false);
            if (newlyFrozen.Count > 0)
            {
                frozen = With(frozen, newlyFrozen, partition);
            }
        }
        while (newlyFrozen.Count > 0);

        await WriteDeadLettersAsync(partition, range.Records, slice, cancellationToken).ConfigureAwait(false);
        return await AdvanceAsync(entities, partition, slice.Advance(time.GetUtcNow().ToUnixTimeMilliseconds()), budget, cancellationToken).ConfigureAwait(false);
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
    /// Meters what became durable since this worker looked before, whoever did it. An old state that is read adds nothing, and what this worker has metered it never
    /// meters again.
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

    private async Task WriteDeadLettersAsync(int partition, ReadOnlyMemory<KafkaValue> values, PartitionSlice slice, CancellationToken cancellationToken)
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

    /// <summary>Takes the step, and waits until the cursor has passed it.</summary>
    /// <returns>The cursor; null when somebody moved it otherwise, and the caller looks again.</returns>
    private async ValueTask<PartitionState?> AdvanceAsync(TopicEntities entities, int partition, PartitionAdvance step, Confirmation budget, CancellationToken cancellationToken)
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
            ?? throw new TimeoutException($"The cursor of partition {partition} was not moved from {step.From} to {step.To + 1} in time. The batch is tried again.");
        if (cursor.Next > step.To)
        {
            return cursor;
        }

        log.CursorMoved(partition, step.From, cursor.Next);
        return null;
    }
}

/// <summary>A partition that a batch was applied to.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="WatermarkBeforeMs">Its watermark before, epoch milliseconds, or <see cref="Core.EventTime.None"/>.</param>
/// <param name="WatermarkMs">Its watermark now.</param>
public readonly record struct AppliedPartition(int Partition, long WatermarkBeforeMs, long WatermarkMs);

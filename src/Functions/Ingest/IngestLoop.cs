using System.Collections.Concurrent;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.Extensions.Logging;
using Tidemark.Core.Parsing;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Entities;
using Tidemark.Protocol;

namespace Tidemark.Functions.Ingest;

/// <summary>
/// Applies records exactly once per offset, whoever else does the same at the same time and whenever anybody stops: the order of the steps is that of docs/FUNCTIONS.md,
/// and nothing is believed but what is read back.
/// </summary>
public sealed class IngestLoop(
    IBroker broker, IDeadLetters deadLetters, CursorOpener opener, FunctionsOptions options, TimeProvider time, TidemarkMetrics metrics, ILogger<IngestLoop> log)
{
    private readonly ConcurrentBag<EventParser> _parsers = [];
    private readonly Dictionary<int, AppliedCounts> _counted = [];
    private readonly LogStep _log = new(broker, options.MaxStepRecords);
    private readonly ShardWriter _shards = new(options, time);

    /// <summary>Applies delivered records, all partitions side by side. When it returns, every offset up to each partition's last is durably applied.</summary>
    /// <param name="client">The durable entities.</param>
    /// <param name="delivered">The records of each partition, in any order.</param>
    /// <param name="cancellationToken">Stops it; what was applied stays.</param>
    /// <exception cref="TimeoutException">The durable store did not take it in time.</exception>
    /// <exception cref="LogMismatchException">A log no longer goes on where its cursor stands.</exception>
    public async Task RunAsync(DurableEntityClient client, IEnumerable<IGrouping<int, KafkaValue>> delivered, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(delivered);
        TopicEntities entities = new(client, options.Names, options.Engine);
        await Task.WhenAll(delivered.Select(async group =>
        {
            List<KafkaValue> records = [.. group.DistinctBy(record => record.Offset).OrderBy(record => record.Offset)];
            await ApplyAsync(entities, group.Key, records, records[^1].Offset, cancellationToken).ConfigureAwait(false);
        })).ConfigureAwait(false);
        metrics.BatchApplied(entities.Signals);
    }

    /// <summary>Applies a partition up to an offset.</summary>
    /// <param name="entities">The topic's entities.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="delivered">What is at hand, in offset order and each once; the rest is read from the broker.</param>
    /// <param name="to">The last offset.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task ApplyAsync(TopicEntities entities, int partition, IReadOnlyList<KafkaValue> delivered, long to, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entities);
        Poll budget = new(time, options.Timing, options.Timing.IngestTimeout);
        PartitionState? after = null;
        AppliedCounts? before = null;
        for (bool isFirst = true; ; isFirst = false)
        {
            PartitionState cursor = after ?? await opener.OpenAsync(entities, partition, cancellationToken).ConfigureAwait(false);
            before = Count(partition, before, new AppliedCounts(cursor));
            if (cursor.Next > to)
            {
                if (isFirst)
                {
                    // Nothing to do may mean that these are records of another log.
                    await _log.CheckAsync(partition, cursor.Next, cancellationToken).ConfigureAwait(false);
                }

                return;
            }

            if (budget.IsOver)
            {
                throw new TimeoutException($"Partition {partition} stands at offset {cursor.Next} of {to} after {options.Timing.IngestTimeout}. The batch is tried again.");
            }

            LogRange range = await _log.CompleteAsync(partition, cursor.Next, to, delivered, cancellationToken).ConfigureAwait(false);
            if (range.CoveredTo < cursor.Next)
            {
                // The broker shows nothing there yet, not even a hole: an open transaction, or a replica that is behind.
                if (delivered.Count == 0)
                {
                    return;
                }

                throw new TimeoutException($"Partition {partition} cannot be read from offset {cursor.Next} yet. The batch is tried again.");
            }

            after = await StepAsync(entities, partition, cursor, range, budget, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Parses, counts, stores and confirms one range.</summary>
    /// <returns>The cursor as it was read back after the step; null when somebody else moved it meanwhile: the caller looks again.</returns>
    private async Task<PartitionState?> StepAsync(TopicEntities entities, int partition, PartitionState cursor, LogRange range, Poll budget, CancellationToken cancellationToken)
    {
        ParsedValues values = Parse(range.Records);
        Dictionary<long, long> frozen = [];
        PartitionSlice slice;
        IReadOnlyDictionary<long, long> newlyFrozen;
        do
        {
            slice = PartitionSlice.Read(cursor, values, range.CoveredTo, options.Engine, frozen);
            if (slice.To < slice.From)
            {
                throw new InvalidOperationException(
                    $"Partition {partition} has rows in {cursor.Marks.Count} panes that are not final, the most there may be. It goes on when other partitions have caught up.");
            }

            newlyFrozen = await _shards.ApplyAsync(entities, partition, slice, budget.Remaining, cancellationToken).ConfigureAwait(false);
            foreach ((long paneMs, long at) in newlyFrozen)
            {
                frozen[paneMs] = at;
                log.ShardFrozen(partition, paneMs, at);
            }
        }
        while (newlyFrozen.Count > 0);

        await WriteDeadLettersAsync(partition, values, slice, cancellationToken).ConfigureAwait(false);
        return await AdvanceAsync(entities, partition, slice.Advance(time.GetUtcNow().ToUnixTimeMilliseconds()), budget, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Meters what became durable since this worker looked before, whoever did it. An old state that is read adds nothing, and what this worker has metered it never
    /// meters again.
    /// </summary>
    private AppliedCounts Count(int partition, AppliedCounts? before, AppliedCounts now)
    {
        lock (_counted)
        {
            AppliedCounts? known = _counted.GetValueOrDefault(partition);
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

    private ParsedValues Parse(IReadOnlyList<KafkaValue> records)
    {
        EventParser parser = _parsers.TryTake(out EventParser? known) ? known : new EventParser();
        ParsedValues values = ParsedValues.Parse(parser, records, (long)options.Engine.MaxFutureSkew.TotalMilliseconds);
        _parsers.Add(parser);
        return values;
    }

    private async Task WriteDeadLettersAsync(int partition, ParsedValues values, PartitionSlice slice, CancellationToken cancellationToken)
    {
        if (slice.Rejects.Count == 0)
        {
            return;
        }

        Dictionary<long, ReadOnlyMemory<byte>> bytes = values.Values.ToDictionary(value => value.Offset, value => value.Bytes);
        RejectedRecord[] records =
            [.. slice.Rejects.Select(reject => new RejectedRecord(partition, reject.Offset, reject.Reason, reject.MissedPaneMs, bytes[reject.Offset]))];
        await deadLetters.WriteAsync(records, cancellationToken).ConfigureAwait(false);
        metrics.DeadLettered(records.Length);
    }

    /// <summary>Takes the step, and waits until the cursor has passed it.</summary>
    /// <returns>The cursor; null when somebody moved it otherwise, and the caller looks again.</returns>
    private async Task<PartitionState?> AdvanceAsync(TopicEntities entities, int partition, PartitionAdvance step, Poll budget, CancellationToken cancellationToken)
    {
        await entities.AdvanceAsync(partition, step, cancellationToken).ConfigureAwait(false);
        Poll poll = new(time, options.Timing, budget.Remaining);
        while (true)
        {
            await poll.DelayAsync(cancellationToken).ConfigureAwait(false);
            PartitionState cursor = await entities.ReadPartitionAsync(partition, cancellationToken).ConfigureAwait(false);
            if (cursor.Next > step.To)
            {
                return cursor;
            }

            if (cursor.Next != step.From || cursor.WatermarkMs != step.WatermarkSeenMs)
            {
                log.CursorMoved(partition, step.From, cursor.Next);
                return null;
            }

            if (poll.IsOver)
            {
                throw new TimeoutException($"The cursor of partition {partition} was not moved from {step.From} to {step.To + 1} in time. The batch is tried again.");
            }

            if (poll.IsResendDue)
            {
                await entities.AdvanceAsync(partition, step, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}

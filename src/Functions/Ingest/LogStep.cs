using Confluent.Kafka;
using Tidemark.Core.Parsing;

namespace Tidemark.Functions.Ingest;

/// <summary>
/// Completes the records that the trigger delivered: records before the cursor are dropped, missing offsets are read from the broker.
/// Offsets without a record are natural holes (of transactions or compaction). A log that does not match the cursor stops the partition.
/// </summary>
public sealed class LogStep(IBroker broker, int maxRecords)
{
    /// <summary>
    /// The maximum number of holes in a step that are read one by one. Transactions leave one each, so with more of them the rest of the
    /// step is read at once.
    /// </summary>
    internal const int MaxGaps = 4;

    /// <summary>All records from an offset on, as many as one step takes.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="next">The next offset of the cursor.</param>
    /// <param name="to">The last offset requested.</param>
    /// <param name="delivered">The records that the trigger delivered, in offset order without duplicates.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="LogMismatchException">The log begins beyond the cursor or ends before it.</exception>
    public ValueTask<LogRange> CompleteAsync(
        int partition, long next, long to, ReadOnlyMemory<KafkaValue> delivered, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<KafkaValue> whole = Contiguous(delivered, next, to);
        return whole.Length > 0
            ? ValueTask.FromResult(new LogRange(whole, next + whole.Length - 1))
            : FillAsync(partition, next, to, delivered, cancellationToken);
    }

    /// <summary>The index of an offset in values in offset order; if it is absent, the complement of where it would be.</summary>
    internal static int IndexOf(ReadOnlySpan<KafkaValue> values, long offset)
    {
        int low = 0;
        int high = values.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            long found = values[middle].Offset;
            if (found == offset)
            {
                return middle;
            }

            (low, high) = found < offset ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }

    /// <summary>The delivered records, as many as one step takes; empty if an offset among them is missing.</summary>
    private ReadOnlyMemory<KafkaValue> Contiguous(ReadOnlyMemory<KafkaValue> delivered, long next, long to)
    {
        ReadOnlySpan<KafkaValue> values = delivered.Span;
        int first = IndexOf(values, next);
        long count = Math.Min(to - next + 1, maxRecords);

        // Offsets ascend without duplicates, so a range that has as many offsets as records has no hole.
        return first >= 0 && first + count <= values.Length && values[first + (int)count - 1].Offset == next + count - 1
            ? delivered.Slice(first, (int)count)
            : default;
    }

    private async ValueTask<LogRange> FillAsync(
        int partition, long next, long to, ReadOnlyMemory<KafkaValue> delivered, CancellationToken cancellationToken)
    {
        List<KafkaValue> records = [];
        long at = next;
        int gaps = 0;
        for (int i = 0; at <= to && records.Count < maxRecords;)
        {
            long found = i < delivered.Length ? delivered.Span[i].Offset : long.MaxValue;
            if (found < at)
            {
                i++;
            }
            else if (found == at)
            {
                records.Add(delivered.Span[i++]);
                at++;
            }
            else
            {
                gaps++;
                long gapEnd = gaps <= MaxGaps ? Math.Min(to, found - 1) : to;
                LogRange gap = await ReadAsync(partition, next, at, gapEnd, maxRecords - records.Count, cancellationToken).ConfigureAwait(false);
                records.AddRange(gap.Records.Span);
                if (gap.CoveredTo < gapEnd)
                {
                    at = gap.CoveredTo + 1;
                    break;
                }

                at = gapEnd + 1;
            }
        }

        if (gaps > 0)
        {
            // Checked after reading, not before: records that retention deletes in between would otherwise look like a natural hole.
            await CheckAsync(partition, next, cancellationToken).ConfigureAwait(false);
        }

        return new LogRange(records.ToArray(), at - 1);
    }

    /// <summary>Checks that the log matches the cursor.</summary>
    /// <exception cref="LogMismatchException">The log does not match.</exception>
    public async Task CheckAsync(int partition, long next, CancellationToken cancellationToken)
    {
        LogBounds log = await broker.BoundsAsync(partition, cancellationToken).ConfigureAwait(false);
        if (MismatchOf(partition, next, log) is { } problem)
        {
            throw problem;
        }
    }

    /// <summary>The reason why a cursor cannot continue in a log; null when it can.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="next">The next offset of the cursor.</param>
    /// <param name="log">The bounds of the log.</param>
    public static LogMismatchException? MismatchOf(int partition, long next, LogBounds log)
    {
        if (log.Holds(next))
        {
            return null;
        }

        return new LogMismatchException(log.Start > next
            ? $"Partition {partition} was applied up to offset {next}, but its log begins at {log.Start}: "
                + "retention has deleted records that were never counted. "
                + "Set KafkaGeneration to a new value to start anew with what is left."
            : $"Partition {partition} was applied up to offset {next}, but its log ends at {log.End}: the topic was created again or truncated. "
                + "Set KafkaGeneration to a new value to start anew.");
    }

    private async Task<LogRange> ReadAsync(int partition, long next, long from, long last, int most, CancellationToken cancellationToken)
    {
        try
        {
            return await broker.ReadAsync(partition, from, last, most, cancellationToken).ConfigureAwait(false);
        }
        catch (KafkaException problem) when (problem.Error.Code is ErrorCode.OffsetOutOfRange or ErrorCode.Local_AutoOffsetReset)
        {
            // The log has no such offset. Its bounds show why; if they do not, the failure was transient.
            await CheckAsync(partition, next, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }
}

/// <summary>
/// A partition's log does not match its cursor. Continuing would lose or double records, so the partition stops until an operator decides.
/// </summary>
public sealed class LogMismatchException(string message) : Exception(message);

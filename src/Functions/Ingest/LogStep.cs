using Confluent.Kafka;
using Tidemark.Core.Parsing;

namespace Tidemark.Functions.Ingest;

/// <summary>
/// Completes what the trigger delivered: records before the cursor are dropped, offsets that are absent are read from the broker. Nothing there is a natural hole (of
/// transactions or compaction); a log that no longer goes on where the cursor stands is not, and stops the partition.
/// </summary>
public sealed class LogStep(IBroker broker, int maxRecords)
{
    /// <summary>Most holes of a step that are read one by one. Transactions leave one each, and a batch may hold a thousand of them: then the rest of it is read at once.</summary>
    internal const int MaxGaps = 4;

    /// <summary>All records from an offset on, as many as one step takes.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="next">The cursor's next.</param>
    /// <param name="to">The last offset that is wanted.</param>
    /// <param name="delivered">What the trigger delivered, in offset order and each once.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="LogMismatchException">The log begins beyond the cursor or ends before it.</exception>
    public ValueTask<LogRange> CompleteAsync(int partition, long next, long to, ReadOnlyMemory<KafkaValue> delivered, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<KafkaValue> whole = Contiguous(delivered, next, to);
        return whole.Length > 0
            ? ValueTask.FromResult(new LogRange(whole, next + whole.Length - 1))
            : FillAsync(partition, next, to, delivered, cancellationToken);
    }

    /// <summary>Where an offset is in values in offset order; if it is not there, the complement of where it would be.</summary>
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

    /// <summary>The delivered records themselves, as many as one step takes; none if an offset among them is absent.</summary>
    private ReadOnlyMemory<KafkaValue> Contiguous(ReadOnlyMemory<KafkaValue> delivered, long next, long to)
    {
        ReadOnlySpan<KafkaValue> values = delivered.Span;
        int first = IndexOf(values, next);
        long count = Math.Min(to - next + 1, maxRecords);

        // Offsets ascend, each once: what ends as many offsets on as there are records has no hole.
        return first >= 0 && first + count <= values.Length && values[first + (int)count - 1].Offset == next + count - 1 ? delivered.Slice(first, (int)count) : default;
    }

    private async ValueTask<LogRange> FillAsync(int partition, long next, long to, ReadOnlyMemory<KafkaValue> delivered, CancellationToken cancellationToken)
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
            // After the reading, not before: what retention deletes in between would pass as a natural hole.
            await CheckAsync(partition, next, cancellationToken).ConfigureAwait(false);
        }

        return new LogRange(records.ToArray(), at - 1);
    }

    /// <summary>Makes sure that the log still goes on where the cursor stands.</summary>
    /// <exception cref="LogMismatchException">It does not.</exception>
    public async Task CheckAsync(int partition, long next, CancellationToken cancellationToken)
    {
        LogBounds log = await broker.BoundsAsync(partition, cancellationToken).ConfigureAwait(false);
        if (MismatchOf(partition, next, log) is { } problem)
        {
            throw problem;
        }
    }

    /// <summary>Why a cursor cannot go on in a log; null when it can.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="next">The cursor's next.</param>
    /// <param name="log">Where the log begins and ends.</param>
    public static LogMismatchException? MismatchOf(int partition, long next, LogBounds log)
    {
        if (log.Holds(next))
        {
            return null;
        }

        return new LogMismatchException(log.Start > next
            ? $"Partition {partition} was applied up to offset {next}, but its log begins at {log.Start}: retention has deleted records that were never counted. "
                + "Set KafkaGeneration to a new value to begin anew with what is left."
            : $"Partition {partition} was applied up to offset {next}, but its log ends at {log.End}: the topic was made again or truncated. "
                + "Set KafkaGeneration to a new value to begin anew.");
    }

    private async Task<LogRange> ReadAsync(int partition, long next, long from, long last, int most, CancellationToken cancellationToken)
    {
        try
        {
            return await broker.ReadAsync(partition, from, last, most, cancellationToken).ConfigureAwait(false);
        }
        catch (KafkaException problem) when (problem.Error.Code is ErrorCode.OffsetOutOfRange or ErrorCode.Local_AutoOffsetReset)
        {
            // The log has no such offset. What that means, its bounds tell; if they do not, it was passing.
            await CheckAsync(partition, next, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }
}

/// <summary>A partition's log is not the one that its cursor belongs to. Going on would lose or double records, so the partition stops until a person decides.</summary>
public sealed class LogMismatchException(string message) : Exception(message);

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
    public async Task<LogRange> CompleteAsync(int partition, long next, long to, IReadOnlyList<KafkaValue> delivered, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(delivered);
        List<KafkaValue> records = [];
        long at = next;
        int gaps = 0;
        for (int i = 0; at <= to && records.Count < maxRecords;)
        {
            if (i < delivered.Count && delivered[i].Offset < at)
            {
                i++;
            }
            else if (i < delivered.Count && delivered[i].Offset == at)
            {
                records.Add(delivered[i++]);
                at++;
            }
            else
            {
                gaps++;
                long gapEnd = i < delivered.Count && gaps <= MaxGaps ? Math.Min(to, delivered[i].Offset - 1) : to;
                LogRange gap = await broker.ReadAsync(partition, at, gapEnd, maxRecords - records.Count, cancellationToken).ConfigureAwait(false);
                records.AddRange(gap.Records);
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

        return new LogRange(records, at - 1);
    }

    /// <summary>Makes sure that the log still goes on where the cursor stands.</summary>
    /// <exception cref="LogMismatchException">It does not.</exception>
    public async Task CheckAsync(int partition, long next, CancellationToken cancellationToken)
    {
        LogBounds log = await broker.BoundsAsync(partition, cancellationToken).ConfigureAwait(false);
        if (log.Start > next)
        {
            throw new LogMismatchException(
                $"Partition {partition} was applied up to offset {next}, but its log begins at {log.Start}: retention has deleted records that were never counted. "
                + "Set KafkaGeneration to a new value to begin anew with what is left.");
        }

        if (log.End < next)
        {
            throw new LogMismatchException(
                $"Partition {partition} was applied up to offset {next}, but its log ends at {log.End}: the topic was made again or truncated. "
                + "Set KafkaGeneration to a new value to begin anew.");
        }
    }
}

/// <summary>A partition's log is not the one that its cursor belongs to. Going on would lose or double records, so the partition stops until a person decides.</summary>
public sealed class LogMismatchException(string message) : Exception(message);

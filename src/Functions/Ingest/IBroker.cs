using Tidemark.Core.Parsing;

namespace Tidemark.Functions.Ingest;

/// <summary>The bounds of a partition's log.</summary>
/// <param name="Start">The first offset that still exists.</param>
/// <param name="End">The offset after the last one, whether or not there are records.</param>
public readonly record struct LogBounds(long Start, long End)
{
    /// <summary>
    /// Whether a cursor can continue in this log. If not, retention has overtaken it, or the log is not that of the cursor.
    /// </summary>
    /// <param name="next">The next offset of the cursor.</param>
    public bool Holds(long next) => Start <= next && next <= End;

    /// <summary>The number of offsets from a cursor to the end, whether or not there are records.</summary>
    /// <param name="next">The next offset of the cursor.</param>
    public long LagFrom(long next) => Math.Max(0, End - Math.Max(next, Start));
}

/// <summary>A part of a partition's log.</summary>
/// <param name="Records">The records, in offset order.</param>
/// <param name="CoveredTo">The last offset covered: there are no other records up to it.</param>
public readonly record struct LogRange(ReadOnlyMemory<KafkaValue> Records, long CoveredTo);

/// <summary>Reads the topic's log directly, independently of the trigger.</summary>
public interface IBroker
{
    /// <summary>The topic's partitions, at most some seconds old.</summary>
    Task<IReadOnlyList<int>> PartitionsAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Checks that the topic can be read; the answer is at most 2 seconds old, unlike that of <see cref="PartitionsAsync"/>.
    /// </summary>
    Task PingAsync(CancellationToken cancellationToken);

    /// <summary>The bounds of a partition's log.</summary>
    Task<LogBounds> BoundsAsync(int partition, CancellationToken cancellationToken);

    /// <summary>
    /// Reads the committed records of the offsets <paramref name="from"/> to <paramref name="last"/>, or the first of them.
    /// </summary>
    /// <param name="partition">The partition.</param>
    /// <param name="from">The first offset.</param>
    /// <param name="last">The last offset. Does not wait for offsets beyond the end of the log.</param>
    /// <param name="most">The maximum number of records.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    Task<LogRange> ReadAsync(int partition, long from, long last, int most, CancellationToken cancellationToken);

    /// <summary>Whether the log contains a committed record at or after an offset. Transaction markers do not count.</summary>
    Task<bool> HasRecordAsync(int partition, long from, CancellationToken cancellationToken);
}

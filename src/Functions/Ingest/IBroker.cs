using Tidemark.Core.Parsing;

namespace Tidemark.Functions.Ingest;

/// <summary>Where a partition's log begins and ends.</summary>
/// <param name="Start">The first offset that is still there.</param>
/// <param name="End">The offset after the last one, records or not.</param>
public readonly record struct LogBounds(long Start, long End)
{
    /// <summary>Whether a cursor can go on in this log. If not, retention has overtaken it, or the log is another one than the cursor's.</summary>
    /// <param name="next">The cursor's next.</param>
    public bool Holds(long next) => Start <= next && next <= End;

    /// <summary>How many offsets, records or not, are there from a cursor on.</summary>
    /// <param name="next">The cursor's next.</param>
    public long LagFrom(long next) => Math.Max(0, End - Math.Max(next, Start));
}

/// <summary>A part of a partition's log.</summary>
/// <param name="Records">The records, in offset order.</param>
/// <param name="CoveredTo">The last offset that is known: there are no other records up to it.</param>
public readonly record struct LogRange(ReadOnlyMemory<KafkaValue> Records, long CoveredTo);

/// <summary>The topic's log, read directly, beside the trigger.</summary>
public interface IBroker
{
    /// <summary>The topic's partitions, as they were some seconds ago.</summary>
    Task<IReadOnlyList<int>> PartitionsAsync(CancellationToken cancellationToken);

    /// <summary>Asks whether the topic can be read now: the answer is at most 2 seconds old, unlike that of <see cref="PartitionsAsync"/>.</summary>
    Task PingAsync(CancellationToken cancellationToken);

    /// <summary>Where a partition's log begins and ends.</summary>
    Task<LogBounds> BoundsAsync(int partition, CancellationToken cancellationToken);

    /// <summary>Reads the committed records of the offsets <paramref name="from"/> to <paramref name="last"/>, or the first of them.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="from">The first offset.</param>
    /// <param name="last">The last offset. Beyond the end of the log nothing is waited for.</param>
    /// <param name="most">How many records at most.</param>
    /// <param name="cancellationToken">Stops it.</param>
    Task<LogRange> ReadAsync(int partition, long from, long last, int most, CancellationToken cancellationToken);

    /// <summary>Whether the log holds a committed record at or after an offset. A tail of transaction markers is none.</summary>
    Task<bool> HasRecordAsync(int partition, long from, CancellationToken cancellationToken);
}

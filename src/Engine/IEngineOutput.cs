using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;

namespace Tidemark.Engine;

/// <summary>A record that entered no window. Its bytes are valid during the call only.</summary>
/// <param name="reason">Why.</param>
/// <param name="partition">Where it was read.</param>
/// <param name="offset">Its offset in the partition.</param>
/// <param name="missedMinuteMs">For a late event the start of the minute that it missed, epoch milliseconds.</param>
/// <param name="bytes">The record as it came.</param>
public readonly ref struct DeadLetter(RecordOutcome reason, int partition, long offset, long? missedMinuteMs, ReadOnlySpan<byte> bytes)
{
    /// <summary>Why it could not be counted.</summary>
    public RecordOutcome Reason { get; } = reason;

    /// <summary>The partition it was read from.</summary>
    public int Partition { get; } = partition;

    /// <summary>Its offset in the partition.</summary>
    public long Offset { get; } = offset;

    /// <summary>For a late event the start of the minute that it missed, epoch milliseconds.</summary>
    public long? MissedMinuteMs { get; } = missedMinuteMs;

    /// <summary>The record as it came.</summary>
    public ReadOnlySpan<byte> Bytes { get; } = bytes;
}

/// <summary>Where the engine's output goes, called in the order of the input and on the thread that applies it.</summary>
public interface IEngineOutput
{
    /// <summary>A window was closed or corrected.</summary>
    void Publish(Publication publication);

    /// <summary>No window of a family that ends at or before a time will change any more; everything about them has been published.</summary>
    /// <param name="family">The family.</param>
    /// <param name="beforeMs">Epoch milliseconds; grows from call to call.</param>
    void MarkFinal(WindowDefinition family, long beforeMs);

    /// <summary>
    /// Whether there is no room for more: the engine then stops behind the record that it is at, and its caller goes on when there is. What one record leads to is
    /// always taken. Default: never.
    /// </summary>
    bool IsFull => false;

    /// <summary>A record entered no window.</summary>
    void DeadLetter(DeadLetter letter);
}

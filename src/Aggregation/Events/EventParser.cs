namespace Tidemark.Aggregation.Events;

/// <summary>Reads events straight from UTF-8 bytes. One instance per thread; it learns the shapes of the records it sees.</summary>
public sealed class EventParser
{
    /// <summary>Longest record, in bytes, line end not included.</summary>
    public const int MaxRecordBytes = 1 << 20;

    /// <summary>Readable bytes that <see cref="ParseLines"/> wants after the end of the text, so that it may load whole vectors.</summary>
    public const int Padding = 64;

    /// <summary>Parses a block of whole lines, each ended by LF but perhaps the last. Blank lines make no record.</summary>
    /// <param name="buffer">The text, followed by at least <see cref="Padding"/> bytes of any content.</param>
    /// <param name="length">Bytes of text.</param>
    /// <param name="latestMs">Times after this are <see cref="Rejection.FutureTimestamp"/>: arrival plus the allowed skew, epoch milliseconds.</param>
    /// <param name="batch">Emptied, then filled.</param>
    /// <exception cref="ArgumentException">The buffer lacks the padding.</exception>
    public void ParseLines(ReadOnlyMemory<byte> buffer, int length, long latestMs, EventBatch batch) => throw new NotSupportedException();
}

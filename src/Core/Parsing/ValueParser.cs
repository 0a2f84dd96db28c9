namespace Tidemark.Core.Parsing;

/// <summary>
/// Parses Kafka values a chunk at a time: each is one record, whatever line ends it holds, and blank ones are none. The parser wants one text, so the values of a
/// chunk are copied into one; a value longer than <see cref="EventParser.MaxRecordBytes"/> only so far that it is seen to be too large. The memory is used again from
/// chunk to chunk, and does not grow with the number of values. Not thread-safe.
/// </summary>
public sealed class ValueParser
{
    /// <summary>Bytes of text of a chunk, but for one that is a single longer value: little enough to stay in the cache.</summary>
    public const int ChunkBytes = 64 << 10;

    private readonly EventParser _parser = new();
    private readonly byte[] _text = new byte[ChunkBytes + EventParser.Padding];
    private byte[]? _longText; // of a chunk that is one long value

    /// <summary>The records of the last chunk, valid until the next one. A record's <see cref="EventRecord.Index"/> is that of its value in the chunk.</summary>
    public EventBatch Batch { get; } = new();

    /// <summary>Parses as many values as make a chunk, at least one.</summary>
    /// <param name="values">The values, at least one.</param>
    /// <param name="maxFutureSkewMs">How far past its arrival a record's time may lie, 0 or more.</param>
    /// <returns>How many values the chunk holds, from the first on.</returns>
    public int ParseChunk(ReadOnlySpan<KafkaValue> values, long maxFutureSkewMs)
    {
        int count = 0;
        int length = 0;
        do
        {
            length += CopiedLength(in values[count++]) + 1;
        }
        while (count < values.Length && length + CopiedLength(in values[count]) + 1 <= ChunkBytes);

        byte[] text = length <= ChunkBytes ? _text : _longText ??= new byte[EventParser.MaxRecordBytes + 2 + EventParser.Padding];
        values = values[..count];
        CopyLines(values, text);
        _parser.ParseLines(text, length, long.MaxValue, Batch);
        RejectFuture(values, maxFutureSkewMs);
        return count;
    }

    /// <summary>Lets go of the last chunk, and of what only long values need.</summary>
    public void Clear()
    {
        Batch.Reset(default);
        _longText = null;
    }

    private static int CopiedLength(in KafkaValue value) => Math.Min(value.Bytes.Length, EventParser.MaxRecordBytes + 1);

    /// <summary>One line per value. LF and CR mean the same inside a JSON text (white space between tokens, an error in a string), so no meaning changes.</summary>
    private static void CopyLines(ReadOnlySpan<KafkaValue> values, Span<byte> text)
    {
        foreach (ref readonly KafkaValue value in values)
        {
            int length = CopiedLength(in value);
            value.Bytes.Span[..length].Replace(text, (byte)'\n', (byte)'\r');
            text[length] = (byte)'\n';
            text = text[(length + 1)..];
        }
    }

    /// <summary>The last of the parser's checks, here because each value has its own arrival.</summary>
    private void RejectFuture(ReadOnlySpan<KafkaValue> values, long maxFutureSkewMs)
    {
        foreach (ref EventRecord record in Batch.Editable)
        {
            ArrivalCheck.RejectFuture(ref record, values[record.Index].ArrivalMs, maxFutureSkewMs);
        }
    }
}

namespace Tidemark.Core.Parsing;

/// <summary>
/// Parses Kafka values in chunks. Each value is one record, whatever line ends it contains; blank values are skipped. The values of a chunk
/// are copied into one text; of a value longer than <see cref="EventParser.MaxRecordBytes"/> only enough to detect that it is too large.
/// The memory is reused from chunk to chunk and does not grow with the number of values. Not thread-safe.
/// </summary>
/// <param name="schema">How records are read.</param>
public sealed class ValueParser(RecordSchema schema)
{
    /// <summary>The maximum length of a chunk's text in bytes, unless it is a single longer value. Small enough for the cache.</summary>
    public const int ChunkBytes = 64 << 10;

    private readonly EventParser _parser = new(schema);
    private readonly byte[] _text = new byte[ChunkBytes + EventParser.Padding];
    private byte[]? _longText; // the text of a chunk that is a single long value

    /// <summary>
    /// The records of the last chunk, valid until the next one. <see cref="EventRecord.Index"/> is the index of the record's value in the
    /// chunk.
    /// </summary>
    public EventBatch Batch { get; } = new();

    /// <summary>Parses one chunk of values, at least one value.</summary>
    /// <param name="values">The values, at least one.</param>
    /// <param name="maxFutureSkewMs">How far a record's time may be past its arrival in milliseconds, 0 or more.</param>
    /// <returns>The number of values parsed, counted from the first.</returns>
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

    /// <summary>Releases the last chunk and the buffer for long values.</summary>
    public void Clear()
    {
        Batch.Reset(default);
        _longText = null;
    }

    private static int CopiedLength(in KafkaValue value) => Math.Min(value.Bytes.Length, EventParser.MaxRecordBytes + 1);

    /// <summary>
    /// Copies one value per line. LF and CR mean the same in JSON (white space between tokens, invalid in strings), so the meaning is kept.
    /// </summary>
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

    /// <summary>Rejects future timestamps, the parser's last check; done here because each value has its own arrival.</summary>
    private void RejectFuture(ReadOnlySpan<KafkaValue> values, long maxFutureSkewMs)
    {
        foreach (ref EventRecord record in Batch.Editable)
        {
            ArrivalCheck.RejectFuture(ref record, values[record.Index].ArrivalMs, maxFutureSkewMs);
        }
    }
}

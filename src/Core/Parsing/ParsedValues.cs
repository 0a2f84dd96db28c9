namespace Tidemark.Core.Parsing;

/// <summary>
/// Kafka values, parsed: each is one record, whatever line ends it holds, and blank ones are none. The values are copied, since the parser wants one text; a value
/// longer than <see cref="EventParser.MaxRecordBytes"/> only so far that it is seen to be too large. Immutable once made.
/// </summary>
public sealed class ParsedValues
{
    /// <summary>Text parsed at a time: little enough to stay in the cache, and out of the heap of large objects, whose memory is given back and faulted in again.</summary>
    private const int ChunkBytes = 64 << 10;

    private readonly List<EventBatch> _batches = [];
    private readonly List<int> _firsts = []; // the number of the first value of each batch
    private readonly IReadOnlyList<KafkaValue> _values;

    private ParsedValues(IReadOnlyList<KafkaValue> values) => _values = values;

    /// <summary>The values, in the order they were given in.</summary>
    public IReadOnlyList<KafkaValue> Values => _values;

    /// <summary>The texts that were parsed.</summary>
    internal IReadOnlyList<EventBatch> Batches => _batches;

    /// <summary>Parses values.</summary>
    /// <param name="parser">Not used by anybody else meanwhile.</param>
    /// <param name="values">Not to be changed afterwards.</param>
    /// <param name="maxFutureSkewMs">How far past its arrival a record's time may lie, 0 or more.</param>
    public static ParsedValues Parse(EventParser parser, IReadOnlyList<KafkaValue> values, long maxFutureSkewMs)
    {
        ArgumentNullException.ThrowIfNull(parser);
        ArgumentNullException.ThrowIfNull(values);
        ParsedValues parsed = new(values);
        for (int first = 0; first < values.Count;)
        {
            int end = first;
            int length = 0;
            do
            {
                length += CopiedLength(values[end++]) + 1;
            }
            while (end < values.Count && length + CopiedLength(values[end]) + 1 <= ChunkBytes);

            EventBatch batch = new();
            parser.ParseLines(TextOf(values, first, end, length), length, long.MaxValue, batch);
            RejectFuture(batch, values, first, maxFutureSkewMs);
            parsed._batches.Add(batch);
            parsed._firsts.Add(first);
            first = end;
        }

        return parsed;
    }

    /// <summary>The offset of a record.</summary>
    internal long OffsetOf(int batch, in EventRecord record) => _values[_firsts[batch] + record.Index].Offset;

    private static int CopiedLength(in KafkaValue value) => Math.Min(value.Bytes.Length, EventParser.MaxRecordBytes + 1);

    /// <summary>One line per value. LF and CR mean the same inside a JSON text (white space between tokens, an error in a string), so no meaning changes.</summary>
    private static byte[] TextOf(IReadOnlyList<KafkaValue> values, int first, int end, int length)
    {
        byte[] text = new byte[length + EventParser.Padding];
        int at = 0;
        for (int i = first; i < end; i++)
        {
            Span<byte> line = text.AsSpan(at, CopiedLength(values[i]));
            values[i].Bytes.Span[..line.Length].CopyTo(line);
            line.Replace((byte)'\n', (byte)'\r');
            at += line.Length;
            text[at++] = (byte)'\n';
        }

        return text;
    }

    /// <summary>The last of the parser's checks, here because each value has its own arrival.</summary>
    private static void RejectFuture(EventBatch batch, IReadOnlyList<KafkaValue> values, int first, long maxFutureSkewMs)
    {
        foreach (ref EventRecord record in batch.Editable)
        {
            if (record.Outcome == RecordOutcome.Counted && record.TimestampMs - maxFutureSkewMs > values[first + record.Index].ArrivalMs)
            {
                record.Outcome = RecordOutcome.FutureTimestamp;
                RecordReader.Reject(ref record);
            }
        }
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Unicode;

namespace Tidemark.Core.Parsing;

/// <summary>Reads events straight from UTF-8 bytes. One instance per thread; it learns the shapes of the records it sees.</summary>
public sealed class EventParser
{
    /// <summary>The maximum length of a record in bytes, excluding the line end.</summary>
    public const int MaxRecordBytes = 1 << 20;

    /// <summary>
    /// The number of readable bytes that <see cref="ParseLines"/> requires after the text, so that it can load whole vectors.
    /// </summary>
    public const int Padding = 64;

    /// <summary>
    /// The number of NUL bytes at the start of a line from which on they are padding and not a part of the record: the holes that log
    /// rotation and crashes leave in files are longer.
    /// </summary>
    public const int MinPaddingBytes = 16;

    // A chunk's text and index stay in the nearest caches, and an invalid byte makes only its own chunk be checked line by line.
    private const int ChunkBytes = 1 << 15;

    private readonly StructuralIndex _index;
    private readonly RecordSchema _schema;
    private readonly ShapeBook _shapes;
    private readonly RecordReader _reader;

    /// <summary>Creates a parser of Tidemark's own format that has learned no shapes yet.</summary>
    public EventParser()
        : this(RecordSchema.Own)
    {
    }

    /// <summary>Creates a parser that has learned no shapes yet.</summary>
    /// <param name="schema">How records are read.</param>
    public EventParser(RecordSchema schema)
        : this(schema, StructuralIndex.Best)
    {
    }

    internal EventParser(IndexPath path)
        : this(RecordSchema.Own, path)
    {
    }

    internal EventParser(RecordSchema schema, IndexPath path)
    {
        ArgumentNullException.ThrowIfNull(schema);
        _index = new StructuralIndex(path);
        _schema = schema;
        _shapes = new ShapeBook(schema);
        _reader = new RecordReader(schema);
    }

    internal ShapeBook Shapes => _shapes;

    /// <summary>Parses a block of lines, each ended by LF except possibly the last. Blank lines produce no record.</summary>
    /// <param name="buffer">The text, followed by at least <see cref="Padding"/> bytes of any content.</param>
    /// <param name="length">The length of the text in bytes.</param>
    /// <param name="latestMs">
    /// The arrival time plus the allowed skew, epoch milliseconds: later times are <see cref="RecordOutcome.FutureTimestamp"/>.
    /// </param>
    /// <param name="batch">Receives the records; its previous content is discarded.</param>
    /// <exception cref="ArgumentException">The buffer lacks the padding.</exception>
    public void ParseLines(ReadOnlyMemory<byte> buffer, int length, long latestMs, EventBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (length < 0 || buffer.Length - Padding < length)
        {
            throw new ArgumentException($"The text must be followed by {Padding} readable bytes.", nameof(buffer));
        }

        batch.Reset(buffer[..length]);
        ReadOnlySpan<byte> text = buffer.Span;
        for (int start = 0; start < length;)
        {
            int end = ChunkEnd(text, start, length);
            bool terminated = text[end - 1] == '\n';

            // A chunk that is longer than the maximum record holds exactly one line.
            if (end - start - (terminated ? 1 : 0) > MaxRecordBytes)
            {
                if (PaddingOf(text[start..end], batch) is > 0 and var padding)
                {
                    batch.PaddingBytes += padding;
                    start += padding;
                    continue;
                }

                Reject(batch, start, end - start - (terminated ? 1 : 0), RecordOutcome.TooLarge);
                batch.Lines++;
            }
            else
            {
                ParseChunk(text, start, end, latestMs, batch);
            }

            start = end;
        }
    }

    /// <summary>The end of the lines that fit into a chunk, or of a single line that does not fit.</summary>
    private static int ChunkEnd(ReadOnlySpan<byte> text, int start, int length)
    {
        if (length - start <= ChunkBytes)
        {
            return length;
        }

        int last = text.Slice(start, ChunkBytes).LastIndexOf((byte)'\n');
        if (last >= 0)
        {
            return start + last + 1;
        }

        int next = text[(start + ChunkBytes)..length].IndexOf((byte)'\n');
        return next < 0 ? length : start + ChunkBytes + next + 1;
    }

    private void ParseChunk(ReadOnlySpan<byte> span, int start, int end, long latestMs, EventBatch batch)
    {
        ref byte text = ref MemoryMarshal.GetReference(span);
        _index.Build(ref text, start, end);
        ref int index = ref _index.First;
        bool doubtful = _index.HasNonAscii && !Utf8.IsValid(span[start..end]);

        // Shapes end with LF, so the matcher relies on finding one before the end of the text.
        int lastLine = span[end - 1] == '\n' ? end : start + span[start..end].LastIndexOf((byte)'\n') + 1;
        int next = 0;
        int at = start;
        Unsafe.SkipInit(out RecordFields fields);
        bool isWide = _schema.IsWide;
        while (at < end)
        {
            fields.Reset(isWide);
            int lineEnd;
            if (at < lastLine
                && (!doubtful || Utf8.IsValid(span.Slice(at, span[at..end].IndexOf((byte)'\n'))))
                && _shapes.TryMatch(ref text, ref index, at, ref next, ref fields, out lineEnd))
            {
                ref EventRecord record = ref batch.Add();
                record.LineOffset = at;
                record.LineLength = lineEnd - at;
                record.Index = batch.Lines++;
                Finish(ref text, ref fields, latestMs, batch, ref record);
                at = lineEnd + 1;
                continue;
            }

            lineEnd = at < lastLine ? at + span[at..end].IndexOf((byte)'\n') : end;
            ParseLine(span[..end], at, lineEnd, ref index, ref next, doubtful, latestMs, batch);
            batch.Lines++;
            at = lineEnd + 1;
            while (Unsafe.Add(ref index, next) < Math.Min(at, end))
            {
                next++;
            }
        }
    }

    /// <summary>Parses one line by the medium path.</summary>
    private void ParseLine(ReadOnlySpan<byte> span, int at, int lineEnd, ref int index, ref int next, bool doubtful, long latestMs, EventBatch batch)
    {
        // Each of these bytes is in the index.
        int padding = PaddingOf(span[at..lineEnd], batch);
        (at, next) = (at + padding, next + padding);
        batch.PaddingBytes += padding;
        ReadOnlySpan<byte> line = span[at..lineEnd];
        if (!line.ContainsAnyExcept(" \t\r"u8))
        {
            return;
        }

        ref byte text = ref MemoryMarshal.GetReference(span);
        Unsafe.SkipInit(out RecordFields fields);
        fields.Reset(_schema.IsWide);
        WalkResult result = WalkResult.Malformed;
        if (!doubtful || Utf8.IsValid(line))
        {
            RecordWalker walker = new(_schema, ref text, ref index, at, lineEnd, next);
            result = walker.Walk(ref fields);

            // Never past the line's LF: the caller skips the rest of a malformed line.
            next = walker.Next;
        }

        if (result != WalkResult.Object)
        {
            Reject(batch, at, line.Length, result == WalkResult.Malformed ? RecordOutcome.MalformedJson : RecordOutcome.NotAnObject);
            return;
        }

        if (lineEnd < span.Length)
        {
            _shapes.Learn(span[at..(lineEnd + 1)]);
        }

        ref EventRecord record = ref batch.Add();
        record.LineOffset = at;
        record.LineLength = line.Length;
        record.Index = batch.Lines;
        Finish(ref text, ref fields, latestMs, batch, ref record);
    }

    /// <summary>The length of the padding that a line starts with, bytes.</summary>
    private static int PaddingOf(ReadOnlySpan<byte> line, EventBatch batch)
    {
        if (line.IsEmpty || line[0] != 0 || !batch.SkipsPadding)
        {
            return 0;
        }

        int end = line.IndexOfAnyExcept((byte)0);
        int length = end < 0 ? line.Length : end;
        return length < MinPaddingBytes ? 0 : length;
    }

    private void Finish(ref byte text, ref RecordFields fields, long latestMs, EventBatch batch, ref EventRecord record)
    {
        record.Page = KeyRef.Absent;
        _reader.Read(ref text, ref fields, latestMs, batch, ref record);
        if (record.Outcome != RecordOutcome.Counted)
        {
            RecordReader.Reject(ref record);
        }
    }

    private static void Reject(EventBatch batch, int at, int length, RecordOutcome outcome)
    {
        ref EventRecord record = ref batch.Add();
        record.LineOffset = at;
        record.LineLength = length;
        record.Index = batch.Lines;
        record.Outcome = outcome;
        RecordReader.Reject(ref record);
    }
}

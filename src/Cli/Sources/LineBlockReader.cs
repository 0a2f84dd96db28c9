using System.Runtime.ExceptionServices;
using Tidemark.Core.Parsing;
using Tidemark.Sinks;

namespace Tidemark.Cli.Sources;

/// <summary>
/// Cuts a stream into blocks of whole lines. A byte order mark at the very start is skipped. Of a line that is too long to be a record only
/// the first <see cref="EventParser.MaxRecordBytes"/> + 1 bytes are kept, so memory is bounded whatever comes. Callers take turns.
/// </summary>
/// <param name="stream">The text.</param>
/// <param name="blockBytes">Bytes wanted in a block, at least 1.</param>
/// <param name="isLive">Whether lines should be delivered as they come instead of waiting for a full block.</param>
/// <param name="start">Bytes of the input before the stream.</param>
/// <param name="startsWithinLine">Whether the stream starts within a line, of which the rest is not wanted.</param>
internal sealed class LineBlockReader(Stream stream, int blockBytes, bool isLive, long start = 0, bool startsWithinLine = false)
{
    /// <summary>The byte order mark of UTF-8.</summary>
    public static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    // What was read after the last whole line.
    private byte[] _rest = [];
    private int _restLength;
    private bool _skipsToLineEnd = startsWithinLine;
    private bool _atStart = start == 0;
    private bool _ended;
    private ExceptionDispatchInfo? _failure;
    private PaddingSkipper _padding;

    /// <summary>
    /// Asked at the end of the stream: whether the stream was cut, so that a last line without an end is only a piece of one and is left
    /// out.
    /// </summary>
    public Func<bool> WasCut { get; init; } = static () => false;

    /// <summary>Bytes taken from the stream so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>NUL bytes that were skipped where a line would begin.</summary>
    public long PaddingBytes => _padding.Skipped;

    /// <summary>Fills a block with at least one line; the last line of a source may lack its LF.</summary>
    /// <returns>False at the end of the source.</returns>
    /// <exception cref="IOException">The stream cannot be read. All whole lines before the failure have been delivered.</exception>
    /// <exception cref="InvalidDataException">What it is made of is cut off or damaged; the same holds.</exception>
    public bool Read(LineBlock block)
    {
        _rest.AsSpan(0, _restLength).CopyTo(block.Buffer);
        int length = _restLength;
        _restLength = 0;
        int searched = 0;
        length = SkipPadding(block, length);
        while (true)
        {
            int lastEnd = block.Buffer.AsSpan(searched, length - searched).LastIndexOf((byte)'\n');
            if (lastEnd >= 0)
            {
                return Deliver(block, searched + lastEnd + 1, length);
            }

            searched = length;
            if (length > EventParser.MaxRecordBytes)
            {
                _skipsToLineEnd = true;
                return DeliverTooLong(block);
            }

            int read = Fill(block, length);
            if (read == 0)
            {
                _failure?.Throw();
                return length > 0 && !WasCut() && Deliver(block, length, length);
            }

            length += read;
            if (_skipsToLineEnd)
            {
                length = SkipToLineEnd(block, length);
                searched = 0;
            }
            else if (_atStart)
            {
                length = SkipByteOrderMark(block, length);
                searched = 0;
            }

            int unpadded = SkipPadding(block, length);
            searched = unpadded == length ? searched : 0;
            length = unpadded;
        }
    }

    /// <summary>Skips padding at the start of a block, which is the start of a line.</summary>
    private int SkipPadding(LineBlock block, int length) => _skipsToLineEnd ? length : _padding.Skip(block.Buffer, length);

    private int Fill(LineBlock block, int length)
    {
        // Up to the wanted size; past it while a single line fills it, twice as much each time.
        int wanted = Math.Min(length < blockBytes ? blockBytes : 2 * length, block.Capacity);
        int total = 0;
        while (!_ended && length + total < wanted)
        {
            int read = ReadStream(block.Buffer.AsSpan(length + total, wanted - length - total));
            _ended = read == 0;
            total += read;
            BytesRead += read;
            if (isLive && block.Buffer.AsSpan(length + total - read, read).Contains((byte)'\n'))
            {
                break;
            }
        }

        return total;
    }

    /// <summary>Reads on. What went wrong is kept until the whole lines before it are delivered.</summary>
    private int ReadStream(Span<byte> buffer)
    {
        try
        {
            return stream.Read(buffer);
        }
        catch (Exception error) when (error is InvalidDataException || IoProblem.Is(error))
        {
            _failure = ExceptionDispatchInfo.Capture(error);
            return 0;
        }
    }

    private bool Deliver(LineBlock block, int end, int length)
    {
        _restLength = length - end;
        if (_rest.Length < _restLength)
        {
            _rest = new byte[block.Capacity];
        }

        block.Buffer.AsSpan(end, _restLength).CopyTo(_rest);
        block.Length = end;
        block.End = start + BytesRead - _restLength;
        block.IsCut = false;
        return true;
    }

    private bool DeliverTooLong(LineBlock block)
    {
        // The rest of the line is skipped up to and with its LF; the LF written here stands in for it.
        block.Buffer[EventParser.MaxRecordBytes + 1] = (byte)'\n';
        block.Length = EventParser.MaxRecordBytes + 2;
        block.End = start + BytesRead;
        block.IsCut = true;
        return true;
    }

    private int SkipToLineEnd(LineBlock block, int length)
    {
        int lineEnd = block.Buffer.AsSpan(0, length).IndexOf((byte)'\n');
        if (lineEnd < 0)
        {
            return 0;
        }

        _skipsToLineEnd = false;
        block.Buffer.AsSpan(lineEnd + 1, length - lineEnd - 1).CopyTo(block.Buffer);
        return length - lineEnd - 1;
    }

    private int SkipByteOrderMark(LineBlock block, int length)
    {
        ReadOnlySpan<byte> start = block.Buffer.AsSpan(0, Math.Min(length, ByteOrderMark.Length));
        if (length < ByteOrderMark.Length && !_ended && ByteOrderMark.StartsWith(start))
        {
            return length;
        }

        _atStart = false;
        if (!start.SequenceEqual(ByteOrderMark))
        {
            return length;
        }

        block.Buffer.AsSpan(start.Length, length - start.Length).CopyTo(block.Buffer);
        return length - start.Length;
    }
}

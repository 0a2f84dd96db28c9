namespace Tidemark.Cli.Sources;

/// <summary>
/// Follows the text of a file as it is counted, and keeps what the file is known by: its first bytes, and those before the position. Not
/// thread-safe.
/// </summary>
internal sealed class TextTrace
{
    private const int Sample = FileMark.SampleBytes;

    private readonly byte[] _head = new byte[Sample];
    private readonly byte[] _tail = new byte[Sample]; // a ring; the byte before the position is at (position - 1) % Sample
    private int _headBytes;
    private int _tailBytes;

    /// <summary>Bytes of text behind it.</summary>
    public long Position { get; private set; }

    /// <summary>Whether the last byte ends a line, or there is none.</summary>
    public bool IsAtLineEnd => _tailBytes == 0 ? Position == 0 : _tail[(int)((Position - 1) % Sample)] == '\n';

    /// <summary>Adds text that starts at a position: the present one, or a later one when something was passed over.</summary>
    public void Append(long start, ReadOnlySpan<byte> text)
    {
        if (start != Position)
        {
            PassOver(start);
        }

        int head = _headBytes == Position ? Math.Min(text.Length, Sample - _headBytes) : 0;
        text[..head].CopyTo(_head.AsSpan(_headBytes));
        _headBytes += head;

        ReadOnlySpan<byte> last = text[Math.Max(0, text.Length - Sample)..];
        int at = (int)((Position + text.Length - last.Length) % Sample);
        int first = Math.Min(last.Length, Sample - at);
        last[..first].CopyTo(_tail.AsSpan(at));
        last[first..].CopyTo(_tail);
        _tailBytes = Math.Min(_tailBytes + text.Length, Sample);
        Position += text.Length;
    }

    /// <summary>Moves on without the text between, which then is not known.</summary>
    public void PassOver(long position)
    {
        Position = position;
        _tailBytes = 0;
    }

    /// <summary>Starts at a position of a file that is known.</summary>
    /// <param name="position">The position.</param>
    /// <param name="head">The file's first bytes.</param>
    /// <param name="tail">The bytes before the position.</param>
    public void StartAt(long position, ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail)
    {
        head.CopyTo(_head);
        _headBytes = head.Length;
        PassOver(position - tail.Length);
        long headOnly = _headBytes;
        Append(Position, tail);
        _headBytes = (int)headOnly;
    }

    /// <summary>The bytes before the position, at most so many.</summary>
    public byte[] Tail(int most)
    {
        byte[] tail = new byte[Math.Min(most, _tailBytes)];
        int at = (int)((Position - tail.Length) % Sample);
        int first = Math.Min(tail.Length, Sample - at);
        _tail.AsSpan(at, first).CopyTo(tail);
        _tail.AsSpan(0, tail.Length - first).CopyTo(tail.AsSpan(first));
        return tail;
    }

    /// <summary>What the file is known by here. The hashing is left to whoever asks, on a thread where it holds up nothing.</summary>
    public TracePoint Capture() => new(Position, _head[.._headBytes], Tail(Sample));
}

/// <summary>What a file is known by at a position.</summary>
/// <param name="Position">The position.</param>
/// <param name="Head">Its first bytes.</param>
/// <param name="Tail">The bytes before the position.</param>
internal sealed record TracePoint(long Position, byte[] Head, byte[] Tail);

namespace Tidemark.Cli.Sources;

/// <summary>The text of a file or a pipe: decompressed when its first bytes say that it is gzip. Nothing is read before it is asked for.</summary>
internal sealed class SourceText(Stream input) : ForwardStream
{
    private Stream? _text;

    /// <summary>Whether the text is the input as it is, byte for byte. Known once the first bytes were read.</summary>
    public bool IsPlain { get; private set; }

    /// <summary>Reads the first bytes.</summary>
    /// <exception cref="IOException">They cannot be read.</exception>
    public void Detect()
    {
        byte[] start = new byte[2];
        int read = input.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        Joined whole = new(start.AsMemory(0, read), input);
        IsPlain = start is not [0x1F, 0x8B];
        _text = IsPlain ? whole : new GzipText(whole);
    }

    /// <summary>Goes to a place of an input that can seek and is plain.</summary>
    public void SeekPlain(long position)
    {
        input.Position = position;
        _text = input;
    }

    public override int Read(Span<byte> buffer)
    {
        if (_text is null)
        {
            Detect();
        }

        return _text!.Read(buffer);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _text?.Dispose();
            input.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Bytes that were already read, then the rest.</summary>
    private sealed class Joined(ReadOnlyMemory<byte> start, Stream rest) : ForwardStream
    {
        private ReadOnlyMemory<byte> _start = start;

        public override int Read(Span<byte> buffer)
        {
            if (_start.IsEmpty)
            {
                return rest.Read(buffer);
            }

            int read = Math.Min(buffer.Length, _start.Length);
            _start.Span[..read].CopyTo(buffer);
            _start = _start[read..];
            return read;
        }
    }
}

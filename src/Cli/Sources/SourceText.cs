namespace Tidemark.Cli.Sources;

/// <summary>The text of a file or a pipe: decompressed when its first bytes say that it is gzip. Nothing is read before it is asked for.</summary>
internal sealed class SourceText(Stream input) : ForwardStream
{
    private Stream? _text;

    /// <summary>Reads the first bytes.</summary>
    /// <exception cref="IOException">They cannot be read.</exception>
    public void Detect()
    {
        byte[] start = new byte[2];
        int read = input.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        Joined whole = new(start.AsMemory(0, read), input);
        _text = start is [0x1F, 0x8B] ? new GzipText(whole) : whole;
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

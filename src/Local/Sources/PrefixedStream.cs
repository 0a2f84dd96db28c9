namespace Tidemark.Local.Sources;

/// <summary>A pipe that a few bytes can be put back into.</summary>
internal sealed class PrefixedStream(Stream inner) : Stream
{
    private byte[] _prefix = [];

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Puts bytes back: they are read next.</summary>
    public void Unread(ReadOnlySpan<byte> bytes) => _prefix = [.. bytes, .. _prefix];

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (_prefix.Length == 0)
        {
            return inner.Read(buffer);
        }

        int read = Math.Min(buffer.Length, _prefix.Length);
        _prefix.AsSpan(0, read).CopyTo(buffer);
        _prefix = _prefix[read..];
        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}

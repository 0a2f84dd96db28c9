namespace Tidemark.Cli.Sources.Formats;

/// <summary>Bytes that were already read, then the rest.</summary>
internal sealed class JoinedStream(ReadOnlyMemory<byte> start, Stream rest) : ForwardStream
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

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            rest.Dispose();
        }

        base.Dispose(disposing);
    }
}

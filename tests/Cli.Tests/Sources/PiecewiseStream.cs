using Tidemark.Cli.Sources;

namespace Tidemark.Cli.Tests.Sources;

/// <summary>Bytes that are handed out in pieces of any size, as pipes do.</summary>
internal sealed class PiecewiseStream(ReadOnlyMemory<byte> bytes, Func<int> nextSize) : ForwardStream
{
    private int _used;

    /// <summary>Pieces of 1 to <paramref name="most"/> bytes.</summary>
    public static PiecewiseStream Random(ReadOnlyMemory<byte> bytes, int seed, int most)
    {
        var random = new Random(seed);
        return new PiecewiseStream(bytes, () => random.Next(1, most + 1));
    }

    public override int Read(Span<byte> buffer)
    {
        int read = Math.Min(Math.Min(buffer.Length, nextSize()), bytes.Length - _used);
        bytes.Span.Slice(_used, read).CopyTo(buffer);
        _used += read;
        return read;
    }
}

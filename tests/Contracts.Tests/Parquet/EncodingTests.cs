using FsCheck;
using FsCheck.Fluent;
using Parquet;
using Parquet.Compression;
using Parquet.Encodings;
using Parquet.Thrift;

namespace Tidemark.Contracts.Tests.Parquet;

/// <summary>The parts below the file: Snappy and the run-length hybrid.</summary>
public class EncodingTests
{
    [Fact]
    public void Snappy_AnyBytes_DecompressToTheSame() =>
        Prop.ForAll<byte[]>(bytes => AssertSnappyRoundTrip(bytes)).QuickCheckThrowOnFailure();

    [Fact]
    public void Snappy_RepetitiveBytes_DecompressToTheSame() => Prop.ForAll<byte[], PositiveInt, byte[]>((unit, times, tail) =>
    {
        byte[] bytes = [.. Enumerable.Repeat(unit, times.Get * 20).SelectMany(b => b), .. tail, .. unit];
        AssertSnappyRoundTrip(bytes);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(60)]
    [InlineData(61)]
    [InlineData(256)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(1_000_000)]
    public void Snappy_RandomAndEqualBytes_DecompressToTheSame(int length)
    {
        byte[] random = new byte[length];
        new Random(length).NextBytes(random);
        AssertSnappyRoundTrip(random);
        AssertSnappyRoundTrip(new byte[length]);
    }

    [Fact]
    public void Snappy_RepetitiveText_ShrinksAsMatchesDo()
    {
        byte[] text = System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 10_000).Select(i => $"/products/{i % 100}/reviews;")));
        var compressed = new ByteBuffer();
        Snappy.Compress(text, compressed);
        Assert.InRange(compressed.Length, 1, text.Length / 8);
    }

    [Fact]
    public void Snappy_AnyDamagedBytes_ThrowOrDecompressButNothingElse() => Prop.ForAll<byte[], PositiveInt>((bytes, length) =>
    {
        try
        {
            Assert.Equal(length.Get, Snappy.Decompress(bytes, length.Get).Length);
        }
        catch (ParquetException)
        {
            // What it is for.
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Hybrid_AnyValues_DecodeToTheSame() => Prop.ForAll<NonNegativeInt[], byte>((numbers, repeat) =>
    {
        int[] values = [.. numbers.SelectMany(n => Enumerable.Repeat(n.Get, 1 + (n.Get % (1 + repeat))))];
        int max = values.Append(0).Max();
        var encoded = new ByteBuffer();
        Hybrid.Encode(values, Hybrid.BitWidth(max), encoded);
        int[] decoded = new int[values.Length];
        Hybrid.Decode(encoded.Span, Hybrid.BitWidth(max), max, decoded);
        Assert.Equal(values, decoded);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Hybrid_MillionEqualLevels_TakeAFewBytes()
    {
        var encoded = new ByteBuffer();
        Hybrid.Encode(Enumerable.Repeat(1, 1_000_000).ToArray(), bitWidth: 1, encoded);
        Assert.InRange(encoded.Length, 1, 8);
    }

    [Fact]
    public void Hybrid_ValueAboveTheMaximum_Throws()
    {
        var encoded = new ByteBuffer();
        Hybrid.Encode([3, 3, 3], bitWidth: 2, encoded);
        Assert.Throws<ParquetException>(() => Hybrid.Decode(encoded.Span, 2, maxValue: 2, new int[3]));
    }

    private static void AssertSnappyRoundTrip(byte[] bytes)
    {
        var compressed = new ByteBuffer();
        Snappy.Compress(bytes, compressed);
        Assert.Equal(bytes, Snappy.Decompress(compressed.Span, bytes.Length));
    }
}

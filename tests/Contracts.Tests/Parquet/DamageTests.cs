using System.Buffers.Binary;
using Parquet;
using Parquet.Serialization;

namespace Tidemark.Contracts.Tests.Parquet;

/// <summary>Damaged files fail with an exception of the reader, soon, and without taking memory for what they merely claim.</summary>
public class DamageTests
{
    private const long MemoryLimit = 64L << 20;

    [Fact]
    public async Task DeserializeAsync_TruncatedAnywhere_Throws()
    {
        byte[] file = await FileAsync();
        for (int length = 0; length < file.Length; length += 3)
        {
            await Assert.ThrowsAnyAsync<Exception>(() => ReadAsync(file[..length]));
        }
    }

    [Fact]
    public async Task DeserializeAsync_TruncatedWithAnEnding_ThrowsAReadersException()
    {
        byte[] file = await FileAsync();
        for (int length = 4; length < file.Length; length += 3)
        {
            await AssertReadsOrFailsAsync([.. file[..length], 50, 0, 0, 0, .. "PAR1"u8]);
        }
    }

    [Theory]
    [InlineData(CompressionMethod.None, 1, 4)]
    [InlineData(CompressionMethod.Snappy, 2, 1)]
    [InlineData(CompressionMethod.Gzip, 3, 4)]
    [InlineData(CompressionMethod.Brotli, 4, 4)]
    public async Task DeserializeAsync_AByteChanged_ReadsOrThrowsAReadersException(CompressionMethod method, int seed, int step)
    {
        byte[] file = await FileAsync(method);
        var random = new Random(seed);
        for (int i = 0; i < file.Length; i += step)
        {
            byte[] damaged = [.. file];
            damaged[i] ^= (byte)random.Next(1, 256);
            await AssertReadsOrFailsAsync(damaged);
        }
    }

    [Fact]
    public async Task DeserializeAsync_ManyBytesChanged_ReadsOrThrowsAReadersException()
    {
        byte[] file = await FileAsync();
        var random = new Random(5);
        for (int round = 0; round < 2000; round++)
        {
            byte[] damaged = [.. file];
            for (int i = 0; i < 4; i++)
            {
                damaged[random.Next(4, file.Length - 8)] = (byte)random.Next(256);
            }

            await AssertReadsOrFailsAsync(damaged);
        }
    }

    [Fact]
    public async Task DeserializeAsync_Garbage_ThrowsThatItIsNotParquet()
    {
        byte[] garbage = new byte[1000];
        new Random(1).NextBytes(garbage);
        IOException error = await Assert.ThrowsAsync<IOException>(() => ReadAsync(garbage));
        Assert.Contains("not a parquet file", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    [InlineData(0)]
    public async Task DeserializeAsync_FooterOfAnImpossibleLength_Throws(int length)
    {
        byte[] file = await FileAsync();
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(file.Length - 8), length);
        await Assert.ThrowsAsync<ParquetException>(() => ReadAsync(file));
    }

    private static async Task AssertReadsOrFailsAsync(byte[] file)
    {
        // Reading from memory never waits, so all of it happens on this thread.
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            await ReadAsync(file);
        }
        catch (Exception e) when (e is ParquetException or IOException or InvalidDataException or InvalidCastException or NotSupportedException)
        {
            // A reader's exception: IOException covers the end of the stream, the others say what does not fit.
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MemoryLimit);
    }

    private static async Task ReadAsync(byte[] file) => await ParquetSerializer.DeserializeAsync<MetricRow>(new MemoryStream(file));

    private static async Task<byte[]> FileAsync(CompressionMethod method = CompressionMethod.Snappy)
    {
        using var file = new MemoryStream();
        var options = new ParquetOptions { CompressionMethod = method };
        await ParquetSerializer.SerializeAsync(Enumerable.Range(0, 20).Select(i => MetricRows.Full(i)), file, options);
        return file.ToArray();
    }
}

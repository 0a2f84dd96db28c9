using System.IO.Compression;
using Parquet.Meta;
using Parquet.Thrift;

namespace Parquet.Compression;

/// <summary>The compression of pages: none, Snappy, gzip and Brotli.</summary>
internal static class Codecs
{
    /// <summary>What a compressed byte can expand to at most (Snappy: 64 from 3; deflate: 258 from 2 bits), with some room.</summary>
    private const int MaxSnappyRatio = 32;
    private const int MaxDeflateRatio = 1100;
    private const int RatioSlack = 1024;

    public static bool IsSupported(CompressionCodec codec) =>
        codec is CompressionCodec.UNCOMPRESSED or CompressionCodec.SNAPPY or CompressionCodec.GZIP or CompressionCodec.BROTLI;

    public static void Compress(CompressionCodec codec, CompressionLevel level, ReadOnlySpan<byte> input, ByteBuffer output)
    {
        switch (codec)
        {
            case CompressionCodec.UNCOMPRESSED:
                output.Write(input);
                break;
            case CompressionCodec.SNAPPY:
                Snappy.Compress(input, output);
                break;
            case CompressionCodec.GZIP or CompressionCodec.BROTLI:
                using (var memory = new MemoryStream())
                {
                    using (Stream stream = codec == CompressionCodec.GZIP
                        ? new GZipStream(memory, level, leaveOpen: true)
                        : new BrotliStream(memory, level, leaveOpen: true))
                    {
                        stream.Write(input);
                    }

                    output.Write(memory.GetBuffer().AsSpan(0, (int)memory.Length));
                }

                break;
            default:
                throw new NotSupportedException($"compression with {codec} is not supported");
        }
    }

    /// <summary>Decompresses to exactly <paramref name="length"/> bytes; memory follows the input, not what the file claims.</summary>
    public static byte[] Decompress(CompressionCodec codec, ReadOnlyMemory<byte> input, int length)
    {
        switch (codec)
        {
            case CompressionCodec.UNCOMPRESSED:
                return input.Length == length ? input.ToArray() : throw WrongLength(length);
            case CompressionCodec.SNAPPY:
                CheckRatio(input.Length, length, MaxSnappyRatio);
                return Snappy.Decompress(input.Span, length);
            case CompressionCodec.GZIP:
                CheckRatio(input.Length, length, MaxDeflateRatio);
                return Inflate(new GZipStream(AsStream(input), CompressionMode.Decompress), length);
            case CompressionCodec.BROTLI:
                return Inflate(new BrotliStream(AsStream(input), CompressionMode.Decompress), length);
            default:
                throw new NotSupportedException($"compression with {codec} is not supported");
        }
    }

    private static MemoryStream AsStream(ReadOnlyMemory<byte> input) => new(input.ToArray(), writable: false);

    private static byte[] Inflate(Stream stream, int length)
    {
        using (stream)
        {
            var output = new ByteBuffer(Math.Min(length, 1 << 16) + 1);
            try
            {
                for (int read = -1; read != 0 && output.Length <= length;)
                {
                    // One byte more than expected shows that the data are too long.
                    int wanted = Math.Min(1 << 16, length - output.Length + 1);
                    read = stream.Read(output.Append(wanted));
                    output.Trim(wanted - read);
                }
            }
            catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
            {
                throw new ParquetException("the file is corrupt: a page cannot be decompressed", e);
            }

            return output.Length == length ? output.Span.ToArray() : throw WrongLength(length);
        }
    }

    private static void CheckRatio(int compressed, int length, int ratio)
    {
        if (length > ((long)compressed * ratio) + RatioSlack)
        {
            throw WrongLength(length);
        }
    }

    private static ParquetException WrongLength(int length) =>
        new($"the file is corrupt: a page does not decompress to the {length} bytes that it claims");
}

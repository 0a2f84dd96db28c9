using System.Buffers.Binary;
using Parquet.Thrift;

namespace Parquet.Encodings;

/// <summary>The delta encodings of parquet-format's Encodings.md, decoded into PLAIN bytes. Other writers use them; this one does not.</summary>
internal static class Delta
{
    private const int MaxBlockValues = 1 << 20;

    /// <summary>DELTA_BINARY_PACKED integers as little-endian numbers of <paramref name="width"/> bytes.</summary>
    public static byte[] IntegersToPlain(ReadOnlySpan<byte> data, int count, int width)
    {
        var reader = new ByteReader(data);
        long[] values = ReadIntegers(ref reader, count);
        byte[] plain = new byte[checked(values.Length * width)];
        for (int i = 0; i < values.Length; i++)
        {
            if (width == sizeof(int))
            {
                BinaryPrimitives.WriteInt32LittleEndian(plain.AsSpan(i * width), (int)values[i]);
            }
            else
            {
                BinaryPrimitives.WriteInt64LittleEndian(plain.AsSpan(i * width), values[i]);
            }
        }

        return plain;
    }

    /// <summary>DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes.</summary>
    public static byte[] ByteArraysToPlain(ReadOnlySpan<byte> data, int count)
    {
        var reader = new ByteReader(data);
        long[] lengths = ReadIntegers(ref reader, count);
        var plain = new ByteBuffer(data.Length + (lengths.Length * sizeof(int)));
        foreach (long length in lengths)
        {
            ReadOnlySpan<byte> bytes = reader.ReadBytes(ToLength(length));
            plain.WriteInt32(bytes.Length);
            plain.Write(bytes);
        }

        return plain.Span.ToArray();
    }

    /// <summary>DELTA_BYTE_ARRAY: how much each value shares with the one before, then the rest of each.</summary>
    public static byte[] SharedPrefixesToPlain(ReadOnlySpan<byte> data, int count, bool isFixedLength, long maxBytes)
    {
        var reader = new ByteReader(data);
        long[] prefixes = ReadIntegers(ref reader, count);
        long[] lengths = ReadIntegers(ref reader, count);
        if (prefixes.Length != lengths.Length)
        {
            throw new ParquetException("the file is corrupt: prefixes and suffixes differ in number");
        }

        var plain = new ByteBuffer(data.Length);
        byte[] value = [];
        for (int i = 0; i < prefixes.Length; i++)
        {
            int prefix = ToLength(prefixes[i]);
            ReadOnlySpan<byte> suffix = reader.ReadBytes(ToLength(lengths[i]));
            if (prefix > value.Length || plain.Length + (long)prefix + suffix.Length > maxBytes)
            {
                throw new ParquetException("the file is corrupt: a shared prefix is too long");
            }

            byte[] next = [.. value.AsSpan(0, prefix), .. suffix];
            if (!isFixedLength)
            {
                plain.WriteInt32(next.Length);
            }

            plain.Write(next);
            value = next;
        }

        return plain.Span.ToArray();
    }

    private static long[] ReadIntegers(ref ByteReader reader, int maxCount)
    {
        int blockValues = reader.ReadCount(MaxBlockValues, "a delta block's size");
        int miniblocks = reader.ReadCount(MaxBlockValues, "a delta block's number of parts");
        int total = reader.ReadCount(maxCount, "a delta page's number of values");
        long value = reader.ReadZigZag();
        if (miniblocks == 0 || blockValues % miniblocks != 0 || blockValues / miniblocks % 32 != 0 || blockValues == 0)
        {
            throw new ParquetException($"the file is corrupt: delta blocks of {blockValues} values in {miniblocks} parts");
        }

        long[] values = new long[total];
        if (total > 0)
        {
            values[0] = value;
        }

        for (int done = Math.Min(1, total); done < total;)
        {
            done = ReadBlock(ref reader, values, done, miniblocks, blockValues / miniblocks);
        }

        return values;
    }

    private static int ReadBlock(ref ByteReader reader, long[] values, int done, int miniblocks, int miniblockValues)
    {
        long minDelta = reader.ReadZigZag();
        ReadOnlySpan<byte> widths = reader.ReadBytes(miniblocks);
        for (int m = 0; m < miniblocks && done < values.Length; m++)
        {
            int width = widths[m];
            if (width > 64)
            {
                throw new ParquetException($"the file is corrupt: a delta of {width} bits");
            }

            ReadOnlySpan<byte> packed = reader.ReadBytes(miniblockValues / 8 * width);
            int count = Math.Min(miniblockValues, values.Length - done);
            for (int i = 0; i < count; i++, done++)
            {
                // Deltas wrap around by definition.
                values[done] = unchecked(values[done - 1] + minDelta + (long)Bits.Read(packed, (long)i * width, width));
            }
        }

        return done;
    }

    private static int ToLength(long value) =>
        value is >= 0 and <= int.MaxValue ? (int)value : throw new ParquetException($"the file is corrupt: a length of {value}");
}

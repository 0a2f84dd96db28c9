using System.Buffers.Binary;
using System.Numerics;
using Parquet.Thrift;

namespace Parquet.Compression;

/// <summary>
/// Snappy's raw format (google/snappy, format_description.txt): the length as a variable-length number, then literals and copies.
/// The encoder is the greedy one: a hash table over four bytes, per block of 64 KiB, so that a copy's offset fits two bytes.
/// </summary>
internal static class Snappy
{
    private const int BlockBytes = 1 << 16;
    private const int MinMatch = 4;
    private const int MaxCopy = 64;
    private const int TableBits = 13;

    /// <summary>The last bytes of a block are always a literal, so that four bytes can be read at any position that is tried.</summary>
    private const int Margin = 15;

    public static void Compress(ReadOnlySpan<byte> input, ByteBuffer output)
    {
        output.WriteVarint((ulong)input.Length);
        Span<ushort> table = stackalloc ushort[1 << TableBits];
        while (!input.IsEmpty)
        {
            ReadOnlySpan<byte> block = input[..Math.Min(BlockBytes, input.Length)];
            table.Clear();
            CompressBlock(block, table, output);
            input = input[block.Length..];
        }
    }

    /// <summary>Decompresses to exactly <paramref name="length"/> bytes.</summary>
    /// <exception cref="ParquetException">The data are corrupt or of another length.</exception>
    public static byte[] Decompress(ReadOnlySpan<byte> input, int length)
    {
        var reader = new ByteReader(input);
        if (reader.ReadVarint() != (ulong)length)
        {
            throw new ParquetException("the file is corrupt: a Snappy block is of another length than its page");
        }

        byte[] output = new byte[length];
        int position = 0;
        while (reader.Remaining > 0)
        {
            byte tag = reader.ReadByte();
            position += (tag & 3) == 0
                ? CopyLiteral(ref reader, tag, output.AsSpan(position))
                : CopyBack(ref reader, tag, output, position);
        }

        return position == length ? output : throw new ParquetException("the file is corrupt: a Snappy block ends too early");
    }

    private static void CompressBlock(ReadOnlySpan<byte> block, Span<ushort> table, ByteBuffer output)
    {
        int literalStart = 0;
        int limit = block.Length - Margin;
        int position = 1; // An entry of 0 is both "empty" and "position 0"; comparing the bytes tells which.
        int misses = 32;
        while (position < limit)
        {
            uint word = BinaryPrimitives.ReadUInt32LittleEndian(block[position..]);
            ref ushort slot = ref table[(int)((word * 0x1E35A7BD) >> (32 - TableBits))];
            int candidate = slot;
            slot = (ushort)position;
            if (BinaryPrimitives.ReadUInt32LittleEndian(block[candidate..]) != word)
            {
                // The longer nothing matches, the bigger the steps: incompressible data pass quickly.
                position += misses++ >> 5;
                continue;
            }

            WriteLiteral(block[literalStart..position], output);
            int length = MinMatch + block[(position + MinMatch)..].CommonPrefixLength(block[(candidate + MinMatch)..]);
            WriteCopy(position - candidate, length, output);
            position += length;
            literalStart = position;
            misses = 32;
        }

        WriteLiteral(block[literalStart..], output);
    }

    private static void WriteLiteral(ReadOnlySpan<byte> bytes, ByteBuffer output)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        int n = bytes.Length - 1;
        if (n < 60)
        {
            output.WriteByte((byte)(n << 2));
        }
        else
        {
            int lengthBytes = (BitOperations.Log2((uint)n) / 8) + 1;
            output.WriteByte((byte)((59 + lengthBytes) << 2));
            for (int i = 0; i < lengthBytes; i++)
            {
                output.WriteByte((byte)(n >> (8 * i)));
            }
        }

        output.Write(bytes);
    }

    private static void WriteCopy(int offset, int length, ByteBuffer output)
    {
        // Keep at least four for the last piece: the short form of a copy holds 4 to 11.
        while (length >= MaxCopy + MinMatch)
        {
            WriteLongCopy(offset, MaxCopy, output);
            length -= MaxCopy;
        }

        if (length > MaxCopy)
        {
            WriteLongCopy(offset, MaxCopy - MinMatch, output);
            length -= MaxCopy - MinMatch;
        }

        if (length < 12 && offset < 2048)
        {
            output.WriteByte((byte)(1 | ((length - MinMatch) << 2) | ((offset >> 8) << 5)));
            output.WriteByte((byte)offset);
        }
        else
        {
            WriteLongCopy(offset, length, output);
        }
    }

    private static void WriteLongCopy(int offset, int length, ByteBuffer output)
    {
        output.WriteByte((byte)(2 | ((length - 1) << 2)));
        output.WriteByte((byte)offset);
        output.WriteByte((byte)(offset >> 8));
    }

    private static int CopyLiteral(ref ByteReader reader, byte tag, Span<byte> output)
    {
        uint n = (uint)(tag >> 2);
        if (n >= 60)
        {
            ReadOnlySpan<byte> bytes = reader.ReadBytes((int)n - 59);
            n = 0;
            for (int i = bytes.Length - 1; i >= 0; i--)
            {
                n = (n << 8) | bytes[i];
            }
        }

        if (n >= (uint)output.Length)
        {
            throw new ParquetException("the file is corrupt: a Snappy literal passes the end of its block");
        }

        reader.ReadBytes((int)n + 1).CopyTo(output);
        return (int)n + 1;
    }

    private static int CopyBack(ref ByteReader reader, byte tag, byte[] output, int position)
    {
        (int length, uint offset) = (tag & 3) switch
        {
            1 => (((tag >> 2) & 7) + MinMatch, ((uint)(tag >> 5) << 8) | reader.ReadByte()),
            2 => ((tag >> 2) + 1, BinaryPrimitives.ReadUInt16LittleEndian(reader.ReadBytes(2))),
            _ => ((tag >> 2) + 1, BinaryPrimitives.ReadUInt32LittleEndian(reader.ReadBytes(4))),
        };
        if (offset == 0 || offset > (uint)position || length > output.Length - position)
        {
            throw new ParquetException("the file is corrupt: a Snappy copy points outside its block");
        }

        int source = position - (int)offset;
        if (length <= (int)offset)
        {
            output.AsSpan(source, length).CopyTo(output.AsSpan(position));
            return length;
        }

        // The copy overlaps its own output: this is how runs repeat, so byte by byte.
        for (int i = 0; i < length; i++)
        {
            output[position + i] = output[source + i];
        }

        return length;
    }
}

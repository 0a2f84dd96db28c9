using System.Numerics;
using Parquet.Thrift;

namespace Parquet.Encodings;

/// <summary>The hybrid of run lengths and bit packing (RLE in parquet-format's Encodings.md): levels, dictionary indexes, booleans.</summary>
internal static class Hybrid
{
    private const int Group = 8;

    public static int BitWidth(int maxValue) => maxValue == 0 ? 0 : BitOperations.Log2((uint)maxValue) + 1;

    public static void Encode(ReadOnlySpan<int> values, int bitWidth, ByteBuffer output)
    {
        int literalStart = 0;
        int position = 0;
        while (position < values.Length)
        {
            // Literals come in whole groups, so a run can start only where a group ends.
            int run = RunLength(values[position..]);
            if (run >= Group)
            {
                WriteLiterals(values[literalStart..position], bitWidth, output);
                WriteRun(values[position], run, bitWidth, output);
                position += run;
                literalStart = position;
            }
            else
            {
                position = Math.Min(position + Group, values.Length);
            }
        }

        WriteLiterals(values[literalStart..], bitWidth, output);
    }

    /// <summary>Fills all of <paramref name="values"/>.</summary>
    /// <exception cref="ParquetException">The data end early or hold a value above <paramref name="maxValue"/>.</exception>
    public static void Decode(ReadOnlySpan<byte> data, int bitWidth, int maxValue, Span<int> values)
    {
        if (bitWidth > 32)
        {
            throw new ParquetException($"the file is corrupt: a bit width of {bitWidth}");
        }

        var reader = new ByteReader(data);
        while (!values.IsEmpty)
        {
            ulong header = reader.ReadVarint();
            bool isLiteral = (header & 1) == 1;
            long count = (long)Math.Min(header >> 1, int.MaxValue) * (isLiteral ? Group : 1);
            Span<int> part = values[..(int)Math.Min(count, values.Length)];
            if (isLiteral)
            {
                // The last group may be cut off after the bytes that hold values.
                int bytes = (int)Math.Min(count * bitWidth / 8, reader.Remaining);
                Unpack(reader.ReadBytes(bytes), bitWidth, part);
            }
            else
            {
                part.Fill(ReadRunValue(ref reader, bitWidth));
            }

            CheckMax(part, maxValue);
            values = values[part.Length..];
        }
    }

    private static int RunLength(ReadOnlySpan<int> values)
    {
        int differs = values.IndexOfAnyExcept(values[0]);
        return differs < 0 ? values.Length : differs;
    }

    private static void WriteRun(int value, int count, int bitWidth, ByteBuffer output)
    {
        output.WriteVarint((ulong)count << 1);
        for (int shift = 0; shift < bitWidth; shift += 8)
        {
            output.WriteByte((byte)(value >> shift));
        }
    }

    private static void WriteLiterals(ReadOnlySpan<int> values, int bitWidth, ByteBuffer output)
    {
        if (values.IsEmpty)
        {
            return;
        }

        int groups = (values.Length + Group - 1) / Group;
        output.WriteVarint(((ulong)groups << 1) | 1);
        Span<byte> packed = output.Append(groups * bitWidth);
        packed.Clear();
        long bit = 0;
        foreach (int value in values)
        {
            for (int i = 0; i < bitWidth; i++, bit++)
            {
                packed[(int)(bit >> 3)] |= (byte)(((value >> i) & 1) << (int)(bit & 7));
            }
        }
    }

    private static int ReadRunValue(ref ByteReader reader, int bitWidth)
    {
        int value = 0;
        for (int shift = 0; shift < bitWidth; shift += 8)
        {
            value |= reader.ReadByte() << shift;
        }

        return value;
    }

    private static void Unpack(ReadOnlySpan<byte> packed, int bitWidth, Span<int> values)
    {
        if ((long)values.Length * bitWidth > packed.Length * 8L)
        {
            throw new ParquetException("the file is corrupt: bit-packed values end too early");
        }

        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (int)Bits.Read(packed, (long)i * bitWidth, bitWidth);
        }
    }

    private static void CheckMax(ReadOnlySpan<int> values, int maxValue)
    {
        foreach (int value in values)
        {
            if ((uint)value > (uint)maxValue)
            {
                throw new ParquetException($"the file is corrupt: a level or an index of {(uint)value} where {maxValue} is the greatest");
            }
        }
    }
}

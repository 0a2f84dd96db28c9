using System.Buffers.Binary;

namespace Parquet.Thrift;

/// <summary>Reads forward in bytes that may be damaged: every read is checked against what is left.</summary>
internal ref struct ByteReader
{
    private readonly ReadOnlySpan<byte> _data;

    public ByteReader(ReadOnlySpan<byte> data) => _data = data;

    public int Position { get; private set; }

    public readonly int Remaining => _data.Length - Position;

    public readonly ReadOnlySpan<byte> Rest => _data[Position..];

    public ReadOnlySpan<byte> ReadBytes(int count)
    {
        if (count < 0 || count > Remaining)
        {
            throw new ParquetException($"the file is corrupt: {count} bytes expected where {Remaining} are left");
        }

        ReadOnlySpan<byte> bytes = _data.Slice(Position, count);
        Position += count;
        return bytes;
    }

    public byte ReadByte() => ReadBytes(1)[0];

    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(ReadBytes(sizeof(int)));

    public ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte b = ReadByte();
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        throw new ParquetException("the file is corrupt: a number of more than 64 bits");
    }

    public long ReadZigZag()
    {
        ulong value = ReadVarint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>A variable-length number that must lie in 0..<paramref name="max"/>.</summary>
    public int ReadCount(int max, string what)
    {
        ulong value = ReadVarint();
        if (value > (ulong)max)
        {
            throw new ParquetException($"the file is corrupt: {what} is {value}, more than the {max} that is possible");
        }

        return (int)value;
    }
}

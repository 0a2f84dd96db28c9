using System.Buffers.Binary;

namespace Parquet.Thrift;

/// <summary>A growing array of bytes. Lengths are checked: a page that would pass 2 GiB is an error, not a wrapped number.</summary>
internal sealed class ByteBuffer
{
    private byte[] _bytes;

    public ByteBuffer(int capacity = 256) => _bytes = new byte[capacity];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Length);

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Appends <paramref name="count"/> bytes, whose content is the caller's to set.</summary>
    public Span<byte> Append(int count)
    {
        int needed = checked(Length + count);
        if (needed > _bytes.Length)
        {
            long doubled = Math.Min(2L * _bytes.Length, Array.MaxLength);
            Array.Resize(ref _bytes, (int)Math.Max(doubled, needed));
        }

        Span<byte> added = _bytes.AsSpan(Length, count);
        Length = needed;
        return added;
    }

    public void Write(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Append(bytes.Length));

    public void WriteByte(byte value) => Append(1)[0] = value;

    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Append(sizeof(int)), value);

    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Append(sizeof(long)), value);

    public void WriteVarint(ulong value)
    {
        while (value >= 0x80)
        {
            WriteByte((byte)(value | 0x80));
            value >>= 7;
        }

        WriteByte((byte)value);
    }

    /// <summary>Gives back the last <paramref name="count"/> bytes.</summary>
    public void Trim(int count) => Length -= count;

    /// <summary>Sets a little-endian length that was left open at <paramref name="position"/>.</summary>
    public void PatchInt32(int position, int value) => BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(position), value);
}

using System.Buffers.Binary;

namespace Tidemark.Core.Metrics;

/// <summary>Writes the values of the binary form into a growing buffer.</summary>
internal sealed class ByteWriter(int capacity)
{
    private byte[] _buffer = new byte[capacity];
    private int _used;
    private ulong _bits;
    private int _bitCount;

    /// <summary>The bytes written so far.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _used);

    /// <summary>The size of the buffer in bytes.</summary>
    public int Capacity => _buffer.Length;

    /// <summary>Discards the content and keeps the buffer.</summary>
    public void Clear()
    {
        _used = 0;
        _bits = 0;
        _bitCount = 0;
    }

    /// <summary>Appends one byte.</summary>
    public void Byte(byte value) => Take(1)[0] = value;

    /// <summary>Appends bytes verbatim.</summary>
    public void Bytes(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    /// <summary>Appends 8 bytes, little-endian.</summary>
    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Take(8), value);

    /// <summary>Appends a number of at least 0 in groups of 7 bits, lowest first (LEB128).</summary>
    public void VarInt(long value)
    {
        Groups((ulong)value);
    }

    /// <summary>Appends a number of either sign as <see cref="VarInt"/>: 0, -1, 1, -2, ... (ZigZag).</summary>
    public void Signed(long value)
    {
        Groups(unchecked((ulong)((value << 1) ^ (value >> 63))));
    }

    private void Groups(ulong rest)
    {
        for (; rest >= 0x80; rest >>= 7)
        {
            Byte((byte)((rest & 0x7F) | 0x80));
        }

        Byte((byte)rest);
    }

    /// <summary>Appends the low bits of a value to a bit series, which <see cref="Flush"/> ends.</summary>
    /// <param name="value">The value; no bit above <paramref name="count"/> is set.</param>
    /// <param name="count">The number of bits, 0 to 63.</param>
    public void Bits(ulong value, int count)
    {
        unchecked
        {
            _bits |= value << _bitCount;
            int room = 64 - _bitCount;
            if (count < room)
            {
                _bitCount += count;
                return;
            }

            UInt64(_bits);
            _bits = room == 64 ? 0 : value >> room;
            _bitCount = count - room;
        }
    }

    /// <summary>Ends a bit series with zeros up to the next byte.</summary>
    public void Flush()
    {
        for (; _bitCount > 0; _bitCount -= 8)
        {
            Byte((byte)(_bits & 0xFF));
            _bits >>= 8;
        }

        _bits = 0;
        _bitCount = 0;
    }

    /// <summary>Appends a span of uninitialised bytes, which the caller fills in before the next write.</summary>
    public Span<byte> Take(int bytes)
    {
        if (_buffer.Length - _used < bytes)
        {
            long wanted = Math.Max(_buffer.Length * 2L, (long)_used + bytes);
            Array.Resize(ref _buffer, (int)Math.Min(wanted, Array.MaxLength));
        }

        Span<byte> taken = _buffer.AsSpan(_used, bytes);
        _used += bytes;
        return taken;
    }
}

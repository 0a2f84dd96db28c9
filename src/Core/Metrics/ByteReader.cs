using System.Buffers.Binary;
using System.Numerics;

namespace Tidemark.Core.Metrics;

/// <summary>Reads the output of <see cref="ByteWriter"/> and validates every value.</summary>
internal ref struct ByteReader(ReadOnlySpan<byte> source)
{
    private readonly ReadOnlySpan<byte> _source = source;
    private int _position;
    private ulong _bits;
    private int _bitCount;

    /// <summary>The number of bytes not read yet.</summary>
    public readonly int Remaining => _source.Length - _position;

    /// <summary>Reads one byte.</summary>
    public byte Byte(string what) => Bytes(1, what)[0];

    /// <summary>Reads 8 bytes, little-endian.</summary>
    public ulong UInt64(string what) => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8, what));

    /// <summary>Reads <paramref name="count"/> bytes.</summary>
    public ReadOnlySpan<byte> Bytes(int count, string what)
    {
        if (Remaining < count)
        {
            throw new InvalidDataException($"Truncated accumulator: expected {count} bytes of {what} at offset {_position}, found {Remaining}.");
        }

        ReadOnlySpan<byte> bytes = _source.Slice(_position, count);
        _position += count;
        return bytes;
    }

    /// <summary>Reads a number of 0 to <paramref name="max"/>, which must be in its shortest form.</summary>
    public long VarInt(long max, string what)
    {
        int start = _position;
        ulong value = 0;
        for (int shift = 0; shift < 63; shift += 7)
        {
            byte next = Byte(what);
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                if ((next == 0 && shift > 0) || value > (ulong)max)
                {
                    throw new InvalidDataException(
                        $"Corrupt accumulator: expected {what} of 0 to {max} in its shortest form at offset {start}, found {value}.");
                }

                return (long)value;
            }
        }

        throw new InvalidDataException($"Corrupt accumulator: expected {what} of at most 63 bits at offset {start}, found more.");
    }

    /// <summary>Reads the output of <see cref="ByteWriter.Signed"/>.</summary>
    public long Signed(string what)
    {
        int start = _position;
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte next = Byte(what);
            value |= shift < 63 || next <= 1 ? unchecked((ulong)(next & 0x7F) << shift)
                : throw new InvalidDataException($"Corrupt accumulator: expected {what} of at most 64 bits at offset {start}, found more.");
            if (next < 0x80)
            {
                return unchecked((long)(value >> 1) ^ -(long)(value & 1));
            }
        }

        throw new InvalidDataException($"Corrupt accumulator: expected {what} of at most 64 bits at offset {start}, found more.");
    }

    /// <summary>Reads the next bits of a bit series.</summary>
    /// <param name="count">The number of bits, 0 to 63.</param>
    /// <param name="what">The name of the value in error messages.</param>
    public ulong Bits(int count, string what)
    {
        unchecked
        {
            ulong value = 0;
            int done = 0;
            while (done < count)
            {
                Fill(what);
                int take = Math.Min(count - done, _bitCount);
                value |= (_bits & (take == 64 ? ulong.MaxValue : (1UL << take) - 1)) << done;
                Drop(take);
                done += take;
            }

            return value;
        }
    }

    /// <summary>Reads the zeros of a bit series up to and including the next one bit, and returns the number of zeros.</summary>
    public long Zeros(string what)
    {
        long zeros = 0;
        for (; ; )
        {
            Fill(what);
            int run = Math.Min(BitOperations.TrailingZeroCount(_bits), _bitCount);
            zeros += run;
            if (run < _bitCount)
            {
                Drop(run + 1);
                return zeros;
            }

            Drop(run);
        }
    }

    /// <summary>Ends a bit series and returns whole bytes that were read ahead.</summary>
    public void Flush(string what)
    {
        _position -= _bitCount / 8;
        if ((_bits & ((1UL << (_bitCount % 8)) - 1)) != 0)
        {
            throw new InvalidDataException($"Corrupt accumulator: expected zeros after {what} before offset {_position}, found other bits.");
        }

        _bits = 0;
        _bitCount = 0;
    }

    private void Fill(string what)
    {
        if (_bitCount > 0)
        {
            return;
        }

        if (Remaining >= 8)
        {
            _bits = UInt64(what);
            _bitCount = 64;
        }
        else
        {
            _bits = Byte(what);
            _bitCount = 8;
        }
    }

    private void Drop(int bits)
    {
        _bits = bits == 64 ? 0 : _bits >> bits;
        _bitCount -= bits;
    }
}

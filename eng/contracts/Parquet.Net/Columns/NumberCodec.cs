using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Parquet.Thrift;

namespace Parquet.Columns;

/// <summary>Numbers that the file holds as memory does, little-endian.</summary>
internal sealed class NumberCodec<T> : ValueCodec<T>
    where T : unmanaged, INumber<T>, IMinMaxValue<T>
{
    public override int MinBits => Unsafe.SizeOf<T>() * 8;

    public override (byte[] Min, byte[] Max)? Write(ReadOnlySpan<T> values, ByteBuffer output)
    {
        output.Write(MemoryMarshal.AsBytes(values));
        return Bounds(values);
    }

    public override void Read(ref ByteReader input, Span<T> values)
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(values);
        input.ReadBytes(bytes.Length).CopyTo(bytes);
    }

    private static (byte[] Min, byte[] Max)? Bounds(ReadOnlySpan<T> values)
    {
        if (values.IsEmpty)
        {
            return null;
        }

        T min = values[0];
        T max = min;
        foreach (T value in values)
        {
            // Not a number has no place in the order: the format says to leave the bounds out then.
            if (T.IsNaN(value))
            {
                return null;
            }

            min = value < min ? value : min;
            max = value > max ? value : max;
        }

        // -0 and +0 are equal but their bytes are not: the format wants the bounds to cover both.
        if (typeof(T) == typeof(double) || typeof(T) == typeof(float))
        {
            min = min == T.Zero ? -T.Zero : min;
            max = max == T.Zero ? T.Zero : max;
        }

        return (ToBytes(min), ToBytes(max));
    }

    private static byte[] ToBytes(T value) => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();
}

using Parquet.Thrift;

namespace Parquet.Columns;

/// <summary>Booleans, eight to a byte, the lowest bit first.</summary>
internal sealed class BooleanCodec : ValueCodec<bool>
{
    public override int MinBits => 1;

    public override (byte[] Min, byte[] Max)? Write(ReadOnlySpan<bool> values, ByteBuffer output)
    {
        Span<byte> packed = output.Append((values.Length + 7) / 8);
        packed.Clear();
        for (int i = 0; i < values.Length; i++)
        {
            packed[i >> 3] |= (byte)((values[i] ? 1 : 0) << (i & 7));
        }

        return values.IsEmpty ? null : ([(byte)(values.Contains(false) ? 0 : 1)], [(byte)(values.Contains(true) ? 1 : 0)]);
    }

    public override void Read(ref ByteReader input, Span<bool> values)
    {
        ReadOnlySpan<byte> packed = input.ReadBytes((values.Length + 7) / 8);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = ((packed[i >> 3] >> (i & 7)) & 1) == 1;
        }
    }
}

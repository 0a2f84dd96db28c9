using Parquet.Thrift;

namespace Parquet.Columns;

/// <summary>UTF-8 text with its length. The bounds are those of the bytes, which is the format's order, and not that of UTF-16.</summary>
internal sealed class StringCodec : ValueCodec<string>
{
    public override int MinBits => 32;

    public override (byte[] Min, byte[] Max)? Write(ReadOnlySpan<string> values, ByteBuffer output)
    {
        (int Start, int Length) min = (-1, 0);
        (int Start, int Length) max = (-1, 0);
        foreach (string value in values)
        {
            output.WriteInt32(0);
            int start = output.Length;
            Span<byte> room = output.Append(System.Text.Encoding.UTF8.GetMaxByteCount(value.Length));
            int length = System.Text.Encoding.UTF8.GetBytes(value, room);
            output.Trim(room.Length - length);
            output.PatchInt32(start - sizeof(int), length);

            ReadOnlySpan<byte> all = output.Span;
            ReadOnlySpan<byte> bytes = all.Slice(start, length);
            if (min.Start < 0 || bytes.SequenceCompareTo(all.Slice(min.Start, min.Length)) < 0)
            {
                min = (start, length);
            }

            if (max.Start < 0 || bytes.SequenceCompareTo(all.Slice(max.Start, max.Length)) > 0)
            {
                max = (start, length);
            }
        }

        return values.IsEmpty
            ? null
            : (output.Span.Slice(min.Start, min.Length).ToArray(), output.Span.Slice(max.Start, max.Length).ToArray());
    }

    public override void Read(ref ByteReader input, Span<string> values)
    {
        foreach (ref string value in values)
        {
            value = System.Text.Encoding.UTF8.GetString(input.ReadBytes(input.ReadInt32()));
        }
    }
}

/// <summary>Bytes with their length; like the real library it keeps no bounds for them.</summary>
internal sealed class BytesCodec : ValueCodec<byte[]>
{
    public override int MinBits => 32;

    public override (byte[] Min, byte[] Max)? Write(ReadOnlySpan<byte[]> values, ByteBuffer output)
    {
        foreach (byte[] value in values)
        {
            output.WriteInt32(value.Length);
            output.Write(value);
        }

        return null;
    }

    public override void Read(ref ByteReader input, Span<byte[]> values)
    {
        foreach (ref byte[] value in values)
        {
            value = input.ReadBytes(input.ReadInt32()).ToArray();
        }
    }
}

/// <summary>Bytes of one length, of files by other writers.</summary>
internal sealed class FixedBytesCodec(int width) : ValueCodec<byte[]>
{
    public override int MinBits => width > 0 ? width * 8 : throw new ParquetException("the file is corrupt: fixed bytes without a length");

    public override (byte[] Min, byte[] Max)? Write(ReadOnlySpan<byte[]> values, ByteBuffer output) =>
        throw new NotSupportedException("writing bytes of a fixed length is not supported");

    public override void Read(ref ByteReader input, Span<byte[]> values)
    {
        foreach (ref byte[] value in values)
        {
            value = input.ReadBytes(width).ToArray();
        }
    }
}

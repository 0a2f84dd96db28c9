using Parquet.Meta;
using Parquet.Thrift;

namespace Parquet.Encodings;

/// <summary>Brings the encodings that are not PLAIN and not a dictionary to PLAIN, so that each type has one decoder only.</summary>
internal static class PageValues
{
    public static ReadOnlySpan<byte> ToPlain(Meta.Encoding encoding, ReadOnlySpan<byte> data, int count, SchemaElement column)
    {
        Meta.Type? type = column.Type;
        switch (encoding)
        {
            case Meta.Encoding.PLAIN:
                return data;
            case Meta.Encoding.DELTA_BINARY_PACKED when type is Meta.Type.INT32 or Meta.Type.INT64:
                return Delta.IntegersToPlain(data, count, Width(column));
            case Meta.Encoding.DELTA_LENGTH_BYTE_ARRAY when type is Meta.Type.BYTE_ARRAY:
                return Delta.ByteArraysToPlain(data, count);
            case Meta.Encoding.DELTA_BYTE_ARRAY when type is Meta.Type.BYTE_ARRAY or Meta.Type.FIXED_LEN_BYTE_ARRAY:
                return Delta.SharedPrefixesToPlain(data, count, type == Meta.Type.FIXED_LEN_BYTE_ARRAY, ReadLimits.MaxPageBytes);
            case Meta.Encoding.BYTE_STREAM_SPLIT when Width(column) > 0:
                return JoinStreams(data, Width(column));
            case Meta.Encoding.RLE when type is Meta.Type.BOOLEAN:
                return BooleansToPlain(data, count);
            default:
                throw new NotSupportedException($"encoding {encoding} of {type} is not supported");
        }
    }

    /// <summary>Bytes per value, 0 where that varies.</summary>
    private static int Width(SchemaElement column) => column.Type switch
    {
        Meta.Type.INT32 or Meta.Type.FLOAT => 4,
        Meta.Type.INT64 or Meta.Type.DOUBLE => 8,
        Meta.Type.FIXED_LEN_BYTE_ARRAY => column.TypeLength ?? 0,
        _ => 0,
    };

    private static byte[] JoinStreams(ReadOnlySpan<byte> data, int width)
    {
        int count = data.Length / width;
        byte[] plain = new byte[count * width];
        for (int i = 0; i < plain.Length; i++)
        {
            plain[i] = data[(i % width * count) + (i / width)];
        }

        return plain;
    }

    private static byte[] BooleansToPlain(ReadOnlySpan<byte> data, int count)
    {
        var reader = new ByteReader(data);
        int[] values = new int[count];
        Hybrid.Decode(reader.ReadBytes(reader.ReadInt32()), bitWidth: 1, maxValue: 1, values);
        byte[] plain = new byte[(count + 7) / 8];
        for (int i = 0; i < count; i++)
        {
            plain[i >> 3] |= (byte)(values[i] << (i & 7));
        }

        return plain;
    }
}

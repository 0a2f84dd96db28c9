using System.Buffers.Binary;
using System.Numerics;
using Parquet.Meta;
using Parquet.Thrift;

namespace Parquet.Columns;

/// <summary>
/// Decimals as integers scaled by a power of ten: INT32 and INT64 little-endian, bytes big-endian. Digits past the scale are cut off,
/// as the real library does.
/// </summary>
internal sealed class DecimalCodec : ValueCodec<decimal>
{
    private const int MaxDecimalScale = 28;
    private static readonly BigInteger MaxUnscaled = (BigInteger.One << 96) - 1;

    private readonly Meta.Type _type;
    private readonly int _width;
    private readonly int _precision;
    private readonly int _scale;
    private readonly BigInteger _factor;

    private DecimalCodec(Meta.Type type, int width, int precision, int scale)
    {
        (_type, _width, _precision, _scale) = (type, width, precision, scale);
        _factor = BigInteger.Pow(10, scale);
    }

    public override int MinBits => _width == 0 ? 32 : _width * 8;

    /// <summary>The bytes that hold every number of so many digits.</summary>
    public static int BytesFor(int precision)
    {
        BigInteger largest = BigInteger.Pow(10, precision) - 1;
        return largest.GetByteCount();
    }

    public static DecimalCodec? Create(SchemaElement column)
    {
        int precision = column.LogicalType?.DECIMAL?.Precision ?? column.Precision ?? ParquetOptions.DefaultPrecision;
        int scale = column.LogicalType?.DECIMAL?.Scale ?? column.Scale ?? (column.Precision is null ? ParquetOptions.DefaultScale : 0);
        int? width = column.Type switch
        {
            Meta.Type.INT32 => sizeof(int),
            Meta.Type.INT64 => sizeof(long),
            Meta.Type.FIXED_LEN_BYTE_ARRAY when column.TypeLength is > 0 and <= 64 => column.TypeLength,
            Meta.Type.BYTE_ARRAY => 0,
            _ => null,
        };
        return width is { } bytes && scale is >= 0 and <= 64 ? new DecimalCodec(column.Type!.Value, bytes, precision, scale) : null;
    }

    public override (byte[] Min, byte[] Max)? Write(ReadOnlySpan<decimal> values, ByteBuffer output)
    {
        if (values.IsEmpty)
        {
            return null;
        }

        decimal min = values[0];
        decimal max = min;
        foreach (decimal value in values)
        {
            WriteValue(value, output.Append(_width));
            min = Math.Min(min, value);
            max = Math.Max(max, value);
        }

        byte[] minBytes = new byte[_width];
        byte[] maxBytes = new byte[_width];
        WriteValue(min, minBytes);
        WriteValue(max, maxBytes);
        return (minBytes, maxBytes);
    }

    public override void Read(ref ByteReader input, Span<decimal> values)
    {
        foreach (ref decimal value in values)
        {
            value = _type switch
            {
                Meta.Type.INT32 => ToDecimal(input.ReadInt32()),
                Meta.Type.INT64 => ToDecimal(BinaryPrimitives.ReadInt64LittleEndian(input.ReadBytes(sizeof(long)))),
                Meta.Type.BYTE_ARRAY => ToDecimal(input.ReadBytes(input.ReadInt32())),
                _ => ToDecimal(input.ReadBytes(_width)),
            };
        }
    }

    private void WriteValue(decimal value, Span<byte> destination)
    {
        switch (_type)
        {
            case Meta.Type.INT32:
                BinaryPrimitives.WriteInt32LittleEndian(destination, (int)ToUnscaledInteger(value, int.MinValue, int.MaxValue));
                break;
            case Meta.Type.INT64:
                BinaryPrimitives.WriteInt64LittleEndian(destination, ToUnscaledInteger(value, long.MinValue, long.MaxValue));
                break;
            default:
                WriteBigEndian(value, destination);
                break;
        }
    }

    private long ToUnscaledInteger(decimal value, long min, long max)
    {
        try
        {
            decimal unscaled = decimal.Truncate(value * (decimal)_factor);
            return unscaled >= min && unscaled <= max ? (long)unscaled : throw TooLarge(value);
        }
        catch (OverflowException)
        {
            throw TooLarge(value);
        }
    }

    private void WriteBigEndian(decimal value, Span<byte> destination)
    {
        // By whole and fraction: the product of a large decimal and the factor does not fit a decimal.
        int valueScale = value.Scale;
        BigInteger digits = new(decimal.Truncate(value));
        decimal fraction = value - decimal.Truncate(value);
        BigInteger unscaled = (digits * _factor) + (new BigInteger(fraction * (decimal)BigInteger.Pow(10, valueScale)) * _factor / BigInteger.Pow(10, valueScale));
        destination.Fill((byte)(unscaled.Sign < 0 ? 0xFF : 0));
        int length = unscaled.GetByteCount();
        if (length > destination.Length || !unscaled.TryWriteBytes(destination[^length..], out _, isBigEndian: true))
        {
            throw TooLarge(value);
        }
    }

    private ParquetException TooLarge(decimal value) =>
        new($"value '{value}' is too large to fit into scale {_scale} and precision {_precision}");

    private decimal ToDecimal(long unscaled)
    {
        if (_scale > MaxDecimalScale)
        {
            return ToDecimal(new BigInteger(unscaled));
        }

        ulong magnitude = unscaled < 0 ? (ulong)-(unscaled + 1) + 1 : (ulong)unscaled;
        return new decimal((int)magnitude, (int)(magnitude >> 32), 0, unscaled < 0, (byte)_scale);
    }

    private decimal ToDecimal(ReadOnlySpan<byte> bigEndian) => ToDecimal(new BigInteger(bigEndian, isBigEndian: true));

    private decimal ToDecimal(BigInteger unscaled)
    {
        int scale = _scale;
        while (scale > 0 && (scale > MaxDecimalScale || BigInteger.Abs(unscaled) > MaxUnscaled))
        {
            unscaled /= 10;
            scale--;
        }

        return BigInteger.Abs(unscaled) <= MaxUnscaled
            ? (decimal)unscaled / (decimal)BigInteger.Pow(10, scale)
            : throw new ParquetException($"a decimal of scale {_scale} and precision {_precision} does not fit System.Decimal");
    }
}

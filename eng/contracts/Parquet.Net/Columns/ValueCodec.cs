using Parquet.Meta;
using Parquet.Thrift;

namespace Parquet.Columns;

/// <summary>PLAIN values of one column: how they are written and read, and their bounds.</summary>
internal abstract class ValueCodec
{
    /// <summary>The codec for the file's column read as, or written from, <paramref name="clrType"/>.</summary>
    public static ValueCodec Create(SchemaElement column, System.Type clrType)
    {
        if (clrType == typeof(ReadOnlyMemory<char>) && column.Type == Meta.Type.BYTE_ARRAY)
        {
            return new StringCodec();
        }

        if (clrType == typeof(ReadOnlyMemory<byte>))
        {
            return column.Type switch
            {
                Meta.Type.BYTE_ARRAY => new BytesCodec(),
                Meta.Type.FIXED_LEN_BYTE_ARRAY => new FixedBytesCodec(column.TypeLength ?? 0),
                _ => throw Unsupported(column, clrType),
            };
        }

        if (clrType == typeof(decimal))
        {
            return DecimalCodec.Create(column) ?? throw Unsupported(column, clrType);
        }

        if (clrType == typeof(DateTime))
        {
            return TimestampCodec.Create(column) ?? throw Unsupported(column, clrType);
        }

        return (column.Type, clrType) switch
        {
            (Meta.Type.BOOLEAN, _) when clrType == typeof(bool) => new BooleanCodec(),
            (Meta.Type.INT32, _) when clrType == typeof(int) => new NumberCodec<int>(),
            (Meta.Type.INT64, _) when clrType == typeof(long) => new NumberCodec<long>(),
            (Meta.Type.FLOAT, _) when clrType == typeof(float) => new NumberCodec<float>(),
            (Meta.Type.DOUBLE, _) when clrType == typeof(double) => new NumberCodec<double>(),
            _ => throw Unsupported(column, clrType),
        };
    }

    /// <summary>One value by itself, as statistics hold it.</summary>
    public abstract object? ReadOne(ReadOnlySpan<byte> bytes);

    private static NotSupportedException Unsupported(SchemaElement column, System.Type clrType) =>
        new($"column '{column.Name}': {column.Type} as {clrType} is not supported");
}

/// <inheritdoc/>
internal abstract class ValueCodec<T> : ValueCodec
{
    /// <summary>Appends the values and gives their bounds, null where the type has no order or there are no values.</summary>
    public abstract (byte[] Min, byte[] Max)? Write(ReadOnlySpan<T> values, ByteBuffer output);

    /// <summary>The fewest bits that a value takes, by which a page's claim is checked before memory is set aside.</summary>
    public abstract int MinBits { get; }

    public abstract void Read(ref ByteReader input, Span<T> values);

    public override object? ReadOne(ReadOnlySpan<byte> bytes)
    {
        var input = new ByteReader(bytes);
        T[] value = new T[1];
        Read(ref input, value);
        return value[0];
    }
}

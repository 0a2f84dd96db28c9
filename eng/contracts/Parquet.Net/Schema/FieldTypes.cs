using Parquet.Meta;

namespace Parquet.Schema;

/// <summary>Which .NET type a file's column has.</summary>
internal static class FieldTypes
{
    public static DataField ToField(SchemaElement element)
    {
        bool isArray = element.RepetitionType == FieldRepetitionType.REPEATED;
        bool isNullable = element.RepetitionType != FieldRepetitionType.REQUIRED;
        System.Type type = ToClrType(element);
        DataField field = type == typeof(decimal)
            ? ToDecimalField(element, isNullable)
            : type == typeof(DateTime)
                ? ToDateTimeField(element, isNullable)
                : new DataField(element.Name, type, isNullable);
        field.IsArray = isArray;
        field.SchemaElement = element;
        return field;
    }

    private static System.Type ToClrType(SchemaElement element)
    {
        LogicalType? logical = element.LogicalType;
        ConvertedType? converted = element.ConvertedType;
        if (logical?.STRING is not null || logical?.ENUM is not null || converted == ConvertedType.UTF8)
        {
            return typeof(string);
        }

        if (ToInteger(logical?.INTEGER, converted) is { } integer)
        {
            return integer;
        }

        if (logical?.DECIMAL is not null || converted == ConvertedType.DECIMAL)
        {
            return typeof(decimal);
        }

        if (logical?.TIMESTAMP is not null || logical?.DATE is not null
            || converted is ConvertedType.TIMESTAMP_MILLIS or ConvertedType.TIMESTAMP_MICROS or ConvertedType.DATE)
        {
            return typeof(DateTime);
        }

        return element.Type switch
        {
            Meta.Type.BOOLEAN => typeof(bool),
            Meta.Type.INT32 => typeof(int),
            Meta.Type.INT64 => typeof(long),
            Meta.Type.INT96 => typeof(DateTime),
            Meta.Type.FLOAT => typeof(float),
            Meta.Type.DOUBLE => typeof(double),
            Meta.Type.FIXED_LEN_BYTE_ARRAY when logical?.UUID is not null => typeof(Guid),
            Meta.Type.BYTE_ARRAY or Meta.Type.FIXED_LEN_BYTE_ARRAY => typeof(byte[]),
            _ => throw new NotSupportedException($"column '{element.Name}': type {element.Type} is not supported"),
        };
    }

    private static System.Type? ToInteger(IntType? logical, ConvertedType? converted) => (logical, converted) switch
    {
        ({ BitWidth: 8 }, _) => logical.IsSigned ? typeof(sbyte) : typeof(byte),
        ({ BitWidth: 16 }, _) => logical.IsSigned ? typeof(short) : typeof(ushort),
        ({ BitWidth: 32 }, _) => logical.IsSigned ? typeof(int) : typeof(uint),
        ({ BitWidth: 64 }, _) => logical.IsSigned ? typeof(long) : typeof(ulong),
        (_, ConvertedType.INT_8) => typeof(sbyte),
        (_, ConvertedType.UINT_8) => typeof(byte),
        (_, ConvertedType.INT_16) => typeof(short),
        (_, ConvertedType.UINT_16) => typeof(ushort),
        (_, ConvertedType.INT_32) => typeof(int),
        (_, ConvertedType.UINT_32) => typeof(uint),
        (_, ConvertedType.INT_64) => typeof(long),
        (_, ConvertedType.UINT_64) => typeof(ulong),
        _ => null,
    };

    private static DecimalDataField ToDecimalField(SchemaElement element, bool isNullable)
    {
        int precision = element.Precision ?? element.LogicalType?.DECIMAL?.Precision ?? ParquetOptions.DefaultPrecision;
        int scale = element.Scale ?? element.LogicalType?.DECIMAL?.Scale ?? 0;
        return precision > 0 && scale >= 0 && scale <= precision
            ? new DecimalDataField(element.Name, precision, scale, isNullable: isNullable)
            : throw new ParquetException($"the file is corrupt: column '{element.Name}' is a decimal of precision {precision} and scale {scale}");
    }

    private static DateTimeDataField ToDateTimeField(SchemaElement element, bool isNullable)
    {
        if (element.LogicalType?.TIMESTAMP is { } timestamp)
        {
            DateTimeTimeUnit unit = timestamp.Unit.MILLIS is not null ? DateTimeTimeUnit.Millis
                : timestamp.Unit.MICROS is not null ? DateTimeTimeUnit.Micros
                : DateTimeTimeUnit.Nanos;
            return new DateTimeDataField(element.Name, DateTimeFormat.Timestamp, timestamp.IsAdjustedToUTC, unit, isNullable);
        }

        DateTimeFormat format = element.ConvertedType switch
        {
            ConvertedType.TIMESTAMP_MILLIS => DateTimeFormat.DateAndTime,
            ConvertedType.TIMESTAMP_MICROS => DateTimeFormat.DateAndTimeMicros,
            _ when element.LogicalType?.DATE is not null || element.ConvertedType == ConvertedType.DATE => DateTimeFormat.Date,
            _ => DateTimeFormat.Impala,
        };
        return new DateTimeDataField(element.Name, format, isNullable: isNullable);
    }
}

using Parquet.Columns;
using Parquet.Meta;

namespace Parquet.Schema;

/// <summary>Turns fields into the schema elements of a file, with the same types and annotations as the real library.</summary>
internal static class SchemaWriter
{
    public static List<SchemaElement> Write(ParquetSchema schema)
    {
        var elements = new List<SchemaElement> { new() { Name = "root", NumChildren = schema.Fields.Count } };
        foreach (Field field in schema.Fields)
        {
            Write(field, elements);
        }

        return elements;
    }

    public static SchemaElement Write(DataField field)
    {
        var element = new SchemaElement
        {
            Name = field.Name,
            RepetitionType = field.IsNullable ? FieldRepetitionType.OPTIONAL : FieldRepetitionType.REQUIRED,
            FieldId = field.FieldId == -1 ? null : field.FieldId,
        };
        switch (field)
        {
            case DecimalDataField number:
                SetDecimal(element, number);
                break;
            case DateTimeDataField time:
                SetTimestamp(element, time);
                break;
            default:
                SetPlainType(element, field.ClrType);
                break;
        }

        return element;
    }

    private static void Write(Field field, List<SchemaElement> elements)
    {
        switch (field)
        {
            case DataField data:
                elements.Add(Write(data));
                break;
            case MapField map:
                elements.Add(new SchemaElement
                {
                    Name = map.Name,
                    RepetitionType = FieldRepetitionType.OPTIONAL,
                    NumChildren = 1,
                    ConvertedType = ConvertedType.MAP,
                    LogicalType = new LogicalType { MAP = new MapType() },
                });
                elements.Add(new SchemaElement { Name = map.OwnPath[1], RepetitionType = FieldRepetitionType.REPEATED, NumChildren = 2 });
                Write(map.Key, elements);
                Write(map.Value, elements);
                break;
            default:
                throw new NotSupportedException($"column '{field.Path}': writing a {field.SchemaType} is not supported");
        }
    }

    private static void SetPlainType(SchemaElement element, System.Type type)
    {
        if (type == typeof(int) || type == typeof(long))
        {
            bool isInt = type == typeof(int);
            element.Type = isInt ? Meta.Type.INT32 : Meta.Type.INT64;
            element.ConvertedType = isInt ? ConvertedType.INT_32 : ConvertedType.INT_64;
            element.LogicalType = new LogicalType { INTEGER = new IntType { BitWidth = (sbyte)(isInt ? 32 : 64), IsSigned = true } };
        }
        else if (type == typeof(ReadOnlyMemory<char>))
        {
            element.Type = Meta.Type.BYTE_ARRAY;
            element.ConvertedType = ConvertedType.UTF8;
            element.LogicalType = new LogicalType { STRING = new StringType() };
        }
        else
        {
            element.Type = type == typeof(bool) ? Meta.Type.BOOLEAN
                : type == typeof(float) ? Meta.Type.FLOAT
                : type == typeof(double) ? Meta.Type.DOUBLE
                : type == typeof(ReadOnlyMemory<byte>) ? Meta.Type.BYTE_ARRAY
                : throw new NotSupportedException($"column '{element.Name}': writing {type} is not supported");
        }
    }

    private static void SetDecimal(SchemaElement element, DecimalDataField field)
    {
        bool isBytes = field.ForceByteArrayEncoding || field.Precision > 18;
        element.Type = isBytes ? Meta.Type.FIXED_LEN_BYTE_ARRAY : field.Precision <= 9 ? Meta.Type.INT32 : Meta.Type.INT64;
        element.TypeLength = isBytes ? DecimalCodec.BytesFor(field.Precision) : null;
        element.ConvertedType = ConvertedType.DECIMAL;
        element.Precision = field.Precision;
        element.Scale = field.Scale;
        element.LogicalType = new LogicalType { DECIMAL = new DecimalType { Precision = field.Precision, Scale = field.Scale } };
    }

    private static void SetTimestamp(SchemaElement element, DateTimeDataField field)
    {
        element.Type = Meta.Type.INT64;
        switch (field.DateTimeFormat)
        {
            case DateTimeFormat.DateAndTime:
                element.ConvertedType = ConvertedType.TIMESTAMP_MILLIS;
                break;
            case DateTimeFormat.DateAndTimeMicros:
                element.ConvertedType = ConvertedType.TIMESTAMP_MICROS;
                break;
            case DateTimeFormat.Timestamp:
                var unit = new TimeUnit
                {
                    MILLIS = field.Unit == DateTimeTimeUnit.Millis ? new MilliSeconds() : null,
                    MICROS = field.Unit == DateTimeTimeUnit.Micros ? new MicroSeconds() : null,
                    NANOS = field.Unit == DateTimeTimeUnit.Nanos ? new NanoSeconds() : null,
                };
                element.LogicalType = new LogicalType { TIMESTAMP = new TimestampType { IsAdjustedToUTC = field.IsAdjustedToUTC, Unit = unit } };
                break;
            default:
                throw new NotSupportedException(
                    $"column '{field.Name}': writing a DateTime as {field.DateTimeFormat} is not supported; give it [ParquetTimestamp]");
        }
    }
}

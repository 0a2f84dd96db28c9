using Parquet.Meta;

namespace Parquet.Thrift;

internal static partial class MetadataReader
{
    private static SchemaElement ReadSchemaElement(ref CompactReader r)
    {
        var element = new SchemaElement();
        for (short id = 0; r.NextField(ref id);)
        {
            switch (id)
            {
                case 1: element.Type = (Meta.Type)r.ReadInt32(); break;
                case 2: element.TypeLength = r.ReadInt32(); break;
                case 3: element.RepetitionType = (FieldRepetitionType)r.ReadInt32(); break;
                case 4: element.Name = r.ReadString(); break;
                case 5: element.NumChildren = r.ReadInt32(); break;
                case 6: element.ConvertedType = (ConvertedType)r.ReadInt32(); break;
                case 7: element.Scale = r.ReadInt32(); break;
                case 8: element.Precision = r.ReadInt32(); break;
                case 9: element.FieldId = r.ReadInt32(); break;
                case 10:
                    r.BeginStructField();
                    element.LogicalType = ReadLogicalType(ref r);
                    break;
                default: r.Skip(); break;
            }
        }

        return element;
    }

    private static LogicalType ReadLogicalType(ref CompactReader r)
    {
        var logical = new LogicalType();
        for (short id = 0; r.NextField(ref id);)
        {
            switch (id)
            {
                case 5: logical.DECIMAL = ReadDecimalType(ref r); break;
                case 7:
                    logical.TIME = new TimeType();
                    (logical.TIME.IsAdjustedToUTC, logical.TIME.Unit) = ReadTimeType(ref r);
                    break;
                case 8:
                    logical.TIMESTAMP = new TimestampType();
                    (logical.TIMESTAMP.IsAdjustedToUTC, logical.TIMESTAMP.Unit) = ReadTimeType(ref r);
                    break;
                case 10: logical.INTEGER = ReadIntType(ref r); break;
                default:
                    SetEmptyLogicalType(logical, id);
                    r.Skip();
                    break;
            }
        }

        return logical;
    }

    private static void SetEmptyLogicalType(LogicalType logical, short id)
    {
        switch (id)
        {
            case 1: logical.STRING = new StringType(); break;
            case 2: logical.MAP = new MapType(); break;
            case 3: logical.LIST = new ListType(); break;
            case 4: logical.ENUM = new EnumType(); break;
            case 6: logical.DATE = new DateType(); break;
            case 11: logical.UNKNOWN = new NullType(); break;
            case 12: logical.JSON = new JsonType(); break;
            case 13: logical.BSON = new BsonType(); break;
            case 14: logical.UUID = new UUIDType(); break;
            case 15: logical.FLOAT16 = new Float16Type(); break;
        }
    }

    private static DecimalType ReadDecimalType(ref CompactReader r)
    {
        var number = new DecimalType();
        r.BeginStructField();
        for (short id = 0; r.NextField(ref id);)
        {
            switch (id)
            {
                case 1: number.Scale = r.ReadInt32(); break;
                case 2: number.Precision = r.ReadInt32(); break;
                default: r.Skip(); break;
            }
        }

        return number;
    }

    private static (bool IsAdjustedToUtc, TimeUnit Unit) ReadTimeType(ref CompactReader r)
    {
        bool isAdjusted = false;
        var unit = new TimeUnit();
        r.BeginStructField();
        for (short id = 0; r.NextField(ref id);)
        {
            switch (id)
            {
                case 1: isAdjusted = r.ReadBool(); break;
                case 2: unit = ReadTimeUnit(ref r); break;
                default: r.Skip(); break;
            }
        }

        return (isAdjusted, unit);
    }

    private static TimeUnit ReadTimeUnit(ref CompactReader r)
    {
        var unit = new TimeUnit();
        r.BeginStructField();
        for (short id = 0; r.NextField(ref id);)
        {
            switch (id)
            {
                case 1: unit.MILLIS = new MilliSeconds(); break;
                case 2: unit.MICROS = new MicroSeconds(); break;
                case 3: unit.NANOS = new NanoSeconds(); break;
            }

            r.Skip();
        }

        return unit;
    }

    private static IntType ReadIntType(ref CompactReader r)
    {
        var integer = new IntType();
        r.BeginStructField();
        for (short id = 0; r.NextField(ref id);)
        {
            switch (id)
            {
                case 1: integer.BitWidth = r.ReadInt8(); break;
                case 2: integer.IsSigned = r.ReadBool(); break;
                default: r.Skip(); break;
            }
        }

        return integer;
    }
}

using Parquet.Schema;
using Parquet.Serialization.Attributes;

namespace Parquet.Serialization.Mapping;

/// <summary>Which field a member makes.</summary>
internal static class MemberFields
{
    public static Field Create(RowMember member)
    {
        if (DictionaryTypes(member.Type) is not ({ } key, { } value))
        {
            return CreateData(member);
        }

        // Attributes of the member do not reach into the map, as in the real library: decimals get the default precision and scale.
        DataField keyField = CreateData(new RowMember(key, key, member.Name, "key", 0));
        keyField.IsNullable = false;
        return new MapField(member.ColumnName, keyField, CreateData(new RowMember(value, value, member.Name, "value", 0)))
        {
            ClrPropName = member.Name,
        };
    }

    /// <summary>The key and value types of a dictionary that can be read and written, nulls of another type.</summary>
    public static (Type? Key, Type? Value) DictionaryTypes(Type type) =>
        type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(Dictionary<,>) || type.GetGenericTypeDefinition() == typeof(IDictionary<,>))
            ? (type.GenericTypeArguments[0], type.GenericTypeArguments[1])
            : (null, null);

    private static DataField CreateData(RowMember member)
    {
        Type type = Nullable.GetUnderlyingType(member.Type) ?? member.Type;
        bool isNullable = type != member.Type;
        if (type == typeof(DateTime))
        {
            ParquetTimestampAttribute? timestamp = member.Attribute<ParquetTimestampAttribute>();
            return new DateTimeDataField(
                member.ColumnName,
                timestamp?.Format ?? DateTimeFormat.Impala,
                timestamp?.IsAdjustedToUTC ?? true,
                timestamp?.Resolution.Convert(),
                isNullable,
                propertyName: member.Name);
        }

        if (type == typeof(decimal))
        {
            ParquetDecimalAttribute? number = member.Attribute<ParquetDecimalAttribute>();
            return new DecimalDataField(
                member.ColumnName,
                number?.Precision ?? ParquetOptions.DefaultPrecision,
                number?.Scale ?? ParquetOptions.DefaultScale,
                isNullable: isNullable,
                propertyName: member.Name);
        }

        try
        {
            return new DataField(member.ColumnName, member.Type, member.IsRequired ? false : null, propertyName: member.Name);
        }
        catch (NotSupportedException e)
        {
            throw new NotSupportedException($"column '{member.ColumnName}' (member '{member.Name}'): type {member.Type} is not supported", e);
        }
    }
}

using Parquet.Schema;

namespace Parquet.Serialization.Mapping;

/// <summary>All columns of a row class. Built once per class and direction.</summary>
internal sealed class RowMapping<TRow>
{
    private static readonly Lazy<RowMapping<TRow>> Serializing = new(() => new RowMapping<TRow>(forWriting: false));
    private static readonly Lazy<RowMapping<TRow>> Deserializing = new(() => new RowMapping<TRow>(forWriting: true));

    private RowMapping(bool forWriting)
    {
        RowMember[] members = [.. RowMember.Find(typeof(TRow), forWriting)];
        Schema = new ParquetSchema(members.Select(MemberFields.Create));
        Bindings = [.. members.Zip(Schema.Fields, Bind)];
    }

    public static RowMapping<TRow> ForSerializing => Serializing.Value;

    public static RowMapping<TRow> ForDeserializing => Deserializing.Value;

    public ParquetSchema Schema { get; }

    public IReadOnlyList<ColumnBinding<TRow>> Bindings { get; }

    private static ColumnBinding<TRow> Bind(RowMember member, Field field)
    {
        Type binding = field is MapField map
            ? MapBindingType(member.Type, map)
            : typeof(ValueBinding<,,,>).MakeGenericType(
                typeof(TRow), member.Type, ElementTypes.Stored(member.Type), ElementTypes.Of(member.Type, field.IsNullable));
        return (ColumnBinding<TRow>)Activator.CreateInstance(binding, field, member.Info)!;
    }

    private static Type MapBindingType(Type member, MapField map)
    {
        (Type? key, Type? value) = MemberFields.DictionaryTypes(member);
        return typeof(MapBinding<,,,,,>).MakeGenericType(
            typeof(TRow),
            key!,
            value!,
            ElementTypes.Stored(value!),
            ElementTypes.Of(key!, isNullable: true),
            ElementTypes.Of(value!, map.Value.IsNullable));
    }
}

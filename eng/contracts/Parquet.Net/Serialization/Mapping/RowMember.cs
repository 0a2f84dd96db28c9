using System.Reflection;
using System.Text.Json.Serialization;
using Parquet.Serialization.Attributes;

namespace Parquet.Serialization.Mapping;

/// <summary>A public property or field of a row class that has a column.</summary>
internal sealed record RowMember(MemberInfo Info, Type Type, string Name, string ColumnName, int Order)
{
    public bool IsRequired => Attribute<ParquetRequiredAttribute>() is not null;

    public TAttribute? Attribute<TAttribute>()
        where TAttribute : Attribute =>
        Info.GetCustomAttribute<TAttribute>();

    /// <summary>In the order of declaration, properties before fields, unless JsonPropertyOrder says otherwise.</summary>
    public static IEnumerable<RowMember> Find(Type row, bool forWriting)
    {
        const BindingFlags Public = BindingFlags.Instance | BindingFlags.Public;
        IEnumerable<RowMember> properties = row.GetProperties(Public)
            .Where(p => p.GetIndexParameters().Length == 0 && (forWriting ? p.CanWrite : p.CanRead))
            .Select(p => Create(p, p.PropertyType));
        IEnumerable<RowMember> fields = row.GetFields(Public).Select(f => Create(f, f.FieldType));
        return properties.Concat(fields).Where(m => !m.IsIgnored).OrderBy(m => m.Order);
    }

    private bool IsIgnored => Attribute<JsonIgnoreAttribute>() is not null || Attribute<ParquetIgnoreAttribute>() is not null;

    private static RowMember Create(MemberInfo info, Type type) => new(
        info,
        type,
        info.Name,
        info.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? info.Name,
        info.GetCustomAttribute<JsonPropertyOrderAttribute>()?.Order ?? int.MinValue);
}

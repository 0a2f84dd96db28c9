using Parquet.Schema;
using Parquet.Serialization.Attributes;
using Parquet.Serialization.Mapping;

namespace Parquet.Serialization;

public static class ParquetClrSchemaExtensions
{
    /// <param name="t">The class.</param>
    /// <param name="forWriting">True for the members that deserializing can set, false for those that serializing can get.</param>
    public static ParquetSchema GetParquetSchema(this Type t, bool forWriting) =>
        new(RowMember.Find(t, forWriting).Select(MemberFields.Create));

    public static DateTimeTimeUnit Convert(this ParquetTimestampResolution resolution) =>
        resolution == ParquetTimestampResolution.Milliseconds ? DateTimeTimeUnit.Millis : DateTimeTimeUnit.Micros;
}

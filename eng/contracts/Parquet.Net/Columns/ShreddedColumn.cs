using System.Runtime.InteropServices;
using Parquet.Meta;
using Parquet.Schema;
using Parquet.Thrift;

namespace Parquet.Columns;

/// <summary>One column of one row group on its way into a file.</summary>
internal abstract class ShreddedColumn(DataField field, SchemaElement element)
{
    public DataField Field { get; } = field;

    public SchemaElement Element { get; } = element;

    public List<int>? RepetitionLevels { get; } = field.MaxRepetitionLevel > 0 ? [] : null;

    public List<int>? DefinitionLevels { get; } = field.MaxDefinitionLevel > 0 ? [] : null;

    public abstract int ValueCount { get; }

    /// <summary>Values and the places of those that are not there.</summary>
    public int LevelCount => DefinitionLevels?.Count ?? ValueCount;

    public abstract (byte[] Min, byte[] Max)? WriteValues(ByteBuffer output);

    public void AddMissing(int definitionLevel, int repetitionLevel = 0)
    {
        DefinitionLevels?.Add(definitionLevel);
        RepetitionLevels?.Add(repetitionLevel);
    }
}

/// <inheritdoc/>
internal sealed class ShreddedColumn<T>(DataField field, SchemaElement element, ValueCodec<T> codec, int rows) : ShreddedColumn(field, element)
{
    private readonly List<T> _values = new(rows);

    public override int ValueCount => _values.Count;

    public void Add(T value, int repetitionLevel = 0)
    {
        _values.Add(value);
        DefinitionLevels?.Add(Field.MaxDefinitionLevel);
        RepetitionLevels?.Add(repetitionLevel);
    }

    public override (byte[] Min, byte[] Max)? WriteValues(ByteBuffer output) => codec.Write(CollectionsMarshal.AsSpan(_values), output);
}

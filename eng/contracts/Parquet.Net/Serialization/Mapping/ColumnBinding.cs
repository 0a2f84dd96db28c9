using Parquet.Columns;
using Parquet.Schema;

namespace Parquet.Serialization.Mapping;

/// <summary>Ties a member of a row class to its column, or to its two columns if it is a map.</summary>
internal abstract class ColumnBinding<TRow>(Field field)
{
    public Field Field { get; } = field;

    /// <summary>Takes the member out of all rows; one column at a time, so that only one need be in memory.</summary>
    public abstract IEnumerable<ShreddedColumn> Shred(IReadOnlyList<TRow> rows);

    /// <summary>Reads the member's columns; what it returns sets them in the rows from the given index on. Null if the file lacks the column.</summary>
    public async Task<Action<IReadOnlyList<TRow>, int>?> ReadAsync(
        ParquetReader reader,
        ParquetRowGroupReader group,
        CancellationToken cancellationToken)
    {
        if (!HasColumns(reader, group))
        {
            return null;
        }

        try
        {
            return await ReadColumnsAsync(reader, group, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ParquetException or EndOfStreamException)
        {
            throw new InvalidDataException($"failed to read column '{Field.Path}'", e);
        }
    }

    protected abstract Task<Action<IReadOnlyList<TRow>, int>> ReadColumnsAsync(
        ParquetReader reader,
        ParquetRowGroupReader group,
        CancellationToken cancellationToken);

    protected static async Task<ColumnData<T>> ReadColumnAsync<T>(
        DataField field,
        ParquetReader reader,
        ParquetRowGroupReader group,
        CancellationToken cancellationToken)
    {
        ColumnData<T> data = await group.ReadColumnAsync<T>(field, cancellationToken).ConfigureAwait(false);
        return data.RowCount == group.RowCount
            ? data
            : throw new ParquetException($"the file is corrupt: column '{field.Path}' has {data.RowCount} rows of {group.RowCount}");
    }

    private bool HasColumns(ParquetReader reader, ParquetRowGroupReader group)
    {
        IEnumerable<Field> leaves = Field is MapField map ? [map.Key, map.Value] : [Field];
        foreach (DataField leaf in leaves.Cast<DataField>())
        {
            if (reader.FileSchema.Find(leaf.Path) is not { } column || !group.ColumnExists(leaf))
            {
                return false;
            }

            CheckFits(leaf, column);
        }

        return true;
    }

    /// <summary>The real library insists on the same nullability and type; a laxer reader here would hide mistakes until then.</summary>
    private static void CheckFits(DataField field, FileColumn column)
    {
        if (column.MaxDefinitionLevel != field.MaxDefinitionLevel)
        {
            throw new InvalidDataException(
                $"class definition level ({field.MaxDefinitionLevel}) does not match file's definition level ({column.MaxDefinitionLevel}) in field '{field.Path}'. This usually means nullability in class definiton is incompatible.");
        }

        if (column.MaxRepetitionLevel != field.MaxRepetitionLevel)
        {
            throw new InvalidDataException(
                $"class repetition level ({field.MaxRepetitionLevel}) does not match file's repetition level ({column.MaxRepetitionLevel}) in field '{field.Path}'. This usually means collection in class definition is incompatible.");
        }

        Type fileType = FieldTypes.ToField(column.Element).ClrType;
        if (fileType != field.ClrType)
        {
            throw new InvalidCastException($"class type ({field.ClrType}) does not match file's type ({fileType}) in field '{field.Path}'");
        }
    }
}

using System.Reflection;
using Parquet.Columns;
using Parquet.Meta;
using Parquet.Schema;

namespace Parquet.Serialization.Mapping;

/// <summary>A member with one value per row.</summary>
internal sealed class ValueBinding<TRow, TMember, T, TElement>(DataField field, MemberInfo member) : ColumnBinding<TRow>(field)
    where TElement : IElement<TMember, T>
{
    private readonly DataField _field = field;
    private readonly Lazy<Func<TRow, TMember>> _get = new(() => MemberAccess.Getter<TRow, TMember>(member));
    private readonly Lazy<Action<TRow, TMember>> _set = new(() => MemberAccess.Setter<TRow, TMember>(member));
    private readonly Lazy<(SchemaElement Element, ValueCodec<T> Codec)> _column = new(() => Column(field));

    public override IEnumerable<ShreddedColumn> Shred(IReadOnlyList<TRow> rows)
    {
        Func<TRow, TMember> get = _get.Value;
        int missing = _field.MaxDefinitionLevel - 1;
        var column = new ShreddedColumn<T>(_field, _column.Value.Element, _column.Value.Codec, rows.Count);
        for (int i = 0; i < rows.Count; i++)
        {
            if (TElement.TryGet(get(rows[i]), out T? value))
            {
                column.Add(value);
            }
            else
            {
                column.AddMissing(missing);
            }
        }

        yield return column;
    }

    protected override async Task<Action<IReadOnlyList<TRow>, int>> ReadColumnsAsync(
        ParquetReader reader,
        ParquetRowGroupReader group,
        CancellationToken cancellationToken)
    {
        ColumnData<T> data = await ReadColumnAsync<T>(_field, reader, group, cancellationToken).ConfigureAwait(false);
        return (rows, first) => Assign(data, rows, first);
    }

    private void Assign(ColumnData<T> data, IReadOnlyList<TRow> rows, int first)
    {
        Action<TRow, TMember> set = _set.Value;
        int next = 0;
        for (int i = 0; i < data.LevelCount; i++)
        {
            // A null leaves what the row's constructor set, as in the real library.
            if (data.DefinitionLevels is null || data.DefinitionLevels[i] == _field.MaxDefinitionLevel)
            {
                set(rows[first + i], TElement.Wrap(data.Values[next++]));
            }
        }
    }

    private static (SchemaElement Element, ValueCodec<T> Codec) Column(DataField field)
    {
        SchemaElement element = SchemaWriter.Write(field);
        return (element, (ValueCodec<T>)ValueCodec.Create(element, field.ClrType));
    }
}

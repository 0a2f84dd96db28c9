using System.Reflection;
using Parquet.Columns;
using Parquet.Meta;
using Parquet.Schema;

namespace Parquet.Serialization.Mapping;

/// <summary>
/// A dictionary, which takes two columns of equal shape. Levels per row: 0 for null, 1 for an empty map, else one entry after the other,
/// of which the first has repetition level 0.
/// </summary>
internal sealed class MapBinding<TRow, TKey, TMember, T, TKeyElement, TElement>(MapField field, MemberInfo member) : ColumnBinding<TRow>(field)
    where TKey : notnull
    where TKeyElement : IElement<TKey, TKey>
    where TElement : IElement<TMember, T>
{
    private const int NullMap = 0;
    private const int EmptyMap = 1;

    private readonly DataField _key = (DataField)field.Key;
    private readonly DataField _value = (DataField)field.Value;
    private readonly Lazy<Func<TRow, IEnumerable<KeyValuePair<TKey, TMember>>?>> _get =
        new(() => MemberAccess.Getter<TRow, IEnumerable<KeyValuePair<TKey, TMember>>?>(member));
    private readonly Lazy<Action<TRow, Dictionary<TKey, TMember>>> _set =
        new(() => MemberAccess.Setter<TRow, Dictionary<TKey, TMember>>(member));

    public override IEnumerable<ShreddedColumn> Shred(IReadOnlyList<TRow> rows)
    {
        yield return Shred<TKey>(_key, rows, (pair, column, level) =>
        {
            if (TKeyElement.TryGet(pair.Key, out TKey? key))
            {
                column.Add(key, level);
            }
        });
        int missing = _value.MaxDefinitionLevel - 1;
        yield return Shred<T>(_value, rows, (pair, column, level) =>
        {
            if (TElement.TryGet(pair.Value, out T? value))
            {
                column.Add(value, level);
            }
            else
            {
                column.AddMissing(missing, level);
            }
        });
    }

    protected override async Task<Action<IReadOnlyList<TRow>, int>> ReadColumnsAsync(
        ParquetReader reader,
        ParquetRowGroupReader group,
        CancellationToken cancellationToken)
    {
        ColumnData<TKey> keys = await ReadColumnAsync<TKey>(_key, reader, group, cancellationToken).ConfigureAwait(false);
        ColumnData<T> values = await ReadColumnAsync<T>(_value, reader, group, cancellationToken).ConfigureAwait(false);
        if (!HaveSameShape(keys, values))
        {
            throw new ParquetException($"the file is corrupt: keys and values of '{field.Path}' do not pair up");
        }

        return (rows, first) => Assign(keys, values, rows, first);
    }

    private ShreddedColumn<TColumn> Shred<TColumn>(
        DataField column,
        IReadOnlyList<TRow> rows,
        Action<KeyValuePair<TKey, TMember>, ShreddedColumn<TColumn>, int> add)
    {
        SchemaElement element = SchemaWriter.Write(column);
        var codec = (ValueCodec<TColumn>)ValueCodec.Create(element, column.ClrType);
        var shredded = new ShreddedColumn<TColumn>(column, element, codec, rows.Count);
        for (int i = 0; i < rows.Count; i++)
        {
            IEnumerable<KeyValuePair<TKey, TMember>>? map = _get.Value(rows[i]);
            int level = 0;
            foreach (KeyValuePair<TKey, TMember> pair in map ?? [])
            {
                add(pair, shredded, level);
                level = 1;
            }

            if (level == 0)
            {
                shredded.AddMissing(map is null ? NullMap : EmptyMap);
            }
        }

        return shredded;
    }

    private bool HaveSameShape(ColumnData<TKey> keys, ColumnData<T> values)
    {
        if (keys.LevelCount != values.LevelCount || !keys.RepetitionLevels.AsSpan().SequenceEqual(values.RepetitionLevels))
        {
            return false;
        }

        for (int i = 0; i < keys.LevelCount; i++)
        {
            int key = keys.DefinitionLevels![i];

            // A value may be null where its key is there; otherwise both are missing for the same reason.
            bool fits = key == _key.MaxDefinitionLevel ? values.DefinitionLevels![i] >= key : values.DefinitionLevels![i] == key;
            if (!fits || (key < _key.MaxDefinitionLevel && keys.RepetitionLevels![i] != 0))
            {
                return false;
            }
        }

        return true;
    }

    private void Assign(ColumnData<TKey> keys, ColumnData<T> values, IReadOnlyList<TRow> rows, int first)
    {
        Action<TRow, Dictionary<TKey, TMember>> set = _set.Value;
        Dictionary<TKey, TMember> map = [];
        int row = first - 1;
        int nextKey = 0;
        int nextValue = 0;
        for (int i = 0; i < keys.LevelCount; i++)
        {
            int level = keys.DefinitionLevels![i];
            if (keys.RepetitionLevels![i] == 0)
            {
                row++;
                if (level != NullMap)
                {
                    map = [];
                    set(rows[row], map);
                }
            }

            if (level == _key.MaxDefinitionLevel)
            {
                bool isThere = values.DefinitionLevels![i] == _value.MaxDefinitionLevel;
                map[keys.Values[nextKey++]] = isThere ? TElement.Wrap(values.Values[nextValue++]) : TElement.Missing;
            }
        }
    }
}

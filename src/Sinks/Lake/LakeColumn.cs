using Parquet;
using Parquet.Meta;
using Parquet.Schema;
using Tidemark.Core.Metrics;

namespace Tidemark.Sinks.Lake;

/// <summary>
/// One column of a table in the lake: writes it from rows and reads it into rows. Uses no reflection, so it can be compiled ahead of time.
/// </summary>
/// <typeparam name="TRow">The type of the rows.</typeparam>
internal abstract class LakeColumn<TRow>(Field field)
{
    /// <summary>The Parquet field.</summary>
    public Field Field { get; } = field;

    public string Name => Field.Name;

    /// <summary>Marks a row as read from a file without this column; null if every file must have it.</summary>
    public Func<TRow, TRow>? WithoutIt { get; init; }

    public abstract Task WriteAsync(ParquetRowGroupWriter group, ReadOnlyMemory<TRow> rows, CancellationToken cancellationToken);

    /// <summary>Reads the column's values into rows.</summary>
    /// <returns>Whether the file has the column.</returns>
    public abstract ValueTask<bool> ReadAsync(
        ParquetRowGroupReader group, ParquetSchema schema, Memory<TRow> rows, CancellationToken cancellationToken);
}

/// <summary>A column with at most one value per row.</summary>
/// <typeparam name="TRow">The type of the rows.</typeparam>
/// <typeparam name="T">The type of the values as Parquet.Net represents them: text and bytes are memory.</typeparam>
internal sealed class LakeValueColumn<TRow, T>(DataField field, Func<TRow, T?> get, Func<TRow, T?, TRow> with) : LakeColumn<TRow>(field)
    where T : struct
{
    public override async Task WriteAsync(ParquetRowGroupWriter group, ReadOnlyMemory<TRow> rows, CancellationToken cancellationToken)
    {
        if (field.IsNullable)
        {
            T?[] values = new T?[rows.Length];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = get(rows.Span[i]);
            }

            await group.WriteAsync<T>(field, values, cancellationToken: cancellationToken).ConfigureAwait(false);
            return;
        }

        T[] all = new T[rows.Length];
        for (int i = 0; i < all.Length; i++)
        {
            all[i] = get(rows.Span[i]) ?? throw new InvalidOperationException($"The column {Name} cannot be null.");
        }

        await group.WriteAsync<T>(field, all, cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    public override async ValueTask<bool> ReadAsync(
        ParquetRowGroupReader group, ParquetSchema schema, Memory<TRow> rows, CancellationToken cancellationToken)
    {
        if (schema.Fields.FirstOrDefault(found => found.Name == Name) is not DataField found)
        {
            return false;
        }

        LakeLevels<T> read = await LakeLevels<T>.ReadAsync(group, found, cancellationToken).ConfigureAwait(false);
        for (int i = 0, next = 0; i < rows.Length; i++)
        {
            bool isThere = read.Definitions is null || read.Definitions[i] == found.MaxDefinitionLevel;
            rows.Span[i] = with(rows.Span[i], isThere ? read.Values[next++] : null);
        }

        return true;
    }
}

/// <summary>A column with counts by key.</summary>
/// <typeparam name="TRow">The type of the rows.</typeparam>
internal sealed class LakeMapColumn<TRow>(MapField field, Func<TRow, IReadOnlyList<KeyCount>> get, Func<TRow, IReadOnlyList<KeyCount>, TRow> with)
    : LakeColumn<TRow>(field)
{
    public override async Task WriteAsync(ParquetRowGroupWriter group, ReadOnlyMemory<TRow> rows, CancellationToken cancellationToken)
    {
        DataField key = (DataField)field.Key;
        List<ReadOnlyMemory<char>> keys = [];
        List<long> counts = [];
        List<int> definitions = [];
        List<int> repetitions = [];
        for (int i = 0; i < rows.Length; i++)
        {
            IReadOnlyList<KeyCount> entries = get(rows.Span[i]);
            for (int j = 0; j < entries.Count; j++)
            {
                keys.Add(entries[j].Key.AsMemory());
                counts.Add(entries[j].Count);
                definitions.Add(key.MaxDefinitionLevel);
                repetitions.Add(j == 0 ? 0 : 1);
            }

            if (entries.Count == 0)
            {
                // An empty map, as opposed to no map.
                definitions.Add(key.MaxDefinitionLevel - 1);
                repetitions.Add(0);
            }
        }

        int[] defined = [.. definitions];
        int[] repeated = [.. repetitions];
        await group.WriteAllPartsAsync<ReadOnlyMemory<char>>(key, keys.ToArray(), defined, repeated, cancellationToken).ConfigureAwait(false);
        await group.WriteAllPartsAsync<long>((DataField)field.Value, counts.ToArray(), defined, repeated, cancellationToken).ConfigureAwait(false);
    }

    public override async ValueTask<bool> ReadAsync(
        ParquetRowGroupReader group, ParquetSchema schema, Memory<TRow> rows, CancellationToken cancellationToken)
    {
        if (schema.Fields.FirstOrDefault(found => found.Name == Name) is not MapField { Key: DataField key, Value: DataField value })
        {
            return false;
        }

        LakeLevels<ReadOnlyMemory<char>> keys = await LakeLevels<ReadOnlyMemory<char>>.ReadAsync(group, key, cancellationToken).ConfigureAwait(false);
        LakeLevels<long> counts = await LakeLevels<long>.ReadAsync(group, value, cancellationToken).ConfigureAwait(false);
        int[] repetitions = keys.Repetitions ?? throw new InvalidDataException($"expected a map in {Name}, found single values");
        int[] definitions = keys.Definitions ?? throw new InvalidDataException($"expected a map in {Name}, found single values");
        List<KeyCount> entries = [];
        int row = -1;
        for (int i = 0, next = 0; i < repetitions.Length; i++)
        {
            if (repetitions[i] == 0)
            {
                End();
                row++;
            }

            if (definitions[i] == key.MaxDefinitionLevel)
            {
                entries.Add(new KeyCount(new string(keys.Values[next].Span), counts.Values[next]));
                next++;
            }
        }

        End();
        return true;

        void End()
        {
            if (row >= 0)
            {
                rows.Span[row] = with(rows.Span[row], [.. entries]);
                entries.Clear();
            }
        }
    }
}

/// <summary>The non-null values of a column of a row group, and the levels that assign them to rows.</summary>
/// <param name="Values">The values; elements beyond them are undefined.</param>
/// <param name="Definitions">The definition level of each position; null when all are defined.</param>
/// <param name="Repetitions">The repetition level of each position; null when there is one value per row.</param>
internal readonly record struct LakeLevels<T>(T[] Values, int[]? Definitions, int[]? Repetitions)
    where T : struct
{
    public static async ValueTask<LakeLevels<T>> ReadAsync(ParquetRowGroupReader group, DataField field, CancellationToken cancellationToken)
    {
        ColumnMetaData column = group.GetMetadata(field)?.MetaData ?? throw new InvalidDataException($"expected values in {field.Name}, found none");
        int places = checked((int)column.NumValues);
        T[] values = new T[places];
        int[]? definitions = field.MaxDefinitionLevel > 0 ? new int[places] : null;
        int[]? repetitions = field.MaxRepetitionLevel > 0 ? new int[places] : null;
        await group.ReadRawAsync<T>(field, values, Memory(definitions), Memory(repetitions), cancellationToken).ConfigureAwait(false);
        return new LakeLevels<T>(values, definitions, repetitions);

        // Null must stay null: converted implicitly, it would become an empty memory.
        static Memory<int>? Memory(int[]? levels) => levels is null ? default(Memory<int>?) : levels.AsMemory();
    }
}

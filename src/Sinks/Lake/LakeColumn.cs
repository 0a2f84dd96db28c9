using Parquet;
using Parquet.Meta;
using Parquet.Schema;

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

/// <summary>A column with numbers by key; null in a row that has none.</summary>
/// <typeparam name="TRow">The type of the rows.</typeparam>
/// <typeparam name="T">The type of the numbers.</typeparam>
internal sealed class LakeMapColumn<TRow, T>(
    MapField field, Func<TRow, IReadOnlyList<KeyValuePair<string, T>>?> get, Func<TRow, IReadOnlyList<KeyValuePair<string, T>>?, TRow> with)
    : LakeColumn<TRow>(field)
    where T : struct
{
    public override async Task WriteAsync(ParquetRowGroupWriter group, ReadOnlyMemory<TRow> rows, CancellationToken cancellationToken)
    {
        DataField key = (DataField)field.Key;
        List<ReadOnlyMemory<char>> keys = [];
        List<T> numbers = [];
        int?[] lengths = new int?[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            IReadOnlyList<KeyValuePair<string, T>>? entries = get(rows.Span[i]);
            lengths[i] = entries?.Count;
            for (int j = 0; j < entries?.Count; j++)
            {
                keys.Add(entries[j].Key.AsMemory());
                numbers.Add(entries[j].Value);
            }
        }

        (int[] defined, int[] repeated) = LakeLengths.ToLevels(lengths, key.MaxDefinitionLevel);
        await group.WriteAllPartsAsync<ReadOnlyMemory<char>>(key, keys.ToArray(), defined, repeated, cancellationToken).ConfigureAwait(false);
        await group.WriteAllPartsAsync<T>((DataField)field.Value, numbers.ToArray(), defined, repeated, cancellationToken).ConfigureAwait(false);
    }

    public override async ValueTask<bool> ReadAsync(
        ParquetRowGroupReader group, ParquetSchema schema, Memory<TRow> rows, CancellationToken cancellationToken)
    {
        if (schema.Fields.FirstOrDefault(found => found.Name == Name) is not MapField { Key: DataField key, Value: DataField value })
        {
            return false;
        }

        LakeLevels<ReadOnlyMemory<char>> keys = await LakeLevels<ReadOnlyMemory<char>>.ReadAsync(group, key, cancellationToken).ConfigureAwait(false);
        LakeLevels<T> numbers = await LakeLevels<T>.ReadAsync(group, value, cancellationToken).ConfigureAwait(false);
        int?[] lengths = LakeLengths.FromLevels(keys, Name, key.MaxDefinitionLevel, rows.Length);
        for (int row = 0, next = 0; row < lengths.Length; row++)
        {
            if (lengths[row] is not { } length)
            {
                rows.Span[row] = with(rows.Span[row], null);
                continue;
            }

            KeyValuePair<string, T>[] entries = new KeyValuePair<string, T>[length];
            for (int i = 0; i < length; i++, next++)
            {
                entries[i] = KeyValuePair.Create(new string(keys.Values[next].Span), numbers.Values[next]);
            }

            rows.Span[row] = with(rows.Span[row], entries);
        }

        return true;
    }
}

/// <summary>A column with a list of texts.</summary>
/// <typeparam name="TRow">The type of the rows.</typeparam>
internal sealed class LakeTextsColumn<TRow>(
    ListField field, Func<TRow, IReadOnlyList<string>> get, Func<TRow, IReadOnlyList<string>, TRow> with) : LakeColumn<TRow>(field)
{
    public override Task WriteAsync(ParquetRowGroupWriter group, ReadOnlyMemory<TRow> rows, CancellationToken cancellationToken)
    {
        DataField item = (DataField)field.Item;
        List<ReadOnlyMemory<char>> texts = [];
        int?[] lengths = new int?[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            IReadOnlyList<string> all = get(rows.Span[i]);
            lengths[i] = all.Count;
            texts.AddRange(all.Select(text => text.AsMemory()));
        }

        (int[] defined, int[] repeated) = LakeLengths.ToLevels(lengths, item.MaxDefinitionLevel);
        return group.WriteAllPartsAsync<ReadOnlyMemory<char>>(item, texts.ToArray(), defined, repeated, cancellationToken);
    }

    public override async ValueTask<bool> ReadAsync(
        ParquetRowGroupReader group, ParquetSchema schema, Memory<TRow> rows, CancellationToken cancellationToken)
    {
        if (schema.Fields.FirstOrDefault(found => found.Name == Name) is not ListField { Item: DataField item })
        {
            return false;
        }

        LakeLevels<ReadOnlyMemory<char>> texts =
            await LakeLevels<ReadOnlyMemory<char>>.ReadAsync(group, item, cancellationToken).ConfigureAwait(false);
        int?[] lengths = LakeLengths.FromLevels(texts, Name, item.MaxDefinitionLevel, rows.Length);
        for (int row = 0, next = 0; row < lengths.Length; row++)
        {
            string[] all = new string[lengths[row] ?? 0];
            for (int i = 0; i < all.Length; i++, next++)
            {
                all[i] = new string(texts.Values[next].Span);
            }

            rows.Span[row] = with(rows.Span[row], all);
        }

        return true;
    }
}

/// <summary>
/// How many values each row has in a column of maps or lists, as levels (the striping of Dremel, which Parquet has): a definition level of two
/// below the greatest says that a row has no map or list, one below that it is empty.
/// </summary>
internal static class LakeLengths
{
    private const int EmptyBelow = 1, NullBelow = 2;

    /// <summary>The levels of rows with so many values each; null for no map or list.</summary>
    public static (int[] Definitions, int[] Repetitions) ToLevels(IReadOnlyList<int?> lengths, int maxDefinition)
    {
        List<int> definitions = [];
        List<int> repetitions = [];
        foreach (int? length in lengths)
        {
            if (length is null or 0)
            {
                definitions.Add(maxDefinition - (length is null ? NullBelow : EmptyBelow));
                repetitions.Add(0);
            }

            for (int i = 0; i < length; i++)
            {
                definitions.Add(maxDefinition);
                repetitions.Add(i == 0 ? 0 : 1);
            }
        }

        return ([.. definitions], [.. repetitions]);
    }

    /// <summary>How many values each row has; null for no map or list.</summary>
    /// <exception cref="InvalidDataException">The column is not repeated, or is not of so many rows.</exception>
    public static int?[] FromLevels<T>(LakeLevels<T> levels, string column, int maxDefinition, int rows)
        where T : struct
    {
        if (levels is not { Definitions: { } definitions, Repetitions: { } repetitions })
        {
            throw new InvalidDataException($"expected maps or lists in {column}, found single values");
        }

        int?[] lengths = new int?[rows];
        int row = -1;
        for (int i = 0; i < repetitions.Length; i++)
        {
            row += repetitions[i] == 0 ? 1 : 0;
            if (row < 0 || row >= rows)
            {
                throw new InvalidDataException($"expected values of {rows} rows in {column}, found those of others");
            }

            if (definitions[i] > maxDefinition - NullBelow)
            {
                lengths[row] = (lengths[row] ?? 0) + (definitions[i] == maxDefinition ? 1 : 0);
            }
        }

        return lengths;
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

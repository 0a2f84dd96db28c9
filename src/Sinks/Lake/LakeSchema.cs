using Parquet.Schema;
using Tidemark.Core.Metrics;
using Tidemark.Core.Results;

namespace Tidemark.Sinks.Lake;

/// <summary>The columns of a table in the lake.</summary>
/// <typeparam name="TRow">The type of the rows.</typeparam>
/// <param name="blank">An empty row, into which a reader puts the columns.</param>
/// <param name="columns">The columns, in order.</param>
internal sealed class LakeSchema<TRow>(TRow blank, IReadOnlyList<LakeColumn<TRow>> columns)
    where TRow : class, ILakeRecord
{
    /// <summary>An empty row, into which a reader puts the columns.</summary>
    public TRow Blank => blank;

    public IReadOnlyList<LakeColumn<TRow>> Columns => columns;

    /// <summary>Whether the metadata of a file say which windows it holds. Default: its rows do, and there is at least one.</summary>
    public bool HasHeld { get; init; }

    /// <summary>The schema of a file; null without columns, when only the metadata of a file are read.</summary>
    public ParquetSchema? Parquet { get; } = columns.Count == 0 ? null : new([.. columns.Select(column => column.Field)]);

    /// <summary>Makes the schema of a file that holds these rows. Default: always this one.</summary>
    public Func<IReadOnlyList<TRow>, LakeSchema<TRow>?> Holding { get; init; } = static _ => null;

    /// <summary>The columns to read of a file beyond <see cref="Columns"/>. Default: none.</summary>
    public Func<ParquetSchema, IEnumerable<LakeColumn<TRow>>> AddedIn { get; init; } = static _ => [];
}

/// <summary>The schemas of the lake's tables. Those of results are derived from <see cref="ResultColumns"/>.</summary>
internal static class LakeSchemas
{
    internal const int Precision = 18;
    internal const int Scale = 4;

    /// <summary>
    /// One row per window, with every column of a closed result. A file has the columns that a configuration added to any of its rows.
    /// </summary>
    public static LakeSchema<LakeRow> Windows { get; } =
        new(new LakeRow(WindowResult.Blank), [.. ResultColumns.All.Where(column => !column.IsLiveOnly).Select(Of)])
        {
            Holding = Holding,
            AddedIn = file => AddedIn(file).Select(Of),
        };

    /// <summary>Only the columns needed for counting users.</summary>
    public static LakeSchema<LakeRow> Users { get; } = Results(
        new[] { "window_start", "window_end", "unique_users", "revision", "unique_users_exact", "users_sketch" }.Select(ResultColumns.Named));

    /// <summary>One row per value of a dimension.</summary>
    public static LakeSchema<BreakdownRow> Breakdowns { get; } = new(
        BreakdownRow.Blank,
        [
            Time<BreakdownRow>("window_start", row => row.Window.StartMs, (row, ms) => row with { Window = row.Window with { StartMs = ms!.Value } }),
            Time<BreakdownRow>("window_end", row => row.Window.EndMs, (row, ms) => row with { Window = row.Window with { EndMs = ms!.Value } }),
            Text<BreakdownRow>("window", row => row.Family, (row, text) => row with { Family = text }),
            Text<BreakdownRow>("dimension", row => row.Dimension, (row, text) => row with { Dimension = text }),
            Text<BreakdownRow>("value", row => row.Value, (row, text) => row with { Value = text }),
            Count<BreakdownRow>("events", row => row.Events, (row, count) => row with { Events = count!.Value }),
            Count<BreakdownRow>("revision", row => row.Revision, (row, count) => row with { Revision = count!.Value }),
        ]);

    /// <summary>Only the columns that identify the window and revision of a row, from any table.</summary>
    public static LakeSchema<LakeKey> Keys { get; } = new(
        new LakeKey(default, 0),
        [
            Time<LakeKey>("window_start", row => row.Window.StartMs, (row, ms) => row with { Window = row.Window with { StartMs = ms!.Value } }),
            Time<LakeKey>("window_end", row => row.Window.EndMs, (row, ms) => row with { Window = row.Window with { EndMs = ms!.Value } }),
            Count<LakeKey>("revision", row => row.Revision, (row, count) => row with { Revision = count!.Value }),
        ]);

    private static LakeSchema<LakeRow> Results(IEnumerable<ResultColumn> columns) => new(new LakeRow(WindowResult.Blank), [.. columns.Select(Of)]);

    /// <summary>The schema of rows that more is known of than of every result; null for the usual one.</summary>
    private static LakeSchema<LakeRow>? Holding(IReadOnlyList<LakeRow> rows)
    {
        IReadOnlyList<ResultColumn> added = ResultColumns.AddedOf(rows.Select(row => row.Result));
        bool hasMixed = rows.Any(row => row.Result.Revenue is null);
        return added.Count == 0 && !hasMixed ? null : new LakeSchema<LakeRow>(
            Windows.Blank, [.. ResultColumns.All.Where(column => !column.IsLiveOnly).Select(OwnOf), .. added.Select(Of)]);

        LakeColumn<LakeRow> OwnOf(ResultColumn column) =>
            hasMixed && column is AmountColumn { IsNullWhenMixed: true } amount ? Amount(amount, isNullable: true) : Of(column);
    }

    /// <summary>The columns of a file that a configuration added.</summary>
    private static IEnumerable<ResultColumn> AddedIn(ParquetSchema file)
    {
        HashSet<string> names = [.. file.Fields.Select(field => field.Name)];
        foreach (Field field in file.Fields)
        {
            if (ResultColumns.Sessions.FirstOrDefault(column => column.Name == field.Name) is { } session)
            {
                yield return session;
                continue;
            }

            switch (field)
            {
                case MapField { Key: DataField, Value: DecimalDataField } when field.Name == ResultColumns.RevenueByCurrencyName:
                    yield return ResultColumns.RevenueByCurrency;
                    break;
                case MapField { Key: DataField, Value: DataField value }
                    when value.ClrType == typeof(long) && names.Contains(field.Name + ResultColumns.ErrorSuffix)
                        && ResultColumns.CanBeAdded(field.Name):
                    yield return ResultColumns.AddedBreakdown(field.Name);
                    yield return ResultColumns.AddedMaxError(field.Name);
                    break;
                case DataField count when count.ClrType == typeof(long) && ResultColumns.CanBeAdded(field.Name):
                    yield return ResultColumns.AddedCounter(field.Name);
                    break;
            }
        }
    }

    private static LakeColumn<LakeRow> Of(ResultColumn column) => column switch
    {
        CountColumn { IsAdded: true } added => new LakeValueColumn<LakeRow, long>(
            new DataField<long>(added.Name, nullable: true),
            row => added.IsIn(row.Result) ? added.Get(row.Result) : null,
            (row, value) => value is { } count ? row.With(added, count) : row),
        MapColumn { IsAdded: true } added => new LakeMapColumn<LakeRow, long>(
            Map(added, new DataField<long>("value")),
            row => added.IsIn(row.Result) ? Pairs(added.Get(row.Result).Counts) : null,
            (row, pairs) => pairs is null ? row : row.With(added, added.Get(row.Result) with { Counts = Counts(pairs) })),
        AmountMapColumn amounts => new LakeMapColumn<LakeRow, decimal>(
            Map(amounts, new DecimalDataField("value", Precision, Scale, isNullable: false)),
            row => amounts.IsIn(row.Result) ? [.. amounts.Get(row.Result).Select(entry => KeyValuePair.Create(entry.Key, entry.Amount))] : null,
            (row, pairs) => pairs is null ? row : row.With(amounts, [.. pairs.Select(pair => new KeyAmount(pair.Key, pair.Value))])),
        TimeColumn time => Time<LakeRow>(time.Name, row => time.Get(row.Result), (row, ms) => row.With(time, ms), time.IsNullable),
        TextColumn text => Text<LakeRow>(text.Name, row => text.Get(row.Result), (row, value) => row.With(text, value)),
        CountColumn { IsLater: true } later => new LakeValueColumn<LakeRow, long>(
            new DataField<long>(later.Name, nullable: true),
            row => row.Lacks(later) ? null : later.Get(row.Result),
            (row, value) => value is { } count ? row.With(later, count) : row.Without(later))
        {
            WithoutIt = row => row.Without(later),
        },
        CountColumn count => Count<LakeRow>(count.Name, row => count.Get(row.Result), (row, value) => row.With(count, value!.Value)),
        FlagColumn flag => new LakeValueColumn<LakeRow, bool>(
            new DataField<bool>(flag.Name), row => flag.Get(row.Result), (row, value) => row.With(flag, value!.Value)),
        AmountColumn amount => Amount(amount, amount.IsNullable && !amount.IsNullWhenMixed),
        MapColumn map => new LakeMapColumn<LakeRow, long>(
            Map(map, new DataField<long>("value")),
            row => Pairs(map.Get(row.Result).Counts),
            (row, pairs) => row.With(map, map.Get(row.Result) with { Counts = Counts(pairs ?? []) })),
        BytesColumn bytes => new LakeValueColumn<LakeRow, ReadOnlyMemory<byte>>(
            new DataField<byte[]>(bytes.Name, nullable: true), row => bytes.Get(row.Result),
            (row, value) => row.With(bytes, value.GetValueOrDefault().ToArray())),
        _ => throw new NotSupportedException($"No column of a table is known for a {column.GetType().Name}."),
    };

    private static LakeColumn<LakeRow> Amount(AmountColumn amount, bool isNullable) => new LakeValueColumn<LakeRow, decimal>(
        new DecimalDataField(amount.Name, Precision, Scale, isNullable: isNullable),
        row => amount.Get(row.Result),
        (row, value) => row.With(amount, value));

    private static MapField Map(ResultColumn column, DataField value) => new(column.Name, new DataField<string>("key", nullable: false), value);

    private static List<KeyValuePair<string, long>> Pairs(IReadOnlyList<KeyCount> counts) =>
        [.. counts.Select(entry => KeyValuePair.Create(entry.Key, entry.Count))];

    private static List<KeyCount> Counts(IReadOnlyList<KeyValuePair<string, long>> pairs) =>
        [.. pairs.Select(pair => new KeyCount(pair.Key, pair.Value))];

    internal static LakeColumn<TRow> Time<TRow>(string name, Func<TRow, long?> get, Func<TRow, long?, TRow> with, bool isNullable = false) =>
        new LakeValueColumn<TRow, DateTime>(
            new DateTimeDataField(name, DateTimeFormat.Timestamp, isAdjustedToUTC: true, DateTimeTimeUnit.Millis, isNullable),
            row => get(row) is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms).UtcDateTime : null,
            (row, time) =>
                with(row, time is { } utc ? new DateTimeOffset(DateTime.SpecifyKind(utc, DateTimeKind.Utc)).ToUnixTimeMilliseconds() : null));

    internal static LakeColumn<TRow> Text<TRow>(string name, Func<TRow, string> get, Func<TRow, string, TRow> with) =>
        new LakeValueColumn<TRow, ReadOnlyMemory<char>>(
            new DataField<string>(name, nullable: true), row => get(row).AsMemory(),
            (row, text) => with(row, new string(text.GetValueOrDefault().Span)));

    internal static LakeColumn<TRow> Count<TRow>(string name, Func<TRow, long?> get, Func<TRow, long?, TRow> with) =>
        new LakeValueColumn<TRow, long>(new DataField<long>(name), get, with);
}

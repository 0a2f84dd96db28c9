using Parquet.Schema;
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

    public ParquetSchema Parquet { get; } = new([.. columns.Select(column => column.Field)]);
}

/// <summary>The schemas of the lake's tables. Those of results are derived from <see cref="ResultColumns"/>.</summary>
internal static class LakeSchemas
{
    private const int Precision = 18;
    private const int Scale = 4;

    /// <summary>One row per window, with every column of a closed result.</summary>
    public static LakeSchema<LakeRow> Windows { get; } = Results(ResultColumns.All.Where(column => !column.IsLiveOnly));

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

    private static LakeColumn<LakeRow> Of(ResultColumn column) => column switch
    {
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
        AmountColumn amount => new LakeValueColumn<LakeRow, decimal>(
            new DecimalDataField(amount.Name, Precision, Scale, isNullable: amount.IsNullable),
            row => amount.Get(row.Result),
            (row, value) => row.With(amount, value)),
        MapColumn map => new LakeMapColumn<LakeRow>(
            new MapField(map.Name, new DataField<string>("key", nullable: false), new DataField<long>("value")),
            row => map.Get(row.Result).Counts,
            (row, counts) => row.With(map, map.Get(row.Result) with { Counts = counts })),
        BytesColumn bytes => new LakeValueColumn<LakeRow, ReadOnlyMemory<byte>>(
            new DataField<byte[]>(bytes.Name, nullable: true), row => bytes.Get(row.Result),
            (row, value) => row.With(bytes, value.GetValueOrDefault().ToArray())),
        _ => throw new NotSupportedException($"No column of a table is known for a {column.GetType().Name}."),
    };

    private static LakeColumn<TRow> Time<TRow>(string name, Func<TRow, long?> get, Func<TRow, long?, TRow> with, bool isNullable = false) =>
        new LakeValueColumn<TRow, DateTime>(
            new DateTimeDataField(name, DateTimeFormat.Timestamp, isAdjustedToUTC: true, DateTimeTimeUnit.Millis, isNullable),
            row => get(row) is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms).UtcDateTime : null,
            (row, time) =>
                with(row, time is { } utc ? new DateTimeOffset(DateTime.SpecifyKind(utc, DateTimeKind.Utc)).ToUnixTimeMilliseconds() : null));

    private static LakeColumn<TRow> Text<TRow>(string name, Func<TRow, string> get, Func<TRow, string, TRow> with) =>
        new LakeValueColumn<TRow, ReadOnlyMemory<char>>(
            new DataField<string>(name, nullable: true), row => get(row).AsMemory(),
            (row, text) => with(row, new string(text.GetValueOrDefault().Span)));

    private static LakeColumn<TRow> Count<TRow>(string name, Func<TRow, long?> get, Func<TRow, long?, TRow> with) =>
        new LakeValueColumn<TRow, long>(new DataField<long>(name), get, with);
}

using Parquet.Schema;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;

namespace Tidemark.Sinks.Lake;

/// <summary>One row of the table <c>sessions</c>. Its window is the minute in which the session ended.</summary>
internal sealed record LakeSession(SessionRow Row) : ILakeRecord
{
    /// <inheritdoc/>
    public Interval Window => Row.EndedMinute;

    /// <inheritdoc/>
    public long Revision => Row.Revision;

    /// <summary>Whether two rows have the same content, whatever publication they are of.</summary>
    public bool HasSameContent(LakeSession other) => SessionColumns.HaveSameContent(Row, other.Row);
}

/// <summary>The schemas of the table <c>sessions</c>, derived from <see cref="SessionColumns"/>.</summary>
internal static class LakeSessionSchemas
{
    /// <summary>Every column.</summary>
    public static LakeSchema<LakeSession> Rows { get; } =
        new(new LakeSession(SessionRow.Blank), [.. SessionColumns.All.Select(Of)]) { HasHeld = true };

    /// <summary>Only which minutes a file holds.</summary>
    public static LakeSchema<LakeKey> Keys { get; } = new(new LakeKey(default, 0), []) { HasHeld = true };

    private static LakeColumn<LakeSession> Of(SessionColumn column) => column switch
    {
        SessionTextColumn text => new LakeValueColumn<LakeSession, ReadOnlyMemory<char>>(
            new DataField<string>(text.Name, nullable: true),
            row => text.Get(row.Row)?.AsMemory(),
            (row, value) => With(text, row, value is { } found ? new string(found.Span) : text.IsNullable ? null : "")),
        SessionTimeColumn time => LakeSchemas.Time<LakeSession>(time.Name, row => time.Get(row.Row), (row, ms) => With(time, row, ms!.Value)),
        SessionCountColumn count =>
            LakeSchemas.Count<LakeSession>(count.Name, row => count.Get(row.Row), (row, value) => With(count, row, value!.Value)),
        SessionFlagColumn flag => new LakeValueColumn<LakeSession, bool>(
            new DataField<bool>(flag.Name), row => flag.Get(row.Row), (row, value) => With(flag, row, value!.Value)),
        SessionAmountColumn amount => new LakeValueColumn<LakeSession, decimal>(
            new DecimalDataField(amount.Name, LakeSchemas.Precision, LakeSchemas.Scale, isNullable: amount.IsNullable),
            row => amount.Get(row.Row),
            (row, value) => With(amount, row, value)),
        SessionTextsColumn texts => new LakeTextsColumn<LakeSession>(
            new ListField(texts.Name, new DataField<string>("element", nullable: false)),
            row => texts.Get(row.Row),
            (row, value) => With(texts, row, value)),
        _ => throw new NotSupportedException($"No column of a table is known for a {column.GetType().Name}."),
    };

    private static LakeSession With<T>(SessionColumn<T> column, LakeSession row, T value) => new(column.With(row.Row, value));
}

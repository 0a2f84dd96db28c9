namespace Tidemark.Core.Results;

/// <summary>What a column describes.</summary>
public enum ColumnRole
{
    /// <summary>The identity of the window.</summary>
    Window,

    /// <summary>
    /// The content, decided by the events alone: the last revision has the same content on every run over the same events.
    /// </summary>
    Content,

    /// <summary>The publication: its phase, revision and watermark.</summary>
    Publication,
}

/// <summary>How exact the value of a column is.</summary>
public enum Exactness
{
    /// <summary>Always exact.</summary>
    Exact,

    /// <summary>Exact up to a number of users, then an estimate; <c>unique_users_exact</c> tells which.</summary>
    ExactOrEstimate,

    /// <summary>Exact up to a number of keys, then over-counted by at most the column's <c>..._max_error</c>.</summary>
    Bounded,
}

/// <summary>
/// One column of a result: its name, its meaning, and how to read it from a result and set it. <see cref="ResultColumns"/> lists all of
/// them;
/// every form of a result (JSON, lake, CSV, tables, documents) is derived from that list.
/// </summary>
public abstract class ResultColumn
{
    private protected ResultColumn(string name, string meaning)
    {
        Name = name;
        Meaning = meaning;
    }

    /// <summary>The name in the lake, in CSV and, unless the column has a <see cref="Group"/>, in JSON; snake_case.</summary>
    public string Name { get; }

    /// <summary>The meaning, for the documentation: Markdown without a full stop.</summary>
    public string Meaning { get; }

    /// <summary>What the column describes. Default: the content.</summary>
    public ColumnRole Role { get; init; } = ColumnRole.Content;

    /// <summary>How exact the column is. Default: exact.</summary>
    public Exactness Exactness { get; init; }

    /// <summary>The heading in terminal tables, at most 8 characters wide; null: not shown there.</summary>
    public string? Title { get; init; }

    /// <summary>The width in a terminal table that is written line by line, in characters. Default 9.</summary>
    public int Width { get; init; } = 9;

    /// <summary>Whether the values of windows that do not overlap can be added up.</summary>
    public bool IsAdditive { get; init; }

    /// <summary>The mark of the value in terminal tables.</summary>
    public Func<WindowResult, ValueMark> Mark { get; init; } = static _ => ValueMark.None;

    /// <summary>The JSON object that contains the column; null: the result itself. An object without values is left out.</summary>
    public string? Group { get; init; }

    /// <summary>The name in JSON, inside the <see cref="Group"/>.</summary>
    public string JsonName
    {
        get => field ?? Name;
        init;
    }

    /// <summary>Whether only live results have the column. The lake and CSV contain no live results.</summary>
    public bool IsLiveOnly { get; init; }

    /// <summary>
    /// Whether results were stored before the column existed. If it is missing, it reads as zero and is ignored when results are compared.
    /// In the lake it is nullable.
    /// </summary>
    public bool IsLater { get; init; }

    /// <summary>Whether the configuration adds the column, so that only results made under such a configuration have it.</summary>
    public bool IsAdded { get; init; }

    /// <summary>Whether a result has the column. One that has not reads as empty or zero.</summary>
    public Func<WindowResult, bool> IsIn { get; init; } = static _ => true;

    /// <summary>Whether two results have equal values.</summary>
    public abstract bool AreSame(WindowResult a, WindowResult b);
}

/// <summary>The mark of a value in terminal tables.</summary>
public enum ValueMark
{
    /// <summary>No mark.</summary>
    None,

    /// <summary>An estimate, marked with <c>~</c> before the value.</summary>
    Estimate,

    /// <summary>Clamped to the greatest value that can be shown, marked with <c>!</c> after the value.</summary>
    Cut,
}

/// <summary>A column with values of one type.</summary>
/// <typeparam name="T">The type in .NET.</typeparam>
public abstract class ResultColumn<T> : ResultColumn
{
    private readonly Func<WindowResult, T> _get;
    private readonly Func<WindowResult, T, WindowResult> _with;

    private protected ResultColumn(string name, string meaning, Func<WindowResult, T> get, Func<WindowResult, T, WindowResult> with)
        : base(name, meaning)
    {
        _get = get;
        _with = with;
    }

    /// <summary>Gets the value from a result.</summary>
    public T Get(WindowResult result) => _get(result);

    /// <summary>Returns a copy of the result with another value.</summary>
    /// <exception cref="InvalidDataException">The value is invalid for this column.</exception>
    public WindowResult With(WindowResult result, T value) => _with(result, value);

    /// <inheritdoc/>
    public override bool AreSame(WindowResult a, WindowResult b) => EqualityComparer<T>.Default.Equals(_get(a), _get(b));
}

/// <summary>Text: a JSON string, a Parquet STRING.</summary>
public sealed class TextColumn(string name, string meaning, Func<WindowResult, string> get, Func<WindowResult, string, WindowResult> with)
    : ResultColumn<string>(name, meaning, get, with);

/// <summary>A time in UTC epoch milliseconds: RFC 3339 in JSON, a Parquet TIMESTAMP.</summary>
public sealed class TimeColumn(string name, string meaning, Func<WindowResult, long?> get, Func<WindowResult, long?, WindowResult> with)
    : ResultColumn<long?>(name, meaning, get, with)
{
    /// <summary>Whether the value can be null.</summary>
    public bool IsNullable { get; init; }
}

/// <summary>A whole number: a JSON number, a Parquet INT64.</summary>
public sealed class CountColumn(string name, string meaning, Func<WindowResult, long> get, Func<WindowResult, long, WindowResult> with)
    : ResultColumn<long>(name, meaning, get, with);

/// <summary>A flag: a JSON boolean, a Parquet BOOLEAN.</summary>
public sealed class FlagColumn(string name, string meaning, Func<WindowResult, bool> get, Func<WindowResult, bool, WindowResult> with)
    : ResultColumn<bool>(name, meaning, get, with);

/// <summary>A number of at most 14 integer and 4 fraction digits: a JSON number, a Parquet DECIMAL(18,4).</summary>
public sealed class AmountColumn(string name, string meaning, Func<WindowResult, decimal?> get, Func<WindowResult, decimal?, WindowResult> with)
    : ResultColumn<decimal?>(name, meaning, get, with)
{
    /// <summary>Whether the value can be null.</summary>
    public bool IsNullable { get; init; }

    /// <summary>Whether it is null only in results with several currencies. In the lake, only files with such a result have it nullable.</summary>
    public bool IsNullWhenMixed { get; init; }

    /// <summary>
    /// What the value is a mean or share of, a count that can be added up: over several windows that do not overlap, the value is the mean of theirs
    /// weighted by it. Null: it has none over several windows, or can be added up.
    /// </summary>
    public CountColumn? Over { get; init; }

    /// <summary>What the value is the share of <see cref="Over"/> of, so that it is exact over several windows; null: another mean.</summary>
    public CountColumn? Part { get; init; }
}

/// <summary>Counts by key, greatest first: a JSON object, a Parquet MAP(STRING, INT64). Its error bound is a separate column.</summary>
public sealed class MapColumn(string name, string meaning, Func<WindowResult, Breakdown> get, Func<WindowResult, Breakdown, WindowResult> with)
    : ResultColumn<Breakdown>(name, meaning, get, with)
{
    /// <summary>The name of the key's dimension in the rows of <c>metrics_breakdown</c>.</summary>
    public required string Dimension { get; init; }

    /// <summary>
    /// Column names for the greatest key and its count in formats with room for one key, such as CSV; null: not shown there.
    /// </summary>
    public (string Key, string Count)? Greatest { get; init; }

    /// <summary>Whether keys and counts are equal and in the same order; the error bound is a separate column.</summary>
    public override bool AreSame(WindowResult a, WindowResult b) => Get(a).Counts.SequenceEqual(Get(b).Counts);
}

/// <summary>Amounts by key, in the order of keys: a JSON object, a Parquet MAP(STRING, DECIMAL(18,4)).</summary>
public sealed class AmountMapColumn(
    string name, string meaning, Func<WindowResult, IReadOnlyList<KeyAmount>> get,
    Func<WindowResult, IReadOnlyList<KeyAmount>, WindowResult> with) : ResultColumn<IReadOnlyList<KeyAmount>>(name, meaning, get, with)
{
    /// <inheritdoc/>
    public override bool AreSame(WindowResult a, WindowResult b) => Get(a).SequenceEqual(Get(b));
}

/// <summary>Bytes: a Parquet BINARY; left out of text formats.</summary>
public sealed class BytesColumn(
    string name, string meaning, Func<WindowResult, ReadOnlyMemory<byte>> get, Func<WindowResult, ReadOnlyMemory<byte>, WindowResult> with)
    : ResultColumn<ReadOnlyMemory<byte>>(name, meaning, get, with)
{
    /// <inheritdoc/>
    public override bool AreSame(WindowResult a, WindowResult b) => Get(a).Span.SequenceEqual(Get(b).Span);
}

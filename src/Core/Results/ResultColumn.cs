namespace Tidemark.Core.Results;

/// <summary>What a column says something about.</summary>
public enum ColumnRole
{
    /// <summary>Which window it is.</summary>
    Window,

    /// <summary>What the events decide. On the same events the last revision has the same content, whatever happened on the way.</summary>
    Content,

    /// <summary>The publication: its phase, its revision, its watermark.</summary>
    Publication,
}

/// <summary>How far the value of a column can be trusted.</summary>
public enum Exactness
{
    /// <summary>Exact, always.</summary>
    Exact,

    /// <summary>Exact up to a number of users, then an estimate; <c>unique_users_exact</c> says which.</summary>
    ExactOrEstimate,

    /// <summary>Exact up to a number of keys, then over-counted by at most the <c>..._max_error</c> of the column.</summary>
    Bounded,
}

/// <summary>
/// One column of a result: what it is called, what it means and how it is read from a result and put into one. <see cref="ResultColumns"/> lists
/// all of them; every form of a result (JSON, lake, CSV, tables, documents) is made from that list.
/// </summary>
public abstract class ResultColumn
{
    private protected ResultColumn(string name, string meaning)
    {
        Name = name;
        Meaning = meaning;
    }

    /// <summary>The name in the lake, in CSV and, unless it is a member of a <see cref="Group"/>, in JSON; snake_case.</summary>
    public string Name { get; }

    /// <summary>What it means, for the documents: Markdown without a full stop.</summary>
    public string Meaning { get; }

    /// <summary>What it says something about. Default: the content.</summary>
    public ColumnRole Role { get; init; } = ColumnRole.Content;

    /// <summary>How far it can be trusted. Default: exact.</summary>
    public Exactness Exactness { get; init; }

    /// <summary>The heading in tables for people, at most 8 characters wide; null: not shown there.</summary>
    public string? Title { get; init; }

    /// <summary>The width in such a table when it is written line by line, in characters. Default 9.</summary>
    public int Width { get; init; } = 9;

    /// <summary>Whether the sum over windows that do not overlap is the value of all of them together.</summary>
    public bool IsAdditive { get; init; }

    /// <summary>What a table for people marks a value with.</summary>
    public Func<WindowResult, ValueMark> Mark { get; init; } = static _ => ValueMark.None;

    /// <summary>The JSON object that it is a member of; null: of the result itself. An object without any value is left out.</summary>
    public string? Group { get; init; }

    /// <summary>The name in JSON, inside the <see cref="Group"/>.</summary>
    public string JsonName
    {
        get => field ?? Name;
        init;
    }

    /// <summary>Whether only live results have it. The lake and CSV hold none of those.</summary>
    public bool IsLiveOnly { get; init; }

    /// <summary>
    /// Whether results were stored before the column existed. Where it is missing it reads as zero, and comparing with such a result passes it over.
    /// In the lake it can be null.
    /// </summary>
    public bool IsLater { get; init; }

    /// <summary>Whether two results have the same value.</summary>
    public abstract bool AreSame(WindowResult a, WindowResult b);
}

/// <summary>What a table for people marks a value with.</summary>
public enum ValueMark
{
    /// <summary>Nothing: the value is what it seems.</summary>
    None,

    /// <summary>An estimate: <c>~</c> before it.</summary>
    Estimate,

    /// <summary>Cut to the greatest that can be shown: <c>!</c> after it.</summary>
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

    /// <summary>The value in a result.</summary>
    public T Get(WindowResult result) => _get(result);

    /// <summary>The same result with another value.</summary>
    /// <exception cref="InvalidDataException">No result has such a value.</exception>
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
    /// <summary>Whether it can be null.</summary>
    public bool IsNullable { get; init; }
}

/// <summary>A whole number: a JSON number, a Parquet INT64.</summary>
public sealed class CountColumn(string name, string meaning, Func<WindowResult, long> get, Func<WindowResult, long, WindowResult> with)
    : ResultColumn<long>(name, meaning, get, with);

/// <summary>Yes or no: a JSON boolean, a Parquet BOOLEAN.</summary>
public sealed class FlagColumn(string name, string meaning, Func<WindowResult, bool> get, Func<WindowResult, bool, WindowResult> with)
    : ResultColumn<bool>(name, meaning, get, with);

/// <summary>A number of at most 14 integer and 4 fraction digits: a JSON number, a Parquet DECIMAL(18,4).</summary>
public sealed class AmountColumn(string name, string meaning, Func<WindowResult, decimal?> get, Func<WindowResult, decimal?, WindowResult> with)
    : ResultColumn<decimal?>(name, meaning, get, with)
{
    /// <summary>Whether it can be null.</summary>
    public bool IsNullable { get; init; }
}

/// <summary>Counts by key, greatest first: a JSON object, a Parquet MAP(STRING, INT64). The bound of its error is a column of its own.</summary>
public sealed class MapColumn(string name, string meaning, Func<WindowResult, Breakdown> get, Func<WindowResult, Breakdown, WindowResult> with)
    : ResultColumn<Breakdown>(name, meaning, get, with)
{
    /// <summary>What a key is, as the rows of <c>metrics_breakdown</c> name it.</summary>
    public required string Dimension { get; init; }

    /// <summary>The names of its greatest key and of that key's count where there is room for one only, as in CSV; null: not shown there.</summary>
    public (string Key, string Count)? Greatest { get; init; }

    /// <summary>Whether keys and counts are the same, in the same order; the bound of the error is another column's.</summary>
    public override bool AreSame(WindowResult a, WindowResult b) => Get(a).Counts.SequenceEqual(Get(b).Counts);
}

/// <summary>Bytes: a Parquet BINARY; in no text.</summary>
public sealed class BytesColumn(
    string name, string meaning, Func<WindowResult, ReadOnlyMemory<byte>> get, Func<WindowResult, ReadOnlyMemory<byte>, WindowResult> with)
    : ResultColumn<ReadOnlyMemory<byte>>(name, meaning, get, with)
{
    /// <inheritdoc/>
    public override bool AreSame(WindowResult a, WindowResult b) => Get(a).Span.SequenceEqual(Get(b).Span);
}

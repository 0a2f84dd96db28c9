using Tidemark.Core.Results;

namespace Tidemark.Core.Sessions;

/// <summary>
/// One column of a session row: its name, its meaning, and how to read it from a row and set it. <see cref="SessionColumns"/> lists all of them;
/// every form of a row (JSON, lake, CSV, tables, documents) is derived from that list.
/// </summary>
public abstract class SessionColumn
{
    private protected SessionColumn(string name, string meaning)
    {
        Name = name;
        Meaning = meaning;
    }

    /// <summary>The name in JSON, in the lake and in CSV; snake_case.</summary>
    public string Name { get; }

    /// <summary>The meaning, for the documentation: Markdown without a full stop.</summary>
    public string Meaning { get; }

    /// <summary>
    /// What the column describes: <see cref="ColumnRole.Window"/> is the minute in which the session ended. Default: the content.
    /// </summary>
    public ColumnRole Role { get; init; } = ColumnRole.Content;

    /// <summary>Whether the value can be null.</summary>
    public bool IsNullable { get; init; }

    /// <summary>Whether two rows have equal values.</summary>
    public abstract bool AreSame(SessionRow a, SessionRow b);
}

/// <summary>A column with values of one type.</summary>
/// <typeparam name="T">The type in .NET.</typeparam>
public abstract class SessionColumn<T> : SessionColumn
{
    private readonly Func<SessionRow, T> _get;
    private readonly Func<SessionRow, T, SessionRow>? _with;

    private protected SessionColumn(string name, string meaning, Func<SessionRow, T> get, Func<SessionRow, T, SessionRow>? with)
        : base(name, meaning)
    {
        _get = get;
        _with = with;
    }

    /// <summary>Whether the value follows from other columns, so that it is written and not read.</summary>
    public bool IsDerived => _with is null;

    /// <summary>Gets the value from a row.</summary>
    public T Get(SessionRow row) => _get(row);

    /// <summary>Returns a copy of the row with another value; the row itself when the value <see cref="IsDerived"/>.</summary>
    public SessionRow With(SessionRow row, T value) => _with is null ? row : _with(row, value);

    /// <inheritdoc/>
    public override bool AreSame(SessionRow a, SessionRow b) => EqualityComparer<T>.Default.Equals(_get(a), _get(b));
}

/// <summary>Text: a JSON string, a Parquet STRING.</summary>
public sealed class SessionTextColumn(
    string name, string meaning, Func<SessionRow, string?> get, Func<SessionRow, string?, SessionRow> with)
    : SessionColumn<string?>(name, meaning, get, with);

/// <summary>Texts: a JSON array, a Parquet LIST(STRING).</summary>
public sealed class SessionTextsColumn(
    string name, string meaning, Func<SessionRow, IReadOnlyList<string>> get, Func<SessionRow, IReadOnlyList<string>, SessionRow> with)
    : SessionColumn<IReadOnlyList<string>>(name, meaning, get, with)
{
    /// <inheritdoc/>
    public override bool AreSame(SessionRow a, SessionRow b) => Get(a).SequenceEqual(Get(b), StringComparer.Ordinal);
}

/// <summary>A time in UTC epoch milliseconds: RFC 3339 in JSON, a Parquet TIMESTAMP.</summary>
public sealed class SessionTimeColumn(string name, string meaning, Func<SessionRow, long> get, Func<SessionRow, long, SessionRow> with)
    : SessionColumn<long>(name, meaning, get, with);

/// <summary>A whole number: a JSON number, a Parquet INT64.</summary>
public sealed class SessionCountColumn(string name, string meaning, Func<SessionRow, long> get, Func<SessionRow, long, SessionRow> with)
    : SessionColumn<long>(name, meaning, get, with);

/// <summary>A flag: a JSON boolean, a Parquet BOOLEAN.</summary>
public sealed class SessionFlagColumn(string name, string meaning, Func<SessionRow, bool> get, Func<SessionRow, bool, SessionRow>? with)
    : SessionColumn<bool>(name, meaning, get, with);

/// <summary>A number of at most 14 integer and 4 fraction digits: a JSON number, a Parquet DECIMAL(18,4).</summary>
public sealed class SessionAmountColumn(
    string name, string meaning, Func<SessionRow, decimal?> get, Func<SessionRow, decimal?, SessionRow>? with)
    : SessionColumn<decimal?>(name, meaning, get, with);

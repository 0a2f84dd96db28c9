using Tidemark.Core.Sessions;

namespace Tidemark.Core.Parsing;

/// <summary>The unit of timestamps that are numbers.</summary>
public enum TimestampUnit
{
    /// <summary>By magnitude: below 10^11 seconds, below 10^14 milliseconds, below 10^17 microseconds, otherwise nanoseconds.</summary>
    Auto,

    /// <summary>Seconds since 1970.</summary>
    Seconds,

    /// <summary>Milliseconds since 1970.</summary>
    Milliseconds,

    /// <summary>Microseconds since 1970.</summary>
    Microseconds,

    /// <summary>Nanoseconds since 1970.</summary>
    Nanoseconds,
}

/// <summary>A change that is made to a text before it is counted. All of them are applied in the order of their values.</summary>
[Flags]
public enum Normalization
{
    /// <summary>The text is counted as it is.</summary>
    None = 0,

    /// <summary>
    /// Only the host of a URL: <c>https://user@Shop.example:8080/a?b</c> becomes <c>Shop.example</c>. A text without a host is kept.
    /// </summary>
    HostOnly = 1,

    /// <summary>Without the fragment: everything from the first <c>#</c> on.</summary>
    StripFragment = 2,

    /// <summary>Without the query: everything from the first <c>?</c> on, except a fragment.</summary>
    StripQuery = 4,

    /// <summary>Without slashes at the end of the path; a text of slashes only is kept as one.</summary>
    StripTrailingSlash = 8,

    /// <summary>In lower case, by the invariant culture.</summary>
    Lower = 16,

    /// <summary>In upper case, by the invariant culture.</summary>
    Upper = 32,
}

/// <summary>Where the value of a field is in a record.</summary>
public sealed record FieldSource
{
    /// <summary>
    /// Paths from the root of the record, such as <c>properties.url</c>; the first one with a value counts. A name with a dot in it is
    /// written <c>a\.b</c>. An element of an array of named values is chosen by <c>event_params[key=page_location].value.string_value</c>.
    /// </summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>The value of a record that has none at the paths; null for no value.</summary>
    public string? Constant { get; init; }

    /// <summary>
    /// What is done to the value before it is counted. Not for <c>timestamp</c>, <c>user_id</c>, <c>metadata.amount</c> and
    /// <c>currency</c>.
    /// </summary>
    public Normalization Normalization { get; init; }
}

/// <summary>A breakdown that the configuration adds: events by the value of a field.</summary>
/// <param name="Name">Its name in results: 1 to 40 of a-z, 0-9 and _, beginning with a letter; no other column's.</param>
/// <param name="Source">Where its key is. An event without one is not in the breakdown.</param>
public sealed record AddedBreakdown(string Name, FieldSource Source);

/// <summary>A counter that the configuration adds: events of one type.</summary>
/// <param name="Name">Its name in results, as that of an <see cref="AddedBreakdown"/>.</param>
/// <param name="EventType">The event type, as it is after <see cref="InputOptions.EventTypes"/>; 1 to 512 bytes.</param>
public sealed record AddedCounter(string Name, string EventType);

/// <summary>How records are read: where each field is, what event types are called, and how times are written. Immutable.</summary>
public sealed record InputOptions
{
    /// <summary>The greatest number of <see cref="Breakdowns"/>, and of <see cref="Counters"/>.</summary>
    public const int MaxAdded = 8;

    /// <summary>
    /// A ready map, one of <see cref="KnownSchemas.Names"/>; null for Tidemark's own format. <see cref="Fields"/> and <see
    /// cref="EventTypes"/> add to it.
    /// </summary>
    public string? Schema { get; init; }

    /// <summary>
    /// Where fields are, by the names in <see cref="RecordSchema.FieldNames"/>. A field that is not named stays where the schema says.
    /// </summary>
    public IReadOnlyDictionary<string, FieldSource> Fields { get; init; } = new Dictionary<string, FieldSource>();

    /// <summary>Event types by the names that records have for them. A name that is not mapped is counted as it is.</summary>
    public IReadOnlyDictionary<string, string> EventTypes { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// The unit of timestamps that are numbers; null for the schema's, which is <see cref="TimestampUnit.Auto"/> for Tidemark's own format.
    /// </summary>
    public TimestampUnit? TimestampUnit { get; init; }

    /// <summary>
    /// The time zone of timestamps without an offset, by its IANA name (<c>Europe/Stockholm</c>) or <c>UTC</c>; null rejects them. Of an
    /// hour that a zone has twice the second one counts (standard time).
    /// </summary>
    public string? DefaultZone { get; init; }

    /// <summary>Breakdowns beyond those of every result, at most <see cref="MaxAdded"/>.</summary>
    public IReadOnlyList<AddedBreakdown> Breakdowns { get; init; } = [];

    /// <summary>Counters beyond those of every result, at most <see cref="MaxAdded"/>.</summary>
    public IReadOnlyList<AddedCounter> Counters { get; init; } = [];

    /// <summary>Sessions of users, for which the user, the page and the referrer of every event are read; null: none. Default: none.</summary>
    public SessionOptions? Sessions { get; init; }

    /// <summary>Whether the currency of amounts is mapped, so that the revenue is summed by currency.</summary>
    public bool HasCurrency =>
        (Fields.GetValueOrDefault(RecordSchema.Currency) ?? (Schema is { } schema ? KnownSchemas.Find(schema)?.Fields : null)
            ?.GetValueOrDefault(RecordSchema.Currency)) is { } source && (source.Paths.Count > 0 || source.Constant is not null);

    /// <summary>Checks everything. Each mistake names the key, the expected and the actual value. Empty when there is none.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> mistakes = [];
        if (DefaultZone is { } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
        {
            mistakes.Add($"defaultZone: expected a time zone such as Europe/Stockholm or UTC, got '{zone}'");
        }

        if (Schema is { } schema && !KnownSchemas.Names.Contains(schema))
        {
            mistakes.Add(
                $"schema: expected one of {string.Join(", ", KnownSchemas.Names)}, got '{schema}'{NearNames.Hint(schema, KnownSchemas.Names)}");
            return mistakes;
        }

        SchemaCompiler.Compile(this, mistakes);
        mistakes.AddRange(Sessions?.Validate() ?? []);
        return mistakes;
    }
}

namespace Tidemark.Core.Parsing;

/// <summary>The outcome of a record: counted, or the reason why not, in the order in which the reasons are checked.</summary>
public enum RecordOutcome : byte
{
    /// <summary>Accepted by the parser, and counted unless the engine finds it <see cref="Late"/>.</summary>
    Counted,

    /// <summary>Longer than <see cref="EventParser.MaxRecordBytes"/>.</summary>
    TooLarge,

    /// <summary>Not strict JSON, or not UTF-8.</summary>
    MalformedJson,

    /// <summary>JSON, but not an object.</summary>
    NotAnObject,

    /// <summary>No <c>timestamp</c>.</summary>
    MissingTimestamp,

    /// <summary>A <c>timestamp</c> that is neither RFC 3339 nor integer epoch milliseconds, or is out of range.</summary>
    BadTimestamp,

    /// <summary>No <c>event_type</c>.</summary>
    MissingEventType,

    /// <summary>The timestamp is further past the record's arrival than allowed.</summary>
    FutureTimestamp,

    /// <summary>The event's minute is past its allowed lateness. Decided by the engine, never by the parser.</summary>
    Late,
}

/// <summary>The names of <see cref="RecordOutcome"/> values in dead letters and summaries.</summary>
public static class RecordOutcomeNames
{
    private static readonly string[] Names =
        ["counted", "too_large", "malformed_json", "not_an_object", "missing_timestamp",
            "bad_timestamp", "missing_event_type", "future_timestamp", "late"];

    /// <summary>The number of values, including <see cref="RecordOutcome.Counted"/>.</summary>
    public static int Count => Names.Length;

    /// <summary>The snake_case name.</summary>
    /// <exception cref="IndexOutOfRangeException">Not a value of the enumeration.</exception>
    public static string Name(this RecordOutcome outcome) => Names[(int)outcome];
}

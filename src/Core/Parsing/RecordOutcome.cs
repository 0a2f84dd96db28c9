namespace Tidemark.Core.Parsing;

/// <summary>What becomes of a record: counted, or the reason why not, in the order in which the reasons are checked.</summary>
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

    /// <summary>Too far past the record's arrival.</summary>
    FutureTimestamp,

    /// <summary>Its pane is past its allowed lateness. Decided by the engine, never by the parser.</summary>
    Late,
}

/// <summary>Names of <see cref="RecordOutcome"/> values as dead letters and summaries show them.</summary>
public static class RecordOutcomeNames
{
    private static readonly string[] Names =
        ["counted", "too_large", "malformed_json", "not_an_object", "missing_timestamp", "bad_timestamp", "missing_event_type", "future_timestamp", "late"];

    /// <summary>How many values there are, <see cref="RecordOutcome.Counted"/> included.</summary>
    public static int Count => Names.Length;

    /// <summary>The snake_case name.</summary>
    /// <exception cref="IndexOutOfRangeException">Not a value of the enumeration.</exception>
    public static string Name(this RecordOutcome outcome) => Names[(int)outcome];
}

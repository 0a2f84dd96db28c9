using Tidemark.Core.Results;
using Tidemark.Core.Windows;

namespace Tidemark.Core.Sessions;

/// <summary>All columns of a session row, in the order in which they are shown everywhere: the one place where one is declared.</summary>
public static class SessionColumns
{
    /// <summary>The columns.</summary>
    public static IReadOnlyList<SessionColumn> All { get; } =
    [
        Text("session_id", "identifies the session: 16 hex digits for the user, `-`, and the start in epoch milliseconds",
            static s => s.SessionId, static (s, v) => s with { SessionId = v! }),
        Text("user_id", "the user, or the user's pseudonym", static s => s.UserId, static (s, v) => s with { UserId = v! }),
        Time("start_time", "time of the earliest event", static s => s.StartMs, static (s, v) => s with { StartMs = v }),
        Time("end_time", "time of the latest event", static s => s.EndMs, static (s, v) => s with { EndMs = v }),
        new SessionAmountColumn("duration_seconds", "from the earliest to the latest event", static row => row.Session.DurationSeconds, with: null),
        Count("event_count", "events of any type", static s => s.EventCount, static (s, v) => s with { EventCount = v }),
        Count("page_view_count", "events of type `page_view`", static s => s.PageViewCount, static (s, v) => s with { PageViewCount = v }),
        Count("click_count", "events of type `click`", static s => s.ClickCount, static (s, v) => s with { ClickCount = v }),
        Count("purchase_count", "events of type `purchase`", static s => s.PurchaseCount, static (s, v) => s with { PurchaseCount = v }),
        Texts("pages_visited", "the distinct pages in the order of their bytes, at most 100 by default",
            static s => s.PagesVisited, static (s, v) => s with { PagesVisited = v }),
        new SessionFlagColumn(
            "pages_visited_cut", "whether there were more distinct pages",
            static row => row.Session.PagesVisitedCut, static (row, v) => row with { Session = row.Session with { PagesVisitedCut = v } }),
        Optional("entry_page", "page of the earliest event that has one", static s => s.EntryPage, static (s, v) => s with { EntryPage = v }),
        Optional("exit_page", "page of the latest event that has one", static s => s.ExitPage, static (s, v) => s with { ExitPage = v }),
        Optional("referrer", "referrer of the earliest event that has one", static s => s.Referrer, static (s, v) => s with { Referrer = v }),
        Optional("device_type", "device type of the earliest event that has one",
            static s => s.DeviceType, static (s, v) => s with { DeviceType = v }),
        Optional("country", "country of the earliest event that has one", static s => s.Country, static (s, v) => s with { Country = v }),
        new SessionFlagColumn("conversion", "whether there was a purchase", static row => row.Session.Conversion, with: null),
        new SessionAmountColumn(
            "revenue", "sum of the amounts of purchases; null when they are of more than one currency",
            static row => row.Session.Revenue, static (row, v) => row with { Session = row.Session with { Revenue = v } })
        {
            IsNullable = true,
        },
        Optional("currency", "currency of `revenue`; null when none is known or they are several",
            static s => s.Currency, static (s, v) => s with { Currency = v }),
        Texts("replaces", "ids of sessions published before that are part of this one since events came late",
            static s => s.Replaces, static (s, v) => s with { Replaces = v }, ColumnRole.Publication),
        new SessionTimeColumn(
            "ended_minute", "start of the minute in which it ended: when the user had been silent for the gap, or when it was cut",
            static row => row.EndedMinute.StartMs,
            static (row, v) => row with { EndedMinute = new Interval(v, v + EventTime.MinuteMs) })
        {
            Role = ColumnRole.Window,
        },
        new SessionCountColumn(
            "revision", "of the rows of an `ended_minute` those of the highest revision count, and no others",
            static row => row.Revision, static (row, v) => row with { Revision = v })
        {
            Role = ColumnRole.Publication,
        },
    ];

    /// <summary>The column with a name.</summary>
    /// <exception cref="KeyNotFoundException">There is no such column.</exception>
    public static SessionColumn Named(string name) =>
        All.FirstOrDefault(column => column.Name == name) ?? throw new KeyNotFoundException($"No column of a session is named '{name}'.");

    /// <summary>Whether two rows have equal content, whatever publication they are of.</summary>
    public static bool HaveSameContent(SessionRow a, SessionRow b) =>
        All.All(column => column.Role == ColumnRole.Publication || column.AreSame(a, b));

    private static SessionTextColumn Text(string name, string meaning, Func<Session, string?> get, Func<Session, string?, Session> with) =>
        new(name, meaning, row => get(row.Session), (row, v) => row with { Session = with(row.Session, v) });

    private static SessionTextColumn Optional(string name, string meaning, Func<Session, string?> get, Func<Session, string?, Session> with) =>
        new(name, meaning, row => get(row.Session), (row, v) => row with { Session = with(row.Session, v) }) { IsNullable = true };

    private static SessionTimeColumn Time(string name, string meaning, Func<Session, long> get, Func<Session, long, Session> with) =>
        new(name, meaning, row => get(row.Session), (row, v) => row with { Session = with(row.Session, v) });

    private static SessionCountColumn Count(string name, string meaning, Func<Session, long> get, Func<Session, long, Session> with) =>
        new(name, meaning, row => get(row.Session), (row, v) => row with { Session = with(row.Session, v) });

    private static SessionTextsColumn Texts(
        string name, string meaning, Func<Session, IReadOnlyList<string>> get, Func<Session, IReadOnlyList<string>, Session> with,
        ColumnRole role = ColumnRole.Content) =>
        new(name, meaning, row => get(row.Session), (row, v) => row with { Session = with(row.Session, v) }) { Role = role };
}

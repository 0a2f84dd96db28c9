using System.Globalization;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;

namespace Tidemark.Support.Samples;

/// <summary>Sessions as an engine makes them, without an engine.</summary>
public static class SessionSamples
{
    private const long Minute = 60_000;

    /// <summary>Text that has been mistaken for something else somewhere.</summary>
    public static IReadOnlyList<string> HardTexts { get; } =
    [
        "", " ", "\"", "\\", "\0", "\u001b[31m", "</script><b>&'", "=cmd()", "ключ", "鍵", "🛒", "e\u0301", "\u202Eevil", "\u2028",
        "{tag}", "a:b*c?", "'; DROP TABLE", "revision", new string('x', 512),
    ];

    /// <summary>A session with every column filled.</summary>
    /// <param name="user">The user.</param>
    /// <param name="startMs">Its start, epoch milliseconds.</param>
    /// <param name="lengthMs">Its length.</param>
    /// <param name="replaces">The ids that it replaces.</param>
    public static Session Session(string user, long startMs, long lengthMs = 5 * Minute, params string[] replaces) => new()
    {
        SessionId = IdOf(user, startMs),
        UserId = user,
        StartMs = startMs,
        EndMs = startMs + lengthMs,
        EventCount = 7,
        PageViewCount = 3,
        ClickCount = 2,
        PurchaseCount = 1,
        PagesVisited = ["/cart", "/home"],
        PagesVisitedCut = false,
        EntryPage = "/home",
        ExitPage = "/cart",
        Referrer = "https://example.org/?q=tide",
        DeviceType = "mobile",
        Country = "NO",
        Revenue = 19.9900m,
        Currency = "NOK",
        Replaces = replaces,
    };

    /// <summary>A session without anything that can be left out.</summary>
    public static Session Bare(string user, long startMs) => Session(user, startMs, lengthMs: 0) with
    {
        PagesVisited = [], EntryPage = null, ExitPage = null, Referrer = null, DeviceType = null, Country = null,
        PurchaseCount = 0, Revenue = null, Currency = null,
    };

    /// <summary>A session whose texts are hard to store.</summary>
    public static Session Hard(long startMs) => Session("us\"er\n\u0001'", startMs) with
    {
        PagesVisited = HardTexts, PagesVisitedCut = true, EntryPage = HardTexts[5], ExitPage = "", Referrer = HardTexts[^1], DeviceType = "=1+1",
        Country = "\u202E", Revenue = -99_999_999_999_999.9999m, EventCount = long.MaxValue, Replaces = ["a", "b"],
    };

    /// <summary>The id of a session, of the right form.</summary>
    public static string IdOf(string user, long startMs) =>
        string.Create(CultureInfo.InvariantCulture, $"{user.Aggregate(17UL, (hash, next) => unchecked((hash * 31) + next)):x16}-{startMs}");

    /// <summary>The sessions that ended in a minute.</summary>
    /// <param name="minuteMs">The start of the minute.</param>
    /// <param name="revision">The revision.</param>
    /// <param name="sessions">The sessions.</param>
    public static EndedSessions Ended(long minuteMs, long revision, params IEnumerable<Session> sessions) => new(
        new Interval(minuteMs, minuteMs + Minute), revision > 1 ? Phase.Corrected : Phase.OnTime, revision, minuteMs + Minute + 9_999,
        [.. sessions.OrderBy(session => session.StartMs).ThenBy(session => session.SessionId, StringComparer.Ordinal)]);

    /// <summary>The same row with another value in one column, if it can be set.</summary>
    public static SessionRow WithAnotherValue(SessionColumn column, SessionRow row) => column switch
    {
        SessionTextColumn text => text.With(row, text.Get(row) + "2"),
        SessionTextsColumn texts => texts.With(row, [.. texts.Get(row), "another"]),
        SessionTimeColumn time => time.With(row, time.Get(row) + Minute),
        SessionCountColumn count => count.With(row, count.Get(row) + 1),
        SessionFlagColumn flag => flag.With(row, !flag.Get(row)),
        SessionAmountColumn amount => amount.With(row, (amount.Get(row) ?? 0) + 1.25m),
        _ => throw new NotSupportedException($"No other value is known for a {column.GetType().Name}."),
    };
}

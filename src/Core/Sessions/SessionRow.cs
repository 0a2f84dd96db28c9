using Tidemark.Core.Windows;

namespace Tidemark.Core.Sessions;

/// <summary>One session as it is stored: with the minute in which it ended, and that minute's revision. Immutable.</summary>
/// <param name="Session">The session.</param>
/// <param name="EndedMinute">The minute: <see cref="EndedSessions.Minute"/>.</param>
/// <param name="Revision">Of the rows of a minute those of the highest revision count, and no others.</param>
public sealed record SessionRow(Session Session, Interval EndedMinute, long Revision)
{
    /// <summary>An empty row, from which a reader builds a row column by column.</summary>
    public static SessionRow Blank { get; } = new(
        new Session
        {
            SessionId = "",
            UserId = "",
            StartMs = 0,
            EndMs = 0,
            EventCount = 0,
            PageViewCount = 0,
            ClickCount = 0,
            PurchaseCount = 0,
            PagesVisited = [],
            PagesVisitedCut = false,
            EntryPage = null,
            ExitPage = null,
            Referrer = null,
            DeviceType = null,
            Country = null,
            Revenue = null,
            Currency = null,
        },
        default,
        0);

    /// <summary>Orders by the start of the session, then by its id.</summary>
    public static IComparer<SessionRow> ByStart { get; } =
        Comparer<SessionRow>.Create(static (a, b) => Session.ByStart.Compare(a.Session, b.Session));

    /// <summary>The rows of a publication, in its order.</summary>
    public static IReadOnlyList<SessionRow> Of(EndedSessions ended)
    {
        ArgumentNullException.ThrowIfNull(ended);
        return [.. ended.Sessions.Select(session => new SessionRow(session, ended.Minute, ended.Revision))];
    }

    /// <summary>The last sessions to end, each once, by end and id.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="count">The number of sessions.</param>
    public static IReadOnlyList<SessionRow> LastEnded(IEnumerable<SessionRow> rows, int count) =>
        [.. Once(rows).OrderBy(row => row.Session.EndMs).ThenBy(row => row.Session.SessionId, StringComparer.Ordinal).TakeLast(count)];

    /// <summary>
    /// Each session once: of the rows of a minute those of its highest revision, and of a session that a correction is moving from one minute to
    /// another the later one.
    /// </summary>
    public static IReadOnlyList<SessionRow> Once(IEnumerable<SessionRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        SessionRow[] all = [.. rows];
        Dictionary<Interval, long> newest = [];
        foreach (SessionRow row in all)
        {
            newest[row.EndedMinute] = Math.Max(row.Revision, newest.GetValueOrDefault(row.EndedMinute));
        }

        Dictionary<string, SessionRow> once = new(StringComparer.Ordinal);
        foreach (SessionRow row in all.Where(row => row.Revision == newest[row.EndedMinute]))
        {
            if (!once.TryGetValue(row.Session.SessionId, out SessionRow? known) || known.EndedMinute.StartMs < row.EndedMinute.StartMs)
            {
                once[row.Session.SessionId] = row;
            }
        }

        return [.. once.Values];
    }
}

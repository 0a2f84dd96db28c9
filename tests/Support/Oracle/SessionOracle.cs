using System.Globalization;
using System.Text.Json;

namespace Tidemark.Support.Oracle;

/// <summary>How the oracle makes sessions.</summary>
public sealed record OracleSessionOptions(long GapMs, long MaxLengthMs, int MaxPages);

/// <summary>A session as the oracle finds it: the minute that it ended in, and everything that its events decide as one text.</summary>
public sealed record OracleSession(string User, long Start, long End, long EndedAt, long PageViews, long Purchases, string Text)
{
    public long EndedMinute => OracleGrid.MinuteStart(EndedAt);
}

/// <summary>
/// What docs/SEMANTICS.md says about sessions, from the list of all counted events: sorted, cut where a user is silent for more than the gap, and
/// where a visit goes on past the block after the one it started in.
/// </summary>
public static class SessionOracle
{
    public static List<OracleSession> Compute(IEnumerable<OracleEvent> counted, OracleSessionOptions options, bool hasCurrency)
    {
        List<OracleSession> sessions = [];
        foreach (var ofUser in counted.Where(e => e.User is not null).GroupBy(e => e.User!, StringComparer.Ordinal))
        {
            List<OracleEvent> session = [];
            foreach (var e in ofUser.OrderBy(e => e.Time))
            {
                if (session.Count > 0)
                {
                    var follows = e.Time - session[^1].Time <= options.GapMs;
                    if (!follows || Block(e.Time) > Block(session[0].Time) + 1)
                    {
                        sessions.Add(Describe(session, follows ? e.Time : session[^1].Time + options.GapMs, options, hasCurrency));
                        session = [];
                    }
                }

                session.Add(e);
            }

            sessions.Add(Describe(session, session[^1].Time + options.GapMs, options, hasCurrency));
        }

        return sessions;

        long Block(long time) => (long)Math.Floor((decimal)time / (options.MaxLengthMs / 2));
    }

    /// <summary>The text of a session, for both sides.</summary>
    public static string TextOf(
        string user, long start, long end, (long All, long Views, long Clicks, long Purchases) counts, IEnumerable<string> pages, bool isCut,
        string?[] texts, decimal? revenue, string? currency) => string.Create(
            CultureInfo.InvariantCulture,
            $"{Quoted(user)} {start}..{end} {counts} pages=[{string.Join(',', pages.Select(Quoted))}] cut={isCut} "
                + $"{string.Join(' ', texts.Select(Quoted))} {revenue:0.0000} {currency}");

    private static OracleSession Describe(List<OracleEvent> events, long endedAt, OracleSessionOptions options, bool hasCurrency)
    {
        var pages = events.Select(e => e.Page).Where(page => page is { Length: > 0 }).Distinct().OfType<string>()
            .Order(Comparer<string>.Create(OracleText.CompareUtf8)).ToList();
        var purchases = events.Where(e => e.Type == "purchase").ToList();
        var amounts = purchases.Where(e => e.Amount is not (null or 0)).ToList();
        var currencies = hasCurrency ? amounts.Select(e => OracleAdded.Code(e.Currency)).Distinct().ToList() : [];
        var isMixed = currencies.Count > 1 || currencies.Contains("other");
        var revenue = amounts.Aggregate(System.Numerics.BigInteger.Zero, (sum, e) => sum + e.Amount!.Value);
        var most = new System.Numerics.BigInteger(999_999_999_999_999_999);
        var shown = (decimal)System.Numerics.BigInteger.Max(-most, System.Numerics.BigInteger.Min(most, revenue)) / 10_000m;
        var views = events.Count(e => e.Type == "page_view");
        var text = TextOf(
            OracleText.Key(events[0].User!), events[0].Time, events[^1].Time,
            (events.Count, views, events.Count(e => e.Type == "click"), purchases.Count),
            pages.Take(options.MaxPages), pages.Count > options.MaxPages,
            [First(e => e.Page), Last(e => e.Page), First(e => e.Referrer), First(e => e.Device), First(e => e.Country)],
            isMixed ? null : shown, isMixed ? null : currencies.SingleOrDefault());
        return new OracleSession(events[0].User!, events[0].Time, events[^1].Time, endedAt, views, purchases.Count, text);

        // Of several at the same time, the least text is the first and the greatest the last.
        string? First(Func<OracleEvent, string?> key) => events.Where(e => key(e) is { Length: > 0 })
            .OrderBy(e => e.Time).ThenBy(e => key(e)!, Comparer<string>.Create(OracleText.CompareUtf8)).Select(key).FirstOrDefault();

        string? Last(Func<OracleEvent, string?> key) => events.Where(e => key(e) is { Length: > 0 })
            .OrderBy(e => e.Time).ThenBy(e => key(e)!, Comparer<string>.Create(OracleText.CompareUtf8)).Select(key).LastOrDefault();
    }

    private static string Quoted(string? text) => text is null ? "-" : JsonSerializer.Serialize(text);
}

using System.Numerics;

namespace Tidemark.Support.Oracle;

/// <summary>The metrics of a list of events, recomputed from the list each time.</summary>
public static class OracleMetrics
{
    private const long MaxRevenue = 999_999_999_999_999_999; // 99,999,999,999,999.9999

    public static OracleContent Compute(IReadOnlyCollection<OracleEvent> events, OracleInterval window, OracleOptions options)
    {
        var views = events.Where(e => e.Type == "page_view").ToList();
        var clicks = events.Count(e => e.Type == "click");
        var purchases = events.Where(e => e.Type == "purchase").ToList();
        var users = events.Where(e => e.User is not null).Select(e => e.User).Distinct(StringComparer.Ordinal).Count();

        // Saturation is of the sum, not of a partial sum: the order of the events must not matter.
        var sum = purchases.Aggregate(BigInteger.Zero, (total, e) => total + (e.Amount ?? 0));
        var revenue = (long)BigInteger.Max(-MaxRevenue, BigInteger.Min(MaxRevenue, sum));
        var length = window.End - window.Start;
        var added = OracleAdded.Compute(events, options.Added);
        var isMixed = added.IsMixed;
        return new OracleContent
        {
            TotalEvents = events.Count,
            PageViews = views.Count,
            Clicks = clicks,
            Purchases = purchases.Count,
            AddToCarts = events.Count(e => e.Type == "add_to_cart"),
            Searches = events.Count(e => e.Type == "search"),
            RevenueTenThousandths = isMixed ? null : revenue,
            RevenueOverflow = added.IsCut ?? sum != revenue,
            InvalidAmounts = purchases.Count(e => e.InvalidAmount),
            UniqueUsers = users <= options.ExactUsersLimit ? users : null,
            UniqueUsersExact = users <= options.ExactUsersLimit,
            TrueUniqueUsers = users,
            TopPages = Ranked(views.Select(e => e.Page)).Take(options.TopPages).ToList(),
            Devices = Ranked(events.Select(e => e.Device)),
            Countries = Ranked(events.Select(e => e.Country)),
            EventTypes = Ranked(events.Select(e => e.Type)),
            AveragePerMinute = length <= 60_000 ? null : new OracleAverages(
                PerMinute(events.Count * 10_000L, length),
                PerMinute(views.Count * 10_000L, length),
                PerMinute(clicks * 10_000L, length),
                PerMinute(purchases.Count * 10_000L, length),
                isMixed ? null : PerMinute(revenue, length)),
            Added = added.Text,
        };
    }

    /// <summary>By count, descending, then by the key's UTF-8 bytes, ascending.</summary>
    internal static List<OracleCount> Ranked(IEnumerable<string?> keys) => keys
        .OfType<string>()
        .GroupBy(key => key, StringComparer.Ordinal)
        .Select(group => new OracleCount(group.Key, group.Count()))
        .OrderByDescending(entry => entry.Count)
        .ThenBy(entry => entry.Key, Comparer<string>.Create(OracleText.CompareUtf8))
        .ToList();

    /// <summary>Rounded to four decimals, half to even, with whole numbers: no digit is lost on the way. Cut to the greatest amount.</summary>
    private static decimal PerMinute(long tenThousandths, long lengthMs)
    {
        var dividend = BigInteger.Abs(tenThousandths) * 60_000;
        var quotient = BigInteger.DivRem(dividend, lengthMs, out var rest);
        var comparison = (rest * 2).CompareTo(lengthMs);
        if (comparison > 0 || (comparison == 0 && !quotient.IsEven))
        {
            quotient++;
        }

        return (decimal)(BigInteger.Min(quotient, 999_999_999_999_999_999) * Math.Sign(tenThousandths)) / 10_000m;
    }
}

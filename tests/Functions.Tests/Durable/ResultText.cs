using System.Globalization;
using System.Security.Cryptography;
using Tidemark.Aggregation.Closing;
using Tidemark.Aggregation.Tests.Oracle;

namespace Tidemark.Functions.Tests.Durable;

/// <summary>The content of a result as the oracle writes it.</summary>
internal static class ResultText
{
    public static string Content(WindowResult result) => new OracleContent
    {
        TotalEvents = result.TotalEvents,
        PageViews = result.PageViews,
        Clicks = result.Clicks,
        Purchases = result.Purchases,
        RevenueTenThousandths = (long)(result.Revenue * 10_000m),
        RevenueOverflow = result.RevenueOverflow,
        InvalidAmounts = result.InvalidAmounts,
        UniqueUsers = result.UniqueUsersExact ? result.UniqueUsers : null,
        UniqueUsersExact = result.UniqueUsersExact,
        TrueUniqueUsers = 0,
        TopPages = Counts(result.TopPages),
        Devices = Counts(result.Devices),
        Countries = Counts(result.Countries),
        EventTypes = Counts(result.EventTypes),
        AveragePerMinute = result.Averages is { } a ? new OracleAverages(a.Events, a.PageViews, a.Clicks, a.Purchases, a.Revenue) : null,
    }.ToText();

    /// <summary>The content, with what the oracle leaves open: the estimate of users, their sketch, and the bounds of the lists' errors.</summary>
    public static string Full(WindowResult result) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Content(result)} distinct={result.UniqueUsers} sketch={Convert.ToHexString(SHA256.HashData(result.UsersSketch.Span)[..4])} ")
        + string.Create(CultureInfo.InvariantCulture, $"errors={result.TopPages.MaxError}/{result.Devices.MaxError}/{result.Countries.MaxError}/{result.EventTypes.MaxError}");

    private static OracleCount[] Counts(Breakdown breakdown) => [.. breakdown.Counts.Select(count => new OracleCount(count.Key, count.Count))];
}

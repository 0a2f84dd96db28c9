using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;

namespace Tidemark.Support.Oracle;

/// <summary>Between the oracle's own types and the engine's: its options for the engine, the engine's results in its words.</summary>
public static class OracleBridge
{
    public static EngineOptions ToEngine(OracleOptions options) => new()
    {
        Windows = [.. options.Windows.Select(window => new WindowDefinition
        {
            Name = window.Name,
            Size = TimeSpan.FromMilliseconds(window.SizeMs),
            Slide = window.SlideMs is { } slide ? TimeSpan.FromMilliseconds(slide) : null,
            Step = window.StepMs is { } step ? TimeSpan.FromMilliseconds(step) : null,
            Offset = TimeSpan.FromMilliseconds(window.OffsetMs),
        })],
        MaxOutOfOrderness = TimeSpan.FromMilliseconds(options.MaxOutOfOrdernessMs),
        AllowedLateness = TimeSpan.FromMilliseconds(options.AllowedLatenessMs),
        MaxFutureSkew = TimeSpan.FromMilliseconds(options.MaxFutureSkewMs),
        ExactUsersLimit = options.ExactUsersLimit,
        TopPages = options.TopPages,
        EmitEmptyWindows = options.EmitEmptyWindows,
        Input = options.Added.ToInput(),
    };

    /// <summary>The content of a result as the oracle writes it.</summary>
    public static string Content(WindowResult result) => new OracleContent
    {
        TotalEvents = result.TotalEvents,
        PageViews = result.PageViews,
        Clicks = result.Clicks,
        Purchases = result.Purchases,
        AddToCarts = result.AddToCarts,
        Searches = result.Searches,
        RevenueTenThousandths = (long?)(result.Revenue * 10_000m),
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
        Added = OracleAdded.TextOf(
            result.Counters.Select(counter => (counter.Name, counter.Count)),
            result.Breakdowns.Select(breakdown => (breakdown.Name, (IEnumerable<OracleCount>)Counts(breakdown.Value))),
            result.RevenueByCurrency?.Select(entry => (entry.Key, entry.Amount))),
    }.ToText();

    private static OracleCount[] Counts(Breakdown breakdown) => [.. breakdown.Counts.Select(count => new OracleCount(count.Key, count.Count))];
}

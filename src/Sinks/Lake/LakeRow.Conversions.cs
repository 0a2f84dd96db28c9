using Tidemark.Core.Metrics;
using Tidemark.Core.Results;

namespace Tidemark.Sinks.Lake;

/// <content>Results to rows and back.</content>
public sealed partial class LakeRow
{
    /// <summary>The row of a result.</summary>
    public static LakeRow From(WindowResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return new LakeRow
        {
            WindowStart = Time(result.StartMs),
            WindowEnd = Time(result.EndMs),
            Window = result.Window,
            TotalEvents = result.TotalEvents,
            UniqueUsers = result.UniqueUsers,
            UniqueUsersExact = result.UniqueUsersExact,
            PageViews = result.PageViews,
            Clicks = result.Clicks,
            Purchases = result.Purchases,
            Revenue = result.Revenue,
            RevenueOverflow = result.RevenueOverflow,
            InvalidAmounts = result.InvalidAmounts,
            TopPages = Map(result.TopPages),
            DeviceBreakdown = Map(result.Devices),
            CountryBreakdown = Map(result.Countries),
            EventTypes = Map(result.EventTypes),
            TopPagesMaxError = result.TopPages.MaxError,
            DeviceBreakdownMaxError = result.Devices.MaxError,
            CountryBreakdownMaxError = result.Countries.MaxError,
            EventTypesMaxError = result.EventTypes.MaxError,
            AverageEventsPerMinute = result.Averages?.Events,
            AveragePageViewsPerMinute = result.Averages?.PageViews,
            AverageClicksPerMinute = result.Averages?.Clicks,
            AveragePurchasesPerMinute = result.Averages?.Purchases,
            AverageRevenuePerMinute = result.Averages?.Revenue,
            Phase = ResultJson.PhaseName(result.Phase),
            Revision = result.Revision,
            Watermark = result.WatermarkMs is { } watermark ? Time(watermark) : null,
            UsersSketch = result.UsersSketch.ToArray(),
        };
    }

    /// <summary>Whether the events say the same in both rows: all columns but <see cref="Phase"/>, <see cref="Revision"/> and <see cref="Watermark"/>.</summary>
    public bool HasSameContent(LakeRow other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Numbers(this).Equals(Numbers(other))
            && Errors(this).Equals(Errors(other))
            && Averages(this).Equals(Averages(other))
            && SameMap(TopPages, other.TopPages)
            && SameMap(DeviceBreakdown, other.DeviceBreakdown)
            && SameMap(CountryBreakdown, other.CountryBreakdown)
            && SameMap(EventTypes, other.EventTypes)
            && UsersSketch.AsSpan().SequenceEqual(other.UsersSketch);
    }

    /// <summary>The result of a row.</summary>
    /// <exception cref="InvalidDataException">The phase is none that is known.</exception>
    public WindowResult ToResult() => new()
    {
        Window = Window,
        StartMs = Ms(WindowStart),
        EndMs = Ms(WindowEnd),
        Phase = ResultJson.PhaseOf(Phase) ?? throw new InvalidDataException($"expected on_time or corrected in phase, found '{Phase}'"),
        Revision = Revision,
        WatermarkMs = Watermark is { } watermark ? Ms(watermark) : null,
        TotalEvents = TotalEvents,
        UniqueUsers = UniqueUsers,
        UniqueUsersExact = UniqueUsersExact,
        UsersSketch = UsersSketch ?? [],
        PageViews = PageViews,
        Clicks = Clicks,
        Purchases = Purchases,
        Revenue = Revenue,
        RevenueOverflow = RevenueOverflow,
        InvalidAmounts = InvalidAmounts,
        TopPages = Counts(TopPages, TopPagesMaxError),
        Devices = Counts(DeviceBreakdown, DeviceBreakdownMaxError),
        Countries = Counts(CountryBreakdown, CountryBreakdownMaxError),
        EventTypes = Counts(EventTypes, EventTypesMaxError),
        Averages = AverageEventsPerMinute is { } events
            ? new AveragePerMinute(
                events, AveragePageViewsPerMinute ?? 0, AverageClicksPerMinute ?? 0, AveragePurchasesPerMinute ?? 0, AverageRevenuePerMinute ?? 0)
            : null,
    };

    private static object Numbers(LakeRow row) =>
        (row.WindowStart, row.WindowEnd, row.Window, row.TotalEvents, row.UniqueUsers, row.UniqueUsersExact, row.PageViews, row.Clicks,
            row.Purchases, row.Revenue, row.RevenueOverflow, row.InvalidAmounts);

    private static object Errors(LakeRow row) =>
        (row.TopPagesMaxError, row.DeviceBreakdownMaxError, row.CountryBreakdownMaxError, row.EventTypesMaxError);

    private static object Averages(LakeRow row) =>
        (row.AverageEventsPerMinute, row.AveragePageViewsPerMinute, row.AverageClicksPerMinute, row.AveragePurchasesPerMinute, row.AverageRevenuePerMinute);

    private static bool SameMap(Dictionary<string, long>? a, Dictionary<string, long>? b) =>
        (a ?? []).SequenceEqual(b ?? []);

    private static Breakdown Counts(Dictionary<string, long>? map, long maxError) => new([.. (map ?? []).Select(pair => new KeyCount(pair.Key, pair.Value))], maxError);

    private static long Ms(DateTime time) => new DateTimeOffset(time).ToUnixTimeMilliseconds();

    private static DateTime Time(long epochMs) => DateTimeOffset.FromUnixTimeMilliseconds(epochMs).UtcDateTime;

    private static Dictionary<string, long> Map(Breakdown breakdown)
    {
        Dictionary<string, long> map = new(breakdown.Counts.Count);
        foreach (var entry in breakdown.Counts)
        {
            map.Add(entry.Key, entry.Count);
        }

        return map;
    }
}

using System.Text.Json.Serialization;
using Parquet.Serialization.Attributes;
using Tidemark.Aggregation.Closing;

namespace Tidemark.Storage.Lake;

/// <summary>
/// One row of a <c>metrics_*</c> table: the columns in the order and under the names that the lake shows. Times are UTC in
/// milliseconds (see docs/decisions/0005-timestamps.md), revenue is DECIMAL(18,4), breakdowns are MAP(string, int64) ordered by count.
/// </summary>
public sealed class LakeRow
{
    /// <summary>First moment inside.</summary>
    [JsonPropertyName("window_start"), ParquetTimestamp(ParquetTimestampResolution.Milliseconds, true, true)]
    public DateTime WindowStart { get; set; }

    /// <summary>First moment after.</summary>
    [JsonPropertyName("window_end"), ParquetTimestamp(ParquetTimestampResolution.Milliseconds, true, true)]
    public DateTime WindowEnd { get; set; }

    /// <summary>Name of the window's family.</summary>
    [JsonPropertyName("window")]
    public string Window { get; set; } = "";

    /// <summary>Events counted.</summary>
    [JsonPropertyName("total_events")]
    public long TotalEvents { get; set; }

    /// <summary>Distinct users.</summary>
    [JsonPropertyName("unique_users")]
    public long UniqueUsers { get; set; }

    /// <summary>Whether the distinct users are exact.</summary>
    [JsonPropertyName("unique_users_exact")]
    public bool UniqueUsersExact { get; set; }

    /// <summary>Page views.</summary>
    [JsonPropertyName("page_views")]
    public long PageViews { get; set; }

    /// <summary>Clicks.</summary>
    [JsonPropertyName("clicks")]
    public long Clicks { get; set; }

    /// <summary>Purchases.</summary>
    [JsonPropertyName("purchases")]
    public long Purchases { get; set; }

    /// <summary>Sum of the amounts of purchases.</summary>
    [JsonPropertyName("revenue"), ParquetDecimal(18, 4)]
    public decimal Revenue { get; set; }

    /// <summary>Whether the revenue was cut to what the column holds.</summary>
    [JsonPropertyName("revenue_overflow")]
    public bool RevenueOverflow { get; set; }

    /// <summary>Purchases with an amount that is none.</summary>
    [JsonPropertyName("invalid_amounts")]
    public long InvalidAmounts { get; set; }

    /// <summary>Page views by URL, the greatest.</summary>
    [JsonPropertyName("top_pages")]
    public Dictionary<string, long>? TopPages { get; set; }

    /// <summary>Events by device type.</summary>
    [JsonPropertyName("device_breakdown")]
    public Dictionary<string, long>? DeviceBreakdown { get; set; }

    /// <summary>Events by country.</summary>
    [JsonPropertyName("country_breakdown")]
    public Dictionary<string, long>? CountryBreakdown { get; set; }

    /// <summary>Events by event type.</summary>
    [JsonPropertyName("event_types")]
    public Dictionary<string, long>? EventTypes { get; set; }

    /// <summary>Greatest over-count of a page.</summary>
    [JsonPropertyName("top_pages_max_error")]
    public long TopPagesMaxError { get; set; }

    /// <summary>Greatest over-count of a device type.</summary>
    [JsonPropertyName("device_breakdown_max_error")]
    public long DeviceBreakdownMaxError { get; set; }

    /// <summary>Greatest over-count of a country.</summary>
    [JsonPropertyName("country_breakdown_max_error")]
    public long CountryBreakdownMaxError { get; set; }

    /// <summary>Greatest over-count of an event type.</summary>
    [JsonPropertyName("event_types_max_error")]
    public long EventTypesMaxError { get; set; }

    /// <summary>Events per minute; null for windows of one pane.</summary>
    [JsonPropertyName("average_events_per_minute"), ParquetDecimal(18, 4)]
    public decimal? AverageEventsPerMinute { get; set; }

    /// <summary>Page views per minute; null for windows of one pane.</summary>
    [JsonPropertyName("average_page_views_per_minute"), ParquetDecimal(18, 4)]
    public decimal? AveragePageViewsPerMinute { get; set; }

    /// <summary>Clicks per minute; null for windows of one pane.</summary>
    [JsonPropertyName("average_clicks_per_minute"), ParquetDecimal(18, 4)]
    public decimal? AverageClicksPerMinute { get; set; }

    /// <summary>Purchases per minute; null for windows of one pane.</summary>
    [JsonPropertyName("average_purchases_per_minute"), ParquetDecimal(18, 4)]
    public decimal? AveragePurchasesPerMinute { get; set; }

    /// <summary>Revenue per minute; null for windows of one pane.</summary>
    [JsonPropertyName("average_revenue_per_minute"), ParquetDecimal(18, 4)]
    public decimal? AverageRevenuePerMinute { get; set; }

    /// <summary><c>on_time</c> or <c>corrected</c>.</summary>
    [JsonPropertyName("phase")]
    public string Phase { get; set; } = "";

    /// <summary>Grows with every change of content.</summary>
    [JsonPropertyName("revision")]
    public long Revision { get; set; }

    /// <summary>The watermark at the publication; null once a bounded source has ended.</summary>
    [JsonPropertyName("watermark"), ParquetTimestamp(ParquetTimestampResolution.Milliseconds, true, true)]
    public DateTime? Watermark { get; set; }

    /// <summary>The users' HyperLogLog in Redis's dense form: SET it in Redis and PFCOUNT answers.</summary>
    [JsonPropertyName("users_sketch")]
    public byte[]? UsersSketch { get; set; }

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

    private static object Numbers(LakeRow row) =>
        (row.WindowStart, row.WindowEnd, row.Window, row.TotalEvents, row.UniqueUsers, row.UniqueUsersExact, row.PageViews, row.Clicks,
            row.Purchases, row.Revenue, row.RevenueOverflow, row.InvalidAmounts);

    private static object Errors(LakeRow row) =>
        (row.TopPagesMaxError, row.DeviceBreakdownMaxError, row.CountryBreakdownMaxError, row.EventTypesMaxError);

    private static object Averages(LakeRow row) =>
        (row.AverageEventsPerMinute, row.AveragePageViewsPerMinute, row.AverageClicksPerMinute, row.AveragePurchasesPerMinute, row.AverageRevenuePerMinute);

    private static bool SameMap(Dictionary<string, long>? a, Dictionary<string, long>? b) =>
        (a ?? []).SequenceEqual(b ?? []);

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

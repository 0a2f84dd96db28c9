using System.Text.Json.Serialization;
using Parquet.Serialization.Attributes;

namespace Tidemark.Sinks.Lake;

/// <summary>
/// One row of a <c>metrics_*</c> table: the columns in the order and under the names that the lake shows. Times are UTC in
/// milliseconds (see docs/decisions/0005-timestamps.md), revenue is DECIMAL(18,4), breakdowns are MAP(string, int64) ordered by count.
/// </summary>
public sealed partial class LakeRow : ILakeRecord
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
}

using System.Text.Json.Serialization;
using Parquet.Serialization.Attributes;

namespace Tidemark.Sinks.Tests.Lake;

/// <summary>A row of a table of windows as Parquet.Net's own serializer of classes reads and writes it, and as earlier versions wrote it.</summary>
public sealed class StoredRow
{
    [JsonPropertyName("window_start"), ParquetTimestamp(ParquetTimestampResolution.Milliseconds, true, true)]
    public DateTime WindowStart { get; set; }

    [JsonPropertyName("window_end"), ParquetTimestamp(ParquetTimestampResolution.Milliseconds, true, true)]
    public DateTime WindowEnd { get; set; }

    [JsonPropertyName("window")]
    public string Window { get; set; } = "";

    [JsonPropertyName("total_events")]
    public long TotalEvents { get; set; }

    [JsonPropertyName("unique_users")]
    public long UniqueUsers { get; set; }

    [JsonPropertyName("unique_users_exact")]
    public bool UniqueUsersExact { get; set; }

    [JsonPropertyName("page_views")]
    public long PageViews { get; set; }

    [JsonPropertyName("clicks")]
    public long Clicks { get; set; }

    [JsonPropertyName("purchases")]
    public long Purchases { get; set; }

    [JsonPropertyName("revenue"), ParquetDecimal(18, 4)]
    public decimal Revenue { get; set; }

    [JsonPropertyName("revenue_overflow")]
    public bool RevenueOverflow { get; set; }

    [JsonPropertyName("invalid_amounts")]
    public long InvalidAmounts { get; set; }

    [JsonPropertyName("top_pages")]
    public Dictionary<string, long>? TopPages { get; set; }

    [JsonPropertyName("device_breakdown")]
    public Dictionary<string, long>? DeviceBreakdown { get; set; }

    [JsonPropertyName("country_breakdown")]
    public Dictionary<string, long>? CountryBreakdown { get; set; }

    [JsonPropertyName("event_types")]
    public Dictionary<string, long>? EventTypes { get; set; }

    [JsonPropertyName("top_pages_max_error")]
    public long TopPagesMaxError { get; set; }

    [JsonPropertyName("device_breakdown_max_error")]
    public long DeviceBreakdownMaxError { get; set; }

    [JsonPropertyName("country_breakdown_max_error")]
    public long CountryBreakdownMaxError { get; set; }

    [JsonPropertyName("event_types_max_error")]
    public long EventTypesMaxError { get; set; }

    [JsonPropertyName("average_events_per_minute"), ParquetDecimal(18, 4)]
    public decimal? AverageEventsPerMinute { get; set; }

    [JsonPropertyName("average_page_views_per_minute"), ParquetDecimal(18, 4)]
    public decimal? AveragePageViewsPerMinute { get; set; }

    [JsonPropertyName("average_clicks_per_minute"), ParquetDecimal(18, 4)]
    public decimal? AverageClicksPerMinute { get; set; }

    [JsonPropertyName("average_purchases_per_minute"), ParquetDecimal(18, 4)]
    public decimal? AveragePurchasesPerMinute { get; set; }

    [JsonPropertyName("average_revenue_per_minute"), ParquetDecimal(18, 4)]
    public decimal? AverageRevenuePerMinute { get; set; }

    [JsonPropertyName("phase")]
    public string Phase { get; set; } = "";

    [JsonPropertyName("revision")]
    public long Revision { get; set; }

    [JsonPropertyName("watermark"), ParquetTimestamp(ParquetTimestampResolution.Milliseconds, true, true)]
    public DateTime? Watermark { get; set; }

    [JsonPropertyName("users_sketch")]
    public byte[]? UsersSketch { get; set; }
}

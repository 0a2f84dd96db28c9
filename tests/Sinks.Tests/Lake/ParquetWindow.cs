using Parquet.Serialization;
using Tidemark.Core.Metrics;
using Tidemark.Core.Results;

namespace Tidemark.Sinks.Tests.Lake;

/// <summary>A window's own file, read column by column.</summary>
internal static class ParquetWindow
{
    /// <summary>The only row of a file.</summary>
    public static async Task<WindowResult> ReadAsync(Stream file) =>
        ToResult(Assert.Single((await ParquetSerializer.DeserializeAsync<StoredRow>(file)).Data));

    private static WindowResult ToResult(StoredRow row) => new()
    {
        Window = row.Window,
        StartMs = Milliseconds(row.WindowStart),
        EndMs = Milliseconds(row.WindowEnd),
        Phase = row.Phase == "corrected" ? Phase.Corrected : Phase.OnTime,
        Revision = row.Revision,
        WatermarkMs = row.Watermark is { } watermark ? Milliseconds(watermark) : null,
        TotalEvents = row.TotalEvents,
        UniqueUsers = row.UniqueUsers,
        UniqueUsersExact = row.UniqueUsersExact,
        UsersSketch = row.UsersSketch,
        PageViews = row.PageViews,
        Clicks = row.Clicks,
        Purchases = row.Purchases,
        Revenue = row.Revenue,
        RevenueOverflow = row.RevenueOverflow,
        InvalidAmounts = row.InvalidAmounts,
        TopPages = Map(row.TopPages, row.TopPagesMaxError),
        Devices = Map(row.DeviceBreakdown, row.DeviceBreakdownMaxError),
        Countries = Map(row.CountryBreakdown, row.CountryBreakdownMaxError),
        EventTypes = Map(row.EventTypes, row.EventTypesMaxError),
        Averages = row.AverageEventsPerMinute is not { } events ? null : new(
            events,
            row.AveragePageViewsPerMinute!.Value,
            row.AverageClicksPerMinute!.Value,
            row.AveragePurchasesPerMinute!.Value,
            row.AverageRevenuePerMinute!.Value),
    };

    private static Breakdown Map(Dictionary<string, long>? map, long maxError) =>
        new([.. map!.Select(entry => new KeyCount(entry.Key, entry.Value))], maxError);

    private static long Milliseconds(DateTime time) => new DateTimeOffset(time, TimeSpan.Zero).ToUnixTimeMilliseconds();
}

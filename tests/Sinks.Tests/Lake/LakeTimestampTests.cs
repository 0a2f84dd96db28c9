using Parquet;
using Parquet.Schema;
using Tidemark.Sinks.Lake;
using Tidemark.Support.Fixtures;
using static Tidemark.Sinks.Tests.Lake.LakeSamples;

namespace Tidemark.Sinks.Tests.Lake;

/// <summary>Filters by time, which engines answer from the minimum and maximum of each group of rows: docs/decisions/0005-timestamps.md.</summary>
public sealed class LakeTimestampTests : IDisposable
{
    private const string Later = "window_start >= TIMESTAMPTZ '2026-11-22 06:30:00Z'";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task DuckDb_FilterByTime_FindsTheRowsOfWindowsHoursAndDays()
    {
        LakeSink sink = new(LocalLake.Open(_folder.Path), Families, new LakeOptions { Grace = TimeSpan.Zero });
        await sink.WriteAsync(HourOf(OneMinute, Start), default);
        Assert.Equal("30", await CountAsync("metrics_1min/**/*.parquet", Later));
        await sink.MarkFinalAsync("1min", Start + Day, default);

        Assert.Equal("30", await CountAsync("metrics_1min/**/*.parquet", Later));
        Assert.Equal("30", await CountAsync("metrics_1min_daily/**/*.parquet", Later));
        Assert.Equal("0", await CountAsync("metrics_1min_daily/**/*.parquet", "window_start >= TIMESTAMPTZ '2026-11-22 07:00:00Z'"));
        Assert.Equal("30", await CountAsync("metrics_breakdown/**/*.parquet", $"{Later} AND dimension = 'page' AND value = '/home'"));
    }

    /// <summary>Why the lake's times are in milliseconds. When this fails, the library has been repaired: see the decision.</summary>
    [Fact]
    public async Task Microseconds_AsTheLibraryWritesThem_AreLostToAFilterByTime()
    {
        DateTime start = DateTimeOffset.FromUnixTimeMilliseconds(Start).UtcDateTime;
        DateTime[] times = [.. Enumerable.Range(0, 60).Select(minute => start.AddMinutes(minute))];
        DateTimeDataField field = new("window_start", DateTimeFormat.Timestamp, isAdjustedToUTC: true, DateTimeTimeUnit.Micros);
        await using (FileStream file = File.Create(_folder.File("rows.parquet")))
        await using (ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(field), file))
        {
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            await group.WriteAsync<DateTime>(field, times);
            group.CompleteValidate();
        }

        Assert.Equal("60", await CountAsync("rows.parquet", "epoch_ms(window_start) > 0"));
        Assert.Equal("0", await CountAsync("rows.parquet", Later));
    }

    private async Task<string> CountAsync(string files, string condition) =>
        (await DuckDb.QueryAsync(
            $"SELECT count(*)::BIGINT AS rows FROM read_parquet({DuckDb.Quote(_folder.File(files))}) WHERE {condition}"))[0, "rows"];
}

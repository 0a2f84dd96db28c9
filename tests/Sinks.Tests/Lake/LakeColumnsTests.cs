using Parquet;
using Parquet.Serialization;
using Tidemark.Core.Results;
using Tidemark.Sinks.Lake;
using Tidemark.Support.Fixtures;
using Tidemark.Support.Samples;
using static Tidemark.Sinks.Tests.Lake.LakeSamples;

namespace Tidemark.Sinks.Tests.Lake;

/// <summary>
/// Goal: every column of a closed result is in the lake, with its type, and comes back from it; files of earlier versions are read.
/// </summary>
public sealed class LakeColumnsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Root => _folder.File("lake");

    public static TheoryData<string> Columns => [.. ResultColumns.All.Where(column => !column.IsLiveOnly).Select(column => column.Name)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Columns))]
    public async Task Read_AnotherValueInAnyColumn_IsReadBack(string name)
    {
        ResultColumn column = ResultColumns.Named(name);
        WindowResult result = Result(OneHour, Start);
        WindowResult other = ColumnSamples.WithAnotherValue(column, name == "window" ? result with { Window = "1" } : result);

        await new LakeSink(LocalLake.Open(Root), Families).WriteAsync([other], default);

        Assert.Empty(DifferencesOf(other, Assert.Single(await ReadAllAsync(LocalLake.Open(Root), other.Window))));
    }

    [Fact]
    public async Task Write_Result_HasTheColumnsOfTheTableWithTheirTypes()
    {
        await new LakeSink(LocalLake.Open(Root), Families).WriteAsync([Result(OneHour, Start)], default);

        IReadOnlyDictionary<string, string> types = await DuckDb.TypesAsync(
            $"SELECT * FROM read_parquet({DuckDb.Quote(Root + "/metrics_1hour/**/*.parquet")}, hive_partitioning = false)");

        Assert.Equal(ResultColumns.All.Where(column => !column.IsLiveOnly).ToDictionary(column => column.Name, TypeOf), types);
    }

    [Fact]
    public async Task Read_FileOfParquetNetsSerializer_GivesEveryColumnBack()
    {
        WindowResult[] results = [.. HourOf(OneMinute, Start, count: 5), .. HourOf(FiveMinutes, Start, count: 2)];
        LocalLake lake = LocalLake.Open(Root);
        foreach (WindowResult result in results)
        {
            await WriteStoredRowAsync(lake, result);
        }

        List<WindowResult> read = [.. await ReadAllAsync(lake, "1min"), .. await ReadAllAsync(lake, "5min")];

        Assert.Equal(results.Length, read.Count);
        Assert.All(results.Zip(read), pair => Assert.Empty(DifferencesOf(pair.First, pair.Second).Except(LaterNames)));
        Assert.All(read, result => Assert.All(Later, column => Assert.True(column.AreSame(WindowResult.Blank, result))));
    }

    [Fact]
    public async Task Write_SameResultOverAFileWithoutLaterColumns_IsNoOtherResult()
    {
        LocalLake lake = LocalLake.Open(Root);
        WindowResult result = Later.Aggregate(Result(OneMinute, Start), (sample, column) => ColumnSamples.WithAnotherValue(column, sample));
        await WriteStoredRowAsync(lake, result);

        LakeSink sink = new(lake, Families);
        await sink.WriteAsync([result], default);
        await sink.WriteAsync([Result(OneMinute, Start + Minute)], default);
        await sink.MarkFinalAsync("1min", Start + Hour, default);
        await sink.FinishAsync(default);
        LakeSink again = new(lake, Families);
        await again.WriteAsync([result], default);

        // What is not known stays unknown in the hour's file too.
        Assert.Equal((1, 1), (sink.Unchanged, again.Unchanged));
        Assert.Equal(1, sink.Compaction.Hours);
    }

    private static IEnumerable<ResultColumn> Later => ResultColumns.All.Where(column => column.IsLater);

    private static IEnumerable<string> LaterNames => Later.Select(column => column.Name);

    private static IEnumerable<string> DifferencesOf(WindowResult expected, WindowResult actual) =>
        ResultColumns.All.Where(column => !column.AreSame(expected, actual)).Select(column => column.Name);

    private static string TypeOf(ResultColumn column) => column switch
    {
        TextColumn => "VARCHAR",
        TimeColumn => "TIMESTAMP WITH TIME ZONE",
        CountColumn => "BIGINT",
        FlagColumn => "BOOLEAN",
        AmountColumn => "DECIMAL(18,4)",
        MapColumn => "MAP(VARCHAR, BIGINT)",
        BytesColumn => "BLOB",
        _ => throw new NotSupportedException(column.GetType().Name),
    };

    private static async Task WriteStoredRowAsync(LocalLake lake, WindowResult result)
    {
        using MemoryStream content = new();
        StoredRow[] rows = [StoredRowOf(result)];
        await ParquetSerializer.SerializeAsync(rows, content, new ParquetOptions { CompressionMethod = CompressionMethod.Snappy });
        Assert.True(await lake.WriteAsync(LakeLayout.PathOf(result, sharesStarts: false), content.ToArray(), null, default));
    }

    private static StoredRow StoredRowOf(WindowResult result) => new()
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
        Revenue = result.Revenue!.Value,
        RevenueOverflow = result.RevenueOverflow,
        InvalidAmounts = result.InvalidAmounts,
        TopPages = Map(result.TopPages),
        DeviceBreakdown = Map(result.Devices),
        CountryBreakdown = Map(result.Countries),
        EventTypes = Map(result.EventTypes),
        AverageEventsPerMinute = result.Averages?.Events,
        AveragePageViewsPerMinute = result.Averages?.PageViews,
        AverageClicksPerMinute = result.Averages?.Clicks,
        AveragePurchasesPerMinute = result.Averages?.Purchases,
        AverageRevenuePerMinute = result.Averages?.Revenue,
        Phase = result.Phase == Phase.OnTime ? "on_time" : "corrected",
        Revision = result.Revision,
        Watermark = result.WatermarkMs is { } watermark ? Time(watermark) : null,
        UsersSketch = result.UsersSketch.ToArray(),
    };

    private static Dictionary<string, long> Map(Breakdown breakdown) => breakdown.Counts.ToDictionary(entry => entry.Key, entry => entry.Count);

    private static DateTime Time(long epochMs) => DateTimeOffset.FromUnixTimeMilliseconds(epochMs).UtcDateTime;
}

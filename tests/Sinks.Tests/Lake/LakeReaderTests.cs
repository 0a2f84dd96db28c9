using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Sinks.Lake;
using Tidemark.Support.Fixtures;
using static Tidemark.Sinks.Tests.Lake.LakeSamples;

namespace Tidemark.Sinks.Tests.Lake;

public sealed class LakeReaderTests : IDisposable
{
    private static readonly Interval Everything = new(long.MinValue, long.MaxValue);

    private readonly TempFolder _folder = new();

    private string Root => _folder.File("lake");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ReadAsync_Range_IsTheWindowsThatStartInIt()
    {
        await WriteAsync([.. HourOf(OneMinute, Start), .. HourOf(OneMinute, Start + Hour)]);

        Assert.Equal([Start + (30 * Minute), Start + (31 * Minute)], await StartsAsync(Start + (30 * Minute), Start + (32 * Minute)));
        Assert.Equal([Start + (59 * Minute), Start + Hour], await StartsAsync(Start + (59 * Minute) - 1, Start + Hour + 1));
        Assert.Empty(await StartsAsync(Start + Minute + 1, Start + Minute + 2));
        Assert.Equal(120, (await StartsAsync(long.MinValue, long.MaxValue)).Count);
    }

    [Fact]
    public async Task ReadAsync_Range_ReadsOnlyTheFoldersItTouches()
    {
        await WriteAsync([.. HourOf(OneMinute, Start, count: 2), .. HourOf(OneMinute, Start + Hour, count: 2),
            Result(OneMinute, Start + Day), Result(OneMinute, Start - Day)]);
        List<string> read = [];
        FaultyLake lake = new(LocalLake.Open(Root)) { Before = (name, path) => read.Add($"{name} {path}") };

        Assert.Equal(2, (await new LakeReader(lake).ReadAsync("1min", new Interval(Start + Hour, Start + (2 * Hour)), default).ToListAsync()).Count);

        Assert.Equal(
            [
                "list metrics_1min", "list metrics_1min/date=2026-11-22", "read metrics_1min/date=2026-11-22/hour=07/1795330800.parquet",
                "read metrics_1min/date=2026-11-22/hour=07/1795330860.parquet",
            ],
            read);
    }

    [Fact]
    public async Task ReadLastAsync_Count_IsTheLastOnesInOrder()
    {
        await WriteAsync([.. HourOf(OneMinute, Start, count: 3), .. HourOf(OneMinute, Start + Day, count: 2)]);
        LakeReader reader = new(LocalLake.Open(Root));

        Assert.Equal([Start + (2 * Minute), Start + Day, Start + Day + Minute],
            (await reader.ReadLastAsync("1min", Everything, 3, default)).Select(result => result.StartMs));
        Assert.Equal([Start + Minute], (await reader.ReadLastAsync("1min", new Interval(0, Start + (2 * Minute)), 1, default)).Select(
            result => result.StartMs));
        Assert.Equal(5, (await reader.ReadLastAsync("1min", Everything, 99, default)).Count);
        Assert.Empty(await reader.ReadLastAsync("nothing", Everything, 1, default));
    }

    [Fact]
    public async Task ReadAsync_EveryColumn_IsTheResultThatWasWritten()
    {
        WindowResult[] results =
        [
            Result(OneHour, Start) with
            {
                Revenue = -99_999_999_999_999.9999m, RevenueOverflow = true,
                TotalEvents = long.MaxValue, UniqueUsersExact = false, WatermarkMs = null,
                TopPages = new Breakdown([new("/x", 7)], 3), Devices = new Breakdown([], 4),
                Countries = new Breakdown([new("A", 1)], 5), EventTypes = new Breakdown([new("B", 2)], 6),
            },
            Result(OneHour, Start + Hour, 5),
        ];
        await WriteAsync(results);

        List<WindowResult> read = await ReadAllAsync(LocalLake.Open(Root), "1hour");

        Assert.Equal(Texts(results), Texts(read));
        Assert.Equal(results[1].UsersSketch.ToArray(), read[1].UsersSketch.ToArray());
    }

    [Fact]
    public async Task CountUsersAsync_SeveralWindows_CountsNobodyTwice()
    {
        List<WindowResult> results = HourOf(OneMinute, Start);
        await WriteAsync(results);

        UserCount count = await new LakeReader(LocalLake.Open(Root)).CountUsersAsync("1min", new Interval(Start, Start + Hour), default);

        long exact = results.SelectMany(result => Users(result.StartMs)).Distinct().LongCount();
        Assert.Equal(62, exact);
        Assert.InRange(count.Users, exact - 1, exact + 1);
        Assert.Equal((false, 60L, new Interval(Start, Start + Hour)), (count.IsExact, count.Windows, count.Covered));
    }

    [Fact]
    public async Task CountUsersAsync_OneWindow_IsItsOwnNumber()
    {
        await WriteAsync([.. HourOf(OneMinute, Start, count: 5), .. HourOf(FiveMinutes, Start, count: 5)]);
        LakeReader reader = new(LocalLake.Open(Root));

        Assert.Equal(new UserCount(3, true, 1, new Interval(Start, Start + Minute)), await reader.CountUsersAsync(
            "1min", new Interval(Start, Start + Minute), default));
        Assert.Equal(new UserCount(3, true, 1, new Interval(Start, Start + (5 * Minute))), await reader.CountUsersAsync(
            "5min", new Interval(Start, Start + (6 * Minute) - 1), default));
        Assert.Equal(new UserCount(0, true, 0, null), await reader.CountUsersAsync("1min", new Interval(0, 1), default));
    }

    [Fact]
    public async Task ListFamiliesAsync_Lake_NamesThemWithoutOtherTables()
    {
        await WriteAsync([Result(OneMinute, Start), Result(OneHour, Start)]);
        LakeSink sink = new(LocalLake.Open(Root), Families);
        await sink.MarkFinalAsync("1hour", Start + Day, default);
        Assert.True(Directory.Exists(Path.Combine(Root, "metrics_1hour_daily")));

        Assert.Equal(["1hour", "1min"], await new LakeReader(LocalLake.Open(Root)).ListFamiliesAsync(default));
    }

    [Fact]
    public async Task ReadAsync_DamagedFile_SaysWhich()
    {
        await WriteAsync([Result(OneMinute, Start)]);
        string file = Path.Combine(Root, "metrics_1min", "date=2026-11-22", "hour=06", "1795327200.parquet");
        await File.WriteAllTextAsync(file, "damaged, and longer than twelve bytes");

        Assert.Contains(
            file, (await Assert.ThrowsAsync<SinkException>(() => ReadAllAsync(LocalLake.Open(Root), "1min"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OpenToRead_NoSuchFolder_SaysSoAndMakesNone()
    {
        Assert.Equal($"cannot read the lake {Root}: No such directory", Assert.Throws<SinkException>(() => LocalLake.OpenToRead(Root)).Message);
        Assert.False(Directory.Exists(Root));
    }

    private async Task<List<long>> StartsAsync(long fromMs, long toMs) =>
        [.. (await new LakeReader(LocalLake.Open(Root)).ReadAsync("1min", new Interval(fromMs, toMs), default).ToListAsync())
            .Select(result => result.StartMs)];

    private async Task WriteAsync(IReadOnlyList<WindowResult> results) =>
        await new LakeSink(LocalLake.Open(Root), Families).WriteAsync(results, default);
}

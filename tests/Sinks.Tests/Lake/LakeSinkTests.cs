using System.Diagnostics;
using Parquet.Serialization;
using Tidemark.Core.Metrics;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Sinks.Lake;
using Tidemark.Support.Fixtures;

namespace Tidemark.Sinks.Tests.Lake;

public sealed class LakeSinkTests : IDisposable
{
    private const long Start = 1_795_305_600_000;

    private static readonly WindowDefinition[] Windows = [new() { Name = "1min", Size = TimeSpan.FromMinutes(1) }];

    private readonly TempFolder _folder = new();

    private string Root => _folder.File("lake");

    private string OnlyFile => Path.Combine(Root, "metrics_1min", "date=2026-11-22", "hour=00", "1795305600.parquet");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task WriteAsync_NewWindow_IsOneRowUnderItsName()
    {
        LakeSink sink = NewSink();

        await sink.WriteAsync([Result(1, 10)], default);

        Assert.Equal([OnlyFile], Windows1Min());
        Assert.Equal((10L, 1L, "on_time"), await ReadAsync());
        Assert.Equal((1L, 0L, 0), (sink.Written, sink.Unchanged, sink.Ahead.Count));
    }

    [Fact]
    public async Task WriteAsync_SameAgain_LeavesTheFileAlone()
    {
        await NewSink().WriteAsync([Result(1, 10), Result(2, 11)], default);
        byte[] before = await File.ReadAllBytesAsync(OnlyFile);
        DateTime written = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(OnlyFile, written);
        LakeSink again = NewSink();

        await again.WriteAsync([Result(1, 10), Result(2, 11)], default);

        Assert.Equal(before, await File.ReadAllBytesAsync(OnlyFile));
        Assert.Equal(written, File.GetLastWriteTimeUtc(OnlyFile));
        Assert.Equal((0L, 1L, 0), (again.Written, again.Unchanged, again.Ahead.Count));
    }

    [Fact]
    public async Task WriteAsync_Correction_Replaces()
    {
        await NewSink().WriteAsync([Result(1, 10), Result(2, 11)], default);

        Assert.Equal((11L, 2L, "corrected"), await ReadAsync());
        Assert.Equal([OnlyFile], Windows1Min());
    }

    [Fact]
    public async Task WriteAsync_OlderRevision_IsIgnoredAndRemembered()
    {
        await NewSink().WriteAsync([Result(3, 12)], default);
        LakeSink sink = NewSink();

        await sink.WriteAsync([Result(2, 11)], default);

        Assert.Equal((12L, 3L, "corrected"), await ReadAsync());
        Assert.Equal(["metrics_1min/date=2026-11-22/hour=00/1795305600.parquet"], sink.Ahead);
        await sink.WriteAsync([Result(3, 12)], default);
        Assert.Empty(sink.Ahead);
    }

    [Fact]
    public async Task WriteAsync_OtherContentUnderTheSameRevision_FailsAndChangesNothing()
    {
        await NewSink().WriteAsync([Result(1, 10)], default);
        SortedDictionary<string, string> before = TempFolder.Contents(Root);

        SinkException error = await Assert.ThrowsAsync<SinkException>(() => NewSink().WriteAsync([Result(1, 9)], default));

        Assert.Equal(
            $"{OnlyFile} holds another result for the same window (revision 1 with 10 events there, "
                + "1 with 9 here): it was written from other events or under other "
            + "options, or with a state that is not used now. Go on with that state (--state DIR), or write to another --lake and compare.",
            error.Message);
        Assert.Equal(before, TempFolder.Contents(Root));
    }

    [Fact]
    public async Task WriteAsync_SomethingElseUnderTheName_FailsAndLeavesIt()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(OnlyFile)!);
        await File.WriteAllTextAsync(OnlyFile, "no parquet");

        SinkException error = await Assert.ThrowsAsync<SinkException>(() => NewSink().WriteAsync([Result(1, 10)], default));

        Assert.StartsWith($"cannot read {OnlyFile}, which should hold earlier results: ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(". Move the file away or choose another --lake directory.", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal("no parquet", await File.ReadAllTextAsync(OnlyFile));
    }

    [Fact]
    public async Task WriteAsync_FolderUnderTheName_FailsAndLeavesNothing()
    {
        Directory.CreateDirectory(OnlyFile);

        SinkException error = await Assert.ThrowsAsync<SinkException>(() => NewSink().WriteAsync([Result(1, 10)], default));

        Assert.StartsWith($"cannot write {OnlyFile}: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("_1795305600", error.Message, StringComparison.Ordinal);
        Assert.Empty(Windows1Min());
    }

    [Fact]
    public void TemporaryName_OfAFile_CannotBeGuessed()
    {
        string first = LocalLake.TemporaryName("folder", "1795305600.parquet");
        string second = LocalLake.TemporaryName("folder", "1795305600.parquet");

        Assert.Matches("^_1795305600\\.parquet\\.[0-9a-f]{16}\\.[0-9]+$", Path.GetFileName(first));
        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task WriteAsync_LeftoversOfAKilledRun_AreNotReadAndAreRemoved()
    {
        string folder = Path.GetDirectoryName(OnlyFile)!;
        Directory.CreateDirectory(folder);
        string ofTheDead = Path.Combine(folder, $"_1795305600.parquet.{await DeadProcessAsync()}");
        string ofTheLiving = Path.Combine(folder, "_1795305660.parquet.1");
        string ofSomebodyElse = Path.Combine(folder, "_notes.parquet.txt");
        foreach (string file in new[] { ofTheDead, ofTheLiving, ofSomebodyElse })
        {
            await File.WriteAllTextAsync(file, "half a fi");
        }

        await NewSink().WriteAsync([Result(1, 10)], default);

        Assert.Equal(new[] { OnlyFile, ofTheLiving, ofSomebodyElse }.Order(StringComparer.Ordinal), Windows1Min().Order(StringComparer.Ordinal));
        DuckDbResult rows =
            await DuckDb.QueryAsync($"SELECT count(*) AS files FROM read_parquet({DuckDb.Quote(Root + "/metrics_1min/**/*.parquet")})");
        Assert.Equal("1", rows[0, "files"]);
    }

    [Theory]
    [InlineData("lake with 'quotes' and spaces")]
    [InlineData("[a]?*b")]
    public async Task RecentWindows_AnyFolder_CanBeRun(string name)
    {
        LocalLake lake = LocalLake.Open(_folder.File(name));
        await new LakeSink(lake, Windows).WriteAsync([Result(1, 10)], default);

        DuckDbResult rows = await DuckDb.QueryAsync(LakeQueries.RecentWindows(lake, "1min"));

        Assert.Equal("10", rows[0, "total_events"]);
    }

    [Fact]
    public void Open_PathBelowAFile_SaysWhichFile()
    {
        string file = _folder.File("file");
        File.WriteAllText(file, "");
        string path = Path.Combine(file, "lake", "deep");

        Assert.Equal(
            $"cannot write to the lake directory {path}: {file} is a file", Assert.Throws<SinkException>(() => LocalLake.Open(path)).Message);
        Assert.Equal(
            $"cannot write to the lake directory {file}: {file} is a file", Assert.Throws<SinkException>(() => LocalLake.Open(file)).Message);
    }

    [Fact]
    public void Open_FolderWhereNothingCanBeMade_SaysSo() =>
        Assert.StartsWith("cannot write to the lake directory /proc/lake: ",
            Assert.Throws<SinkException>(() => LocalLake.Open("/proc/lake")).Message, StringComparison.Ordinal);

    [Fact]
    public void Open_NewFolder_IsMadeAndEmpty()
    {
        LocalLake.Open(Path.Combine(Root, "deep"));

        Assert.Empty(TempFolder.Files(Root));
    }

    [Theory]
    [InlineData(Start, Start + 60_000, false, "metrics_w/date=2026-11-22/hour=00/1795305600.parquet")]
    [InlineData(Start + 86_399_000, Start + 86_400_000, false, "metrics_w/date=2026-11-22/hour=23/1795391999.parquet")]
    [InlineData(Start + 500, Start + 1000, false, "metrics_w/date=2026-11-22/hour=00/1795305600.500.parquet")]
    [InlineData(Start, Start + 60_000, true, "metrics_w/date=2026-11-22/hour=00/1795305600-1795305660.parquet")]
    [InlineData(-60_000, 0, false, "metrics_w/date=1969-12-31/hour=23/-60.parquet")]
    [InlineData(-62_000_000_000_000, -61_999_999_999_000, false, "metrics_w/date=0005-04-19/hour=09/-62000000000.parquet")]
    public void PathOf_Window_FollowsFromItsTimes(long startMs, long endMs, bool isCumulative, string expected) =>
        Assert.Equal(expected, LakeLayout.PathOf(Result(1, 1) with { Window = "w", StartMs = startMs, EndMs = endMs }, isCumulative));

    /// <summary>The files of the table of windows; those of the breakdowns are beside it.</summary>
    private IEnumerable<string> Windows1Min() => TempFolder.Files(Path.Combine(Root, "metrics_1min"));

    private LakeSink NewSink() => new(LocalLake.Open(Root), Windows);

    private async Task<(long Events, long Revision, string Phase)> ReadAsync()
    {
        await using FileStream file = File.OpenRead(OnlyFile);
        StoredRow row = Assert.Single((await ParquetSerializer.DeserializeAsync<StoredRow>(file)).Data);
        return (row.TotalEvents, row.Revision, row.Phase);
    }

    private static async Task<int> DeadProcessAsync()
    {
        using Process process = Process.Start("true");
        await process.WaitForExitAsync();
        return process.Id;
    }

    private static WindowResult Result(long revision, long events) => new()
    {
        Window = "1min",
        StartMs = Start,
        EndMs = Start + 60_000,
        Phase = revision == 1 ? Phase.OnTime : Phase.Corrected,
        Revision = revision,
        WatermarkMs = Start + 70_000,
        TotalEvents = events,
        UniqueUsers = 2,
        UniqueUsersExact = true,
        UsersSketch = new byte[] { 1, 2, 3 },
        PageViews = 3,
        Clicks = 1,
        Purchases = 1,
        Revenue = 12.34m,
        RevenueOverflow = false,
        InvalidAmounts = 0,
        TopPages = new Breakdown([new KeyCount("/a", 2), new KeyCount("/b", 1)], 0),
        Devices = new Breakdown([], 0),
        Countries = new Breakdown([new KeyCount("DE", 3)], 0),
        EventTypes = new Breakdown([new KeyCount("click", 1)], 0),
        Averages = null,
    };
}

using System.Text;
using Azure.Core;
using Azure.Core.Pipeline;
using Tidemark.Core.Results;
using Tidemark.Sinks.Lake;
using Tidemark.Support.Fixtures;
using static Tidemark.Sinks.Tests.Lake.LakeSamples;

namespace Tidemark.Sinks.Tests.Lake;

/// <summary>A lake in blob storage, in Azurite.</summary>
[Collection("azurite")]
public sealed class BlobLakeTests(AzuriteFixture azurite)
{
    private const string File = "metrics_1min/date=2026-11-22/hour=06/1795327200.parquet";

    private readonly BlobBench _bench = azurite.Open();

    private AzureLake Lake => _bench.Lake;

    [Fact]
    public async Task WriteAsync_NewFile_IsPutByOneRequestUnlessThereIsOne()
    {
        FaultyHttp http = new((_, pass) => pass());
        BlobLake lake = _bench.Through(http);
        await _bench.Raw.CreateAsync();

        Assert.True(await lake.WriteAsync(File, "one"u8.ToArray(), null, default));
        Assert.False(await lake.WriteAsync(File, "two"u8.ToArray(), null, default));

        Assert.Equal(["PUT 1795327200.parquet", "PUT 1795327200.parquet"], http.Requests);
        Assert.Equal("one", await TextAsync());
        Assert.Equal("application/vnd.apache.parquet", (await _bench.Blob(File).GetPropertiesAsync()).Value.ContentType);
    }

    [Fact]
    public async Task WriteAsync_LargestCompactedFile_IsPutByOneRequest()
    {
        FaultyHttp http = new((_, pass) => pass());
        BlobLake lake = _bench.Through(http);
        await _bench.Raw.CreateAsync();
        byte[] content = new byte[new LakeOptions().MaxBytes];
        new Random(1).NextBytes(content);

        Assert.True(await lake.WriteAsync(File, content, null, default));

        Assert.Equal(["PUT 1795327200.parquet"], http.Requests);
        Assert.True((await lake.ReadAsync(File, default))!.Content.Span.SequenceEqual(content));
    }

    [Fact]
    public async Task WriteAsync_Tag_ReplacesOnlyWhatWasRead()
    {
        await Lake.WriteAsync(File, "one"u8.ToArray(), null, default);
        string tag = (await Lake.ReadAsync(File, default))!.Tag;

        Assert.True(await Lake.WriteAsync(File, "two"u8.ToArray(), tag, default));
        Assert.False(await Lake.WriteAsync(File, "three"u8.ToArray(), tag, default));

        Assert.Equal("two", await TextAsync());
    }

    [Fact]
    public async Task WriteAsync_TagOfAFileThatHasGone_WritesNothing()
    {
        await Lake.WriteAsync(File, "one"u8.ToArray(), null, default);
        string tag = (await Lake.ReadAsync(File, default))!.Tag;
        await _bench.Blob(File).DeleteAsync();

        Assert.False(await Lake.WriteAsync(File, "two"u8.ToArray(), tag, default));
        Assert.Null(await Lake.ReadAsync(File, default));
    }

    [Fact]
    public async Task DeleteAsync_Tag_DeletesOnlyWhatWasRead()
    {
        await Lake.WriteAsync(File, "one"u8.ToArray(), null, default);
        string old = (await Lake.ReadAsync(File, default))!.Tag;
        await Lake.WriteAsync(File, "two"u8.ToArray(), old, default);
        string tag = (await Lake.ReadAsync(File, default))!.Tag;

        Assert.False(await Lake.DeleteAsync(File, old, default));
        Assert.True(await Lake.DeleteAsync(File, tag, default));
        Assert.True(await Lake.DeleteAsync(File, tag, default), "gone is gone");
        Assert.Null(await Lake.ReadAsync(File, default));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WriteAsync_ManyAtOnce_OneWins(bool isReplacement)
    {
        await _bench.Raw.CreateAsync();
        if (isReplacement)
        {
            await Lake.WriteAsync(File, "first"u8.ToArray(), null, default);
        }

        string? tag = (await Lake.ReadAsync(File, default))?.Tag;

        bool[] won = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(i => Lake.WriteAsync(File, Encoding.UTF8.GetBytes($"writer {i}"), tag, default)));

        Assert.Single(won, it => it);
        Assert.Equal($"writer {Array.IndexOf(won, true)}", await TextAsync());
    }

    [Fact]
    public async Task Sink_SomebodyWroteAHigherRevisionMeanwhile_ReadsAgainAndLeavesIt()
    {
        bool isFirst = true;
        FaultyHttp http = new(async (request, pass) =>
        {
            if (isFirst && request.Method == HttpMethod.Put && FaultyHttp.PathOf(request).EndsWith(File, StringComparison.Ordinal))
            {
                isFirst = false;
                await new LakeSink(Lake, Families).WriteAsync([Result(OneMinute, Start, 5)], default);
            }

            return await pass();
        });
        LakeSink sink = new(_bench.Through(http), Families);

        await sink.WriteAsync([Result(OneMinute, Start, 2)], default);

        Assert.Equal([Json(Result(OneMinute, Start, 5))], (await ReadAllAsync(Lake, "1min")).Select(Json));
        Assert.Equal([File], sink.Ahead);
    }

    [Fact]
    public async Task TwoProcesses_WithDifferentRevisions_EndWithTheHighestWhateverTheOrder()
    {
        for (int round = 0; round < 5; round++)
        {
            BlobBench bench = azurite.Open();
            LakeSink[] sinks = [.. Enumerable.Range(0, 4).Select(_ => new LakeSink(AzureLake.Open(bench.Root), Families))];

            await Task.WhenAll(sinks.Select((sink, i) => Task.Run(async () =>
            {
                await sink.WriteAsync([Result(OneMinute, Start, 1 + i), Result(OneMinute, Start + Minute, 4 - i)], default);
                await sink.MarkFinalAsync("1min", Start + Day, default);
            })));
            List<WindowResult> highest = [Result(OneMinute, Start, 4), Result(OneMinute, Start + Minute, 4)];
            await new LakeSink(AzureLake.Open(bench.Root), Families).WriteAsync(highest, default);

            Assert.Equal(Texts(highest), Texts(await ReadAllAsync(bench.Lake, "1min")));
        }
    }

    [Fact]
    public async Task Compaction_WholeDay_EndsAsInALocalDirectory()
    {
        using TempFolder folder = new();
        foreach (LakeFiles lake in new LakeFiles[] { Lake, LocalLake.Open(folder.Path) })
        {
            LakeSink sink = new(lake, Families);
            await sink.WriteAsync([.. HourOf(OneMinute, Start, count: 3), .. HourOf(OneMinute, Start + Hour, count: 2)], default);
            await sink.MarkFinalAsync("1min", Start + Day, default);
            await sink.FinishAsync(default);
        }

        Assert.Equal(TempFolder.Contents(folder.Path), await _bench.ContentsAsync());
        Assert.Equal(["1min"], await new LakeReader(Lake).ListFamiliesAsync(default));
    }

    /// <summary>What Azurite holds is downloaded, and read by DuckDB as docs/LAKE.md says.</summary>
    [Fact]
    public async Task DuckDb_OverDownloadedBlobs_SeesEveryWindowOnceWithItsValues()
    {
        using TempFolder folder = new();
        List<WindowResult> all = [.. HourOf(OneMinute, Start, count: 5), .. HourOf(OneMinute, Start + Hour, count: 3)];
        LakeSink sink = new(Lake, Families);
        await sink.WriteAsync(all, default);
        await sink.WriteAsync([Result(OneMinute, Start, 7)], default);
        await sink.MarkFinalAsync("1min", Start + Hour, default);
        await _bench.DownloadAsync(folder.Path);

        DuckDbResult seen = await DuckDb.QueryAsync($"""
            SELECT count(*)::BIGINT AS windows, sum(total_events)::BIGINT AS events, sum(revenue) AS revenue, max(revision) AS revision
            FROM {Deduplicated(folder.Path, "metrics_1min")} WHERE window_start >= TIMESTAMPTZ '2026-11-22 06:00:00Z'
            """);

        Assert.Equal("8", seen[0, "windows"]);
        Assert.Equal("806", seen[0, "events"]);
        Assert.Equal("7", seen[0, "revision"]);
        Assert.Equal("173.92", seen[0, "revenue"]);
    }

    [Fact]
    public async Task ListAsync_ManyPages_AreFilesOfThatFolderAlone()
    {
        FaultyHttp http = new((_, pass) => pass());
        BlobLake lake = _bench.Through(http, options => options.AddPolicy(new SmallPages(), HttpPipelinePosition.PerCall));
        string[] files = [.. Enumerable.Range(0, 7).Select(i => $"metrics_1min/date=2026-11-22/hour=0{i}/{i}.parquet")];
        string[] others = ["metrics_1min/_temporary", "metrics_1min_daily/date=2026-11-22/a.parquet", "metrics_1minute/b.parquet", "_state/c"];
        foreach (string file in files.Concat(others))
        {
            await lake.WriteAsync(file, new byte[3], null, default);
        }

        List<LakeEntry> entries = await lake.ListAsync("metrics_1min", default).ToListAsync();

        Assert.Equal(files, entries.Select(entry => entry.Path));
        Assert.All(entries, entry => Assert.Equal(3, entry.Length));
        Assert.Equal(["metrics_1min", "metrics_1min_daily", "metrics_1minute"], await lake.ListFoldersAsync("", default));
        Assert.Equal(Enumerable.Range(0, 7).Select(i => $"hour=0{i}"), await lake.ListFoldersAsync("metrics_1min/date=2026-11-22", default));
    }

    [Fact]
    public async Task TwoLakes_InOneContainer_DoNotSeeEachOther()
    {
        AzureLake outer = AzureLake.Open(_bench.Root[.._bench.Root.LastIndexOf('/')]);
        AzureLake beside = AzureLake.Open(_bench.Root + "b");
        await Lake.WriteAsync(File, "here"u8.ToArray(), null, default);

        Assert.Null(await beside.ReadAsync(File, default));
        Assert.Empty(await beside.ListFoldersAsync("", default));
        Assert.Equal(["a"], await outer.ListFoldersAsync("", default));
        Assert.NotNull(await outer.ReadAsync("a/" + File, default));
    }

    [Fact]
    public async Task WholeContainer_AsRoot_IsALakeToo()
    {
        AzureLake whole = AzureLake.Open(_bench.Root[..^"/shop/a".Length]);
        await whole.WriteAsync(File, "here"u8.ToArray(), null, default);

        Assert.Equal(["metrics_1min"], await whole.ListFoldersAsync("", default));
        Assert.Equal([File], (await whole.ListAsync("metrics_1min", default).ToListAsync()).Select(entry => entry.Path));
    }

    [Fact]
    public async Task MissingContainer_InTheEmulator_HoldsNothingAndIsMadeByTheFirstWrite()
    {
        Assert.Null(await Lake.ReadAsync(File, default));
        Assert.Empty(await Lake.ListFoldersAsync("", default));
        Assert.Empty(await Lake.ListAsync("metrics_1min", default).ToListAsync());
        Assert.False((await _bench.Raw.ExistsAsync()).Value);

        Assert.True(await Lake.WriteAsync(File, "one"u8.ToArray(), null, default));

        Assert.Equal("one", await TextAsync());
    }

    [Fact]
    public async Task MissingContainer_InAzure_IsAnErrorThatSaysWhatToDo()
    {
        BlobLake lake = _bench.Through(new FaultyHttp((_, pass) => pass()), isAzure: true);
        const string expected = "Azure answered 404 ContainerNotFound; create the container first, or correct the root";

        SinkException write = await Assert.ThrowsAsync<SinkException>(() => lake.WriteAsync(File, new byte[1], null, default));
        SinkException read = await Assert.ThrowsAsync<SinkException>(() => lake.ReadAsync(File, default));
        SinkException list = await Assert.ThrowsAsync<SinkException>(() => lake.ListFoldersAsync("metrics_1min", default));

        Assert.Equal($"cannot write {lake.Root}/{File}: {expected}", write.Message);
        Assert.Equal($"cannot read {lake.Root}/{File}: {expected}", read.Message);
        Assert.Equal($"cannot list {lake.Root}/metrics_1min: {expected}", list.Message);
        Assert.False((await _bench.Raw.ExistsAsync()).Value);
    }

    [Fact]
    public async Task WrongKey_AnyRequest_IsRefusedWithoutShowingIt()
    {
        const string wrong = "d3Jvbmcga2V5IHRoYXQgbXVzdCBub3Qgc2hvdw==";
        string connectionString = azurite.ConnectionString.Replace(AzuriteServer.AccountKey, wrong, StringComparison.Ordinal);
        AzureLake lake = AzureLake.Open(_bench.Root, new AzureLogin { ConnectionString = connectionString });

        SinkException error = await Assert.ThrowsAsync<SinkException>(() => lake.WriteAsync(File, new byte[1], null, default));

        Assert.StartsWith($"cannot write {_bench.Root}/{File}: Azure answered 403 Auth", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(wrong, error.ToString(), StringComparison.Ordinal);
        Assert.False(error.IsTransient);
    }

    [Fact]
    public async Task ConnectionString_OfTheAccount_OpensTheLake()
    {
        AzureLake lake = AzureLake.Open(_bench.Root, new AzureLogin { ConnectionString = azurite.ConnectionString });

        Assert.True(await lake.WriteAsync(File, "one"u8.ToArray(), null, default));

        Assert.Equal("one", await TextAsync());
    }

    private async Task<string> TextAsync() => Encoding.UTF8.GetString((await Lake.ReadAsync(File, default))!.Content.Span);

    private sealed class SmallPages : HttpPipelineSynchronousPolicy
    {
        public override void OnSendingRequest(HttpMessage message)
        {
            if (message.Request.Uri.Query.Contains("comp=list", StringComparison.Ordinal))
            {
                message.Request.Uri.AppendQuery("maxresults", "2");
            }
        }
    }
}

using System.Text;
using Azure;
using Tidemark.Sinks.Lake;
using Tidemark.Support.Fixtures;
using static Tidemark.Sinks.Tests.Lake.LakeSamples;

namespace Tidemark.Sinks.Tests.Lake;

/// <summary>The requests, against a client that keeps files in memory and checks conditions as the service does. No request goes to Azure.</summary>
public sealed class AdlsLakeTests
{
    private const string Root = "abfss://lake@account.dfs.core.windows.net/shop/a";
    private const string File = "metrics_1min/date=2026-11-22/hour=06/1795327200.parquet";

    private readonly FakeService _service = new();

    [Fact]
    public async Task WriteAsync_NewFile_IsUploadedUnderAnotherNameAndRenamedUnlessThereIsOne()
    {
        Assert.True(await Lake().WriteAsync(File, "one"u8.ToArray(), null, default));

        Assert.Equal(["upload shop/a/metrics_1min/date=2026-11-22/hour=06/_1795327200.parquet.*", $"rename shop/a/{File} if-none-match *"],
            _service.Requests);
        Assert.False(await Lake().WriteAsync(File, "two"u8.ToArray(), null, default));
        Assert.Equal("delete _1795327200.parquet.*", _service.Requests[^1].Replace(
            "shop/a/metrics_1min/date=2026-11-22/hour=06/", "", StringComparison.Ordinal));
        Assert.Equal([$"shop/a/{File}"], _service.Files.Keys);
        Assert.Equal("one", await TextAsync());
    }

    [Fact]
    public async Task WriteAsync_Tag_ReplacesOnlyWhatWasRead()
    {
        AdlsLake lake = Lake();
        await lake.WriteAsync(File, "one"u8.ToArray(), null, default);
        string tag = (await lake.ReadAsync(File, default))!.Tag;

        Assert.True(await lake.WriteAsync(File, "two"u8.ToArray(), tag, default));
        Assert.False(await lake.WriteAsync(File, "three"u8.ToArray(), tag, default));
        Assert.False(await lake.DeleteAsync(File, tag, default));

        Assert.Equal("two", await TextAsync());
        Assert.Contains($"rename shop/a/{File} if-match {tag}", _service.Requests);
    }

    [Fact]
    public async Task Sink_SomebodyWroteAHigherRevisionMeanwhile_ReadsAgainAndLeavesIt()
    {
        bool isFirst = true;
        _service.BeforeRename = path =>
        {
            if (isFirst && path.EndsWith(File, StringComparison.Ordinal))
            {
                isFirst = false;
                new LakeSink(Lake(), Families).WriteAsync([Result(OneMinute, Start, 5)], default).GetAwaiter().GetResult();
            }
        };
        LakeSink sink = new(Lake(), Families);

        await sink.WriteAsync([Result(OneMinute, Start, 2)], default);

        Assert.Equal([Json(Result(OneMinute, Start, 5))], (await ReadAllAsync(Lake(), "1min")).Select(Json));
        Assert.Equal([File], sink.Ahead);
    }

    [Fact]
    public async Task Sink_RenameDoneThoughItsAnswerWasLost_IsTakenAsWritten()
    {
        // The SDK retries by itself, and the temporary file no longer exists.
        _service.AfterRename = _ => throw new RequestFailedException(404, "The source has gone", "SourcePathNotFound", null);
        LakeSink sink = new(Lake(), Families);

        await sink.WriteAsync([Result(OneMinute, Start)], default);

        Assert.Equal([Json(Result(OneMinute, Start))], (await ReadAllAsync(Lake(), "1min")).Select(Json));
    }

    [Fact]
    public async Task Compaction_WholeDay_EndsAsInALocalDirectory()
    {
        using TempFolder folder = new();
        foreach (LakeFiles lake in new LakeFiles[] { Lake(), LocalLake.Open(folder.Path) })
        {
            LakeSink sink = new(lake, Families);
            await sink.WriteAsync([.. HourOf(OneMinute, Start, count: 3), .. HourOf(OneMinute, Start + Hour, count: 2)], default);
            await sink.MarkFinalAsync("1min", Start + Day, default);
            await sink.FinishAsync(default);
        }

        Assert.Equal(
            TempFolder.Contents(folder.Path),
            new SortedDictionary<string, string>(_service.Files.ToDictionary(
                file => file.Key["shop/a/".Length..],
                file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(file.Value.Content))), StringComparer.Ordinal));
        Assert.Equal(["1min"], await new LakeReader(Lake()).ListFamiliesAsync(default));
    }

    [Theory]
    [InlineData(403, "AuthorizationPermissionMismatch",
        "Azure answered 403 AuthorizationPermissionMismatch; the identity needs the role Storage Blob Data Contributor on the container")]
    [InlineData(503, "ServerBusy", "Azure answered 503 ServerBusy")]
    [InlineData(404, "FilesystemNotFound", "Azure answered 404 FilesystemNotFound; create the container first, or correct the root")]
    [InlineData(0, null, "no answer from Azure (RequestFailedException)")]
    public async Task Request_FailedForGood_IsToldWithoutTheSdksMessage(int status, string? code, string expected)
    {
        _service.BeforeAnything = () => throw new RequestFailedException(status, "https://account?sig=SECRET AccountKey=SECRET", code, null);

        SinkException read = await Assert.ThrowsAsync<SinkException>(() => Lake().ReadAsync(File, default));
        SinkException write = await Assert.ThrowsAsync<SinkException>(() => Lake().WriteAsync(File, new byte[1], null, default));
        SinkException list = await Assert.ThrowsAsync<SinkException>(() => Lake().ListFoldersAsync("", default));

        Assert.Equal(($"cannot read {Root}/{File}: {expected}", $"cannot write {Root}/{File}: {expected}"), (read.Message, write.Message));
        Assert.Equal($"cannot list {Root}/: {expected}", list.Message);
        Assert.All([read, write, list], error => Assert.DoesNotContain("SECRET", error.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task ReadAndList_NothingThere_IsNothing()
    {
        Assert.Null(await Lake().ReadAsync(File, default));
        Assert.Empty(await Lake().ListFoldersAsync("metrics_1min", default));
        Assert.Empty(await Lake().ListAsync("metrics_1min", default).ToListAsync());
    }

    private AdlsLake Lake() => new(_service.Client(), AzureRoot.Parse(Root));

    private async Task<string> TextAsync() => Encoding.UTF8.GetString((await Lake().ReadAsync(File, default))!.Content.Span);
}

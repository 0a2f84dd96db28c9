using Tidemark.Cli.Generate;
using Tidemark.Cli.Tests.Generate;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Run;

/// <summary><c>--lake</c> with an address, from outside.</summary>
public sealed class RunLakeTests : IDisposable
{
    private const string Now = "2026-11-22T09:00:00Z";
    private const string Refused = "cannot use the root of the lake: expected ";
    private const string Variable = "TIDEMARK_LAKE_CONNECTION_STRING";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_LakeInAzurite_HoldsWhatALocalOneDoes()
    {
        using AzuriteServer server = AzuriteServer.Start();
        Write();
        string address = $"{server.BlobEndpoint}/lake/shop";

        using TidemarkProcess local = await RunAsync("run", "--source", "events.ndjson", "--now", Now, "--lake", "lake");
        using TidemarkProcess blobs = await RunAsync("run", "--source", "events.ndjson", "--now", Now, "--lake", address);
        using TidemarkProcess again = await RunAsync("run", "--source", "events.ndjson", "--now", Now, "--lake", address);

        Assert.Equal((0, 0, 0), (await local.ExitAsync(), await blobs.ExitAsync(), await again.ExitAsync()));
        Assert.Contains($"\nlake          {address}: ", blobs.Error, StringComparison.Ordinal);
        Assert.Contains($"\nlake          {address}: 0 windows written, ", again.Error, StringComparison.Ordinal);
        Assert.Contains($"\nquery         tidemark query --lake '{address}' --window 1min\n", blobs.Error, StringComparison.Ordinal);
        using TidemarkProcess expected = await RunAsync("query", "--lake", "lake", "--window", "5min", "--format", "json");
        using TidemarkProcess seen = await RunAsync("query", "--lake", address, "--window", "5min", "--format", "json");
        Assert.NotEqual("", expected.Output);
        Assert.Equal(expected.Output, seen.Output);
    }

    [Fact]
    public async Task Run_WrongKey_FailsBeforeTheDeadLettersAreEmptied()
    {
        using AzuriteServer server = AzuriteServer.Start();
        Write();
        await File.WriteAllTextAsync(_folder.File("dead.ndjson"), "before");
        string connectionString = server.ConnectionString.Replace(AzuriteServer.AccountKey, "U0VDUkVU", StringComparison.Ordinal);

        using TidemarkProcess run = TidemarkProcess.StartShell(
            _folder.Path,
            $"{Variable}='{connectionString}' exec $T run --source events.ndjson --dead-letters dead.ndjson --lake {server.BlobEndpoint}/lake");

        Assert.Equal(1, await run.ExitAsync());
        Assert.StartsWith($"tidemark: cannot list {server.BlobEndpoint}/lake/: Azure answered 403 Auth", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("U0VDUkVU", run.Error, StringComparison.Ordinal);
        Assert.Equal("before", await File.ReadAllTextAsync(_folder.File("dead.ndjson")));
    }

    [Fact]
    public async Task Run_NobodyAnswers_FailsInAFewSeconds()
    {
        Write();

        string address = $"http://127.0.0.1:{RedisServer.FreePort()}/devstoreaccount1/lake";
        using TidemarkProcess run = await RunAsync("run", "--source", "events.ndjson", "--lake", address);

        Assert.Equal(1, await run.ExitAsync());
        Assert.Matches("\\Atidemark: cannot list http://127.0.0.1:[0-9]+/devstoreaccount1/lake/: no answer from Azure [^\n]+\n\\z", run.Error);
    }

    [Theory]
    [InlineData("run --source x", "https://account.blob.core.windows.net/lake?sig=U0VDUkVU", "", Refused + "abfss://")]
    [InlineData("query", "http://account.blob.core.windows.net/U0VDUkVU/", "", Refused + "abfss://")]
    [InlineData("restore --redis x:1", "https://account.blob.core.windows.net/My_Lake", "", Refused + "a container's name")]
    [InlineData("run --source x", "https://account.blob.core.windows.net/lake", "U0VDUkVU",
        "cannot log in to the lake https://account.blob.core.windows.net/lake: the connection string is not")]
    [InlineData("run --source x", "AccountKey=U0VDUkVU", "", Refused + "abfss://")]
    public async Task Run_AddressThatCannotBe_IsWrongUsage(string command, string lake, string connectionString, string mistake)
    {
        using TidemarkProcess run = TidemarkProcess.StartShell(_folder.Path, $"{Variable}='{connectionString}' exec $T {command} --lake '{lake}'");

        Assert.Equal(2, await run.ExitAsync());
        Assert.StartsWith($"tidemark: --lake: {mistake}", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("U0VDUkVU", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    private Task<TidemarkProcess> RunAsync(params string[] arguments) => TidemarkProcess.RunAsync(_folder.Path, arguments);

    private void Write()
    {
        DateTimeOffset start = new(2026, 11, 22, 7, 58, 20, TimeSpan.Zero);
        GeneratorOptions options = GeneratedStream.Of(500) with { Start = start, EventsPerSecond = 5 };
        File.WriteAllBytes(_folder.File("events.ndjson"), GeneratedStream.Bytes(options, 1 << 20));
    }
}

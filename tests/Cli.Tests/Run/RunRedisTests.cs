using System.Text;
using System.Text.Json.Nodes;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Sinks.Redis;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Run;

/// <summary>
/// Goal: what a run publishes to a real Redis is what it writes elsewhere, live results included, and an outage harms nothing else.
/// </summary>
public sealed class RunRedisTests
{
    private static readonly DateTimeOffset Six = new(2026, 11, 22, 6, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Run_AFileWithRedis_PublishesTheLastRevisionOfEveryWindowAndWhatIsFinal()
    {
        using RedisServer server = RedisServer.Start();
        using TestRun run = new() { Redis = server.Options };
        Assert.Equal(CommandRunner.Done, run.Run(Lines(minutes: 12)));

        await using RedisConnection connection = await RedisConnection.OpenAsync(server.Options, TimeProvider.System, default);
        RedisReader reader = new(connection);
        foreach (JsonObject expected in run.Last)
        {
            string window = (string)expected["window"]!;
            long startMs = DateTimeOffset.Parse((string)expected["window_start"]!, System.Globalization.CultureInfo.InvariantCulture)
                .ToUnixTimeMilliseconds();
            WindowResult? actual = await reader.GetAsync(window, startMs, null, default);
            Assert.NotNull(actual);
            Assert.Equal((long)expected["total_events"]!, actual.TotalEvents);
            Assert.Equal((long)expected["revision"]!, actual.Revision);
        }

        Assert.Equal(Six.AddMinutes(12).ToUnixTimeMilliseconds(), await reader.FinalBeforeAsync("1min", default));
        Assert.Empty(await reader.LiveAsync(default));
        Assert.Contains($"redis         Redis at {server.Endpoint}: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_APipeWithRedis_ShowsOpenWindowsAndClearsThem()
    {
        using RedisServer server = RedisServer.Start();
        using TempFolder folder = new();
        using TidemarkProcess run =
            TidemarkProcess.Start(folder.Path, "run", "--source", "-", "--now", "2026-11-22T09:00:00Z", "--redis", server.Endpoint);
        await run.Input.WriteAsync(Encoding.UTF8.GetString(Lines(minutes: 2)));
        await run.Input.FlushAsync();

        await using RedisConnection connection = await RedisConnection.OpenAsync(server.Options, TimeProvider.System, default);
        RedisReader reader = new(connection);
        await run.UntilAsync(() => reader.LiveAsync(default).GetAwaiter().GetResult().Any(live => live.Window == "1hour" && live.TotalEvents == 12));
        WindowResult live = (await reader.LiveAsync(default)).Single(result => result.Window == "1hour");
        Assert.Equal((Phase.Live, 0L), (live.Phase, live.Revision));

        run.Input.Close();
        Assert.Equal(0, await run.ExitAsync());
        Assert.Empty(await reader.LiveAsync(default));
        Assert.Equal(12, (await reader.LatestAsync("1hour", default))!.TotalEvents);
    }

    // The run takes a moment, and a server that was never there is not waited for as long as one that went away.
    [Fact]
    public void Run_RedisIsDown_TheLakeIsWholeAndTheExitCodeSaysSoSoon()
    {
        RedisOptions nobody = RedisServer.OptionsFor($"127.0.0.1:{RedisServer.FreePort()}");
        using TestRun run = new() { Redis = nobody with { Retry = nobody.Retry with { DrainTimeout = TimeSpan.FromSeconds(30) } } };
        long start = TimeProvider.System.GetTimestamp();
        Assert.Equal(CommandRunner.Failed, run.Run(Lines(minutes: 3)));
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(15));
        Assert.Equal(3, Directory.GetFiles(Path.Combine(run.Lake, "metrics_1min"), "*.parquet", SearchOption.AllDirectories).Length);
        Assert.Matches($"\ntidemark: Redis at {nobody.Endpoint} lacks [0-9]+ results, as it did not answer once; [^\n]+\n\\z", run.Error);
    }

    [Fact]
    public async Task Query_Redis_ShowsWhatTheRunPublished()
    {
        using RedisServer server = RedisServer.Start();
        using TestRun run = new() { Redis = server.Options };
        run.Run(Lines(minutes: 3));

        using TempFolder folder = new();
        using TidemarkProcess windows = await TidemarkProcess.RunAsync(folder.Path, "query", "--redis", server.Endpoint, "--format", "json");
        Assert.Equal([6L, 6L, 6L], windows.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(
            line => (long)JsonNode.Parse(line)!["total_events"]!));
        using TidemarkProcess users = await TidemarkProcess.RunAsync(folder.Path, "query", "--redis", server.Endpoint, "--users");
        Assert.Contains("~6", users.Output, StringComparison.Ordinal);
        using TidemarkProcess both = await TidemarkProcess.RunAsync(folder.Path, "query", "--redis", server.Endpoint, "--lake", "lake");
        Assert.Contains("got both", both.Error, StringComparison.Ordinal);
    }

    // A revision that is higher for having more minutes must not replace what other events led to.
    [Fact]
    public void Run_TheOtherHalfOfAnHourIntoTheSameLake_IsRefused()
    {
        using TestRun run =
            new() { Options = new EngineOptions { Windows = [.. new EngineOptions().Windows.Where(window => window.Slide is null)] } };
        Assert.Equal(CommandRunner.Done, run.Run(Lines(minutes: 10)));
        Assert.Equal(CommandRunner.Failed, run.Run(Lines(minutes: 40, first: 10)));
        Assert.Contains("was written from other events", run.Error, StringComparison.Ordinal);
    }

    /// <summary>Six events a minute by six users.</summary>
    private static byte[] Lines(int minutes, int first = 0)
    {
        StringBuilder lines = new();
        for (int second = first * 60; second < (first + minutes) * 60; second += 10)
        {
            lines.Append(System.Globalization.CultureInfo.InvariantCulture,
                $$"""{"timestamp":{{Six.AddSeconds(second).ToUnixTimeMilliseconds()}},"event_type":"click","user_id":"u{{second / 10 % 6}}"}""")
                .Append('\n');
        }

        return Encoding.UTF8.GetBytes(lines.ToString());
    }
}

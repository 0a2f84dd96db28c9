using System.Globalization;
using System.Text.Json.Nodes;
using Tidemark.Cli.Tests.Run;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Sinks.Lake;
using Tidemark.Sinks.Redis;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.State;

/// <summary>Services that are stopped and started again, as people do it: inputs that once led to wrong numbers.</summary>
public sealed class RestartTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Ctrl-C while the pipe stays open, then exactly the next line to the same command.
    [Fact]
    public async Task Run_InterruptedPipeGoesOnWithTheNextLine_EveryWindowIsWhole()
    {
        List<string> lines = [.. Enumerable.Range(0, 360).Select(i => Line($"2026-11-27T10:{i / 6:00}:{i % 6 * 10:00}Z", $"u{i}")), Line(
            "2026-11-27T10:59:59Z", "x")];
        string[] run = ["run", "--source", "-", "--lake", "lake", "--dead-letters", "dead"];
        using (TidemarkProcess first = TidemarkProcess.Start(_folder.Path, run))
        {
            await first.Input.WriteAsync("{\"broken\n" + string.Concat(lines.Take(304)));
            await first.Input.FlushAsync();
            await first.UntilAsync(() => Counted() == 304);
            await first.SignalAsync("INT");
            Assert.Equal(0, await first.ExitAsync());
        }

        using TidemarkProcess second = TidemarkProcess.Start(_folder.Path, run);
        await second.Input.WriteAsync(string.Concat(lines.Skip(304)));
        second.Input.Close();
        Assert.Equal(0, await second.ExitAsync());

        Assert.Equal([361L], (await EventsAsync("1hour")).Values);
        Assert.Equal(361, (await EventsAsync("1min")).Values.Sum());
        Dictionary<string, long> five = await EventsAsync("5min");
        Assert.All(Enumerable.Range(0, 55), minute => Assert.Equal(30, five[$"2026-11-27T10:{minute:00}:00Z"] - (minute == 55 ? 1 : 0)));
        Assert.Equal(31, five["2026-11-27T10:55:00Z"]);
        Assert.Equal("malformed_json", (string)JsonNode.Parse(Assert.Single(File.ReadLines(_folder.File("dead"))))!["reason"]!);
    }

    // The clock closes a window again and again while the pipe is silent; then a replay of the same lines and more.
    [Fact]
    public async Task Run_ReplayAfterTheClockHasClosed_NoCountedEventIsMissing()
    {
        File.WriteAllText(_folder.File("c.json"), """{"windows":[{"name":"w","size":"1s"}],"idleTimeout":"1s","maxOutOfOrderness":"1s"}""");
        string[] run = ["run", "--source", "-", "--lake", "lake", "--config", "c.json"];
        List<string> sent = [];
        using (TidemarkProcess first = TidemarkProcess.Start(_folder.Path, run))
        {
            foreach (string user in new[] { "a", "b", "c" })
            {
                sent.Add(Line("2026-11-27T10:00:00.9Z", user));
                await first.Input.WriteAsync(sent[^1]);
                await first.Input.FlushAsync();
                await first.UntilAsync(() => Total("w") == sent.Count);
            }

            first.Kill();
            await first.EndAsync();
        }

        using TidemarkProcess second = TidemarkProcess.Start(_folder.Path, run);
        sent.Add(Line("2026-11-27T10:00:00.9Z", "d"));
        await second.Input.WriteAsync(string.Concat(sent) + Line("2026-11-27T10:00:30Z", "z") + Line("2026-11-27T10:00:40Z", "y"));
        await second.Input.FlushAsync();
        await second.UntilAsync(() => Total("w") >= 8);
        Assert.Equal(7, (await EventsAsync("w"))["2026-11-27T10:00:00Z"]);
        second.Input.Close();
        Assert.Equal(0, await second.ExitAsync());

        Assert.Equal(7, (await EventsAsync("w"))["2026-11-27T10:00:00Z"]);
        Assert.Equal(9, Total("w"));
    }

    // Live results are ordered by what they counted: those of a process that starts from nothing would stay hidden behind the ones before.
    [Theory]
    [InlineData(false, 3)]
    [InlineData(true, 53)]
    public async Task Run_StartedAgain_ShowsLiveWhatItHasCounted(bool hasState, long expected)
    {
        using RedisServer server = RedisServer.Start();
        string[] run = ["run", "--source", "-", "--redis", server.Endpoint, .. hasState ? new[] { "--state", "state" } : []];
        await using RedisConnection connection = await RedisConnection.OpenAsync(server.Options, TimeProvider.System, default);
        RedisReader reader = new(connection);
        string now = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds())
            .ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        using (TidemarkProcess first = TidemarkProcess.Start(_folder.Path, run))
        {
            await first.Input.WriteAsync(string.Concat(Enumerable.Range(0, 50).Select(i => Line(now, $"u{i}"))));
            await first.Input.FlushAsync();
            await first.UntilAsync(() => LiveHour(reader) == 50);
            await first.SignalAsync("TERM");
            Assert.Equal(hasState ? 0 : 130, await first.ExitAsync());
        }

        using TidemarkProcess second = TidemarkProcess.Start(_folder.Path, run);
        await second.Input.WriteAsync(string.Concat(Enumerable.Range(0, 3).Select(_ => Line(now, "new"))));
        await second.Input.FlushAsync();
        await second.UntilAsync(() => LiveHour(reader) == expected);
    }

    // 06:00:30 . . . . 06:05:30: the first minute, the hour and the windows around it began before anything was seen.
    [Fact]
    public async Task Run_RedisAloneOnAPipe_PublishesNoWindowOfWhichItSawOnlyAPart()
    {
        using RedisServer server = RedisServer.Start();
        using TidemarkProcess run =
            TidemarkProcess.Start(_folder.Path, "run", "--source", "-", "--redis", server.Endpoint, "--now", "2026-11-22T09:00:00Z");
        await run.Input.WriteAsync(
            string.Concat(Enumerable.Range(0, 11).Select(i => Line($"2026-11-22T06:0{(i + 1) / 2}:{(i + 1) % 2 * 30:00}Z", "u"))));
        run.Input.Close();
        Assert.Equal(0, await run.ExitAsync());

        await using RedisConnection connection = await RedisConnection.OpenAsync(server.Options, TimeProvider.System, default);
        RedisReader reader = new(connection);
        List<string> starts = [];
        await foreach (WindowResult result in reader.ReadAsync("1min", new Interval(long.MinValue, long.MaxValue), default))
        {
            starts.Add(TimeText.Format(result.StartMs));
        }

        Assert.Equal(
            ["2026-11-22T06:01:00Z", "2026-11-22T06:02:00Z", "2026-11-22T06:03:00Z", "2026-11-22T06:04:00Z", "2026-11-22T06:05:00Z"], starts);
        Assert.DoesNotContain("1hour", await reader.ListFamiliesAsync(default));
        Assert.Equal(1, run.Error.Split("tidemark: windows that began before the first event, "
            + "at 2026-11-22T06:00:30Z, are shown while they are open and not published as closed").Length - 1);
        Assert.Contains("With --state DIR, ", run.Error, StringComparison.Ordinal);
    }

    private static string Line(string time, string user) => $$"""{"timestamp":"{{time}}","event_type":"page_view","user_id":"{{user}}"}""" + "\n";

    private static long LiveHour(RedisReader reader) =>
        reader.LiveAsync(default).GetAwaiter().GetResult().Where(live => live.Window == "1hour")
            .Select(live => live.TotalEvents).DefaultIfEmpty().Max();

    private long Counted() => Cli.State.StateStore.Peek(_folder.File("lake/_state")) is { } found ? Close(found) : 0;

    private static long Close((Cli.State.StateHead Head, Cli.State.StateLog Log) found)
    {
        found.Log.Dispose();
        return found.Head.Summary.Counted;
    }

    private long Total(string family) => EventsAsync(family).GetAwaiter().GetResult().Values.Sum();

    private async Task<Dictionary<string, long>> EventsAsync(string family)
    {
        Dictionary<string, long> events = [];
        if (Directory.Exists(_folder.File("lake")))
        {
            await foreach (WindowResult result in new LakeReader(LocalLake.OpenToRead(_folder.File("lake")))
                .ReadAsync(family, new Interval(long.MinValue, long.MaxValue), default))
            {
                events.Add(TimeText.Format(result.StartMs), result.TotalEvents);
            }
        }

        return events;
    }
}

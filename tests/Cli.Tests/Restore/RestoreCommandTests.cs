using System.CommandLine;
using System.Text;
using Tidemark.Cli.Restore;
using Tidemark.Cli.Tests.Run;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Sinks.Redis;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Restore;

/// <summary>Goal: a Redis that lost everything is as it was, out of the lake. Method: a run into both, a real Redis emptied, and restored.</summary>
public sealed class RestoreCommandTests : IDisposable
{
    private static readonly DateTimeOffset Six = new(2026, 11, 22, 6, 0, 0, TimeSpan.Zero);

    private readonly RedisServer _server = RedisServer.Start();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _server.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task Restore_RedisLostEverything_HasItAgain()
    {
        using TestRun run = new() { Redis = _server.Options };
        Assert.Equal(CommandRunner.Done, run.Run(Lines(minutes: 30)));
        string[] before = await ShowAsync();
        Assert.Equal(30 + 34 + 1, before.Length);
        await FlushAsync();

        Assert.Equal(0, await RunAsync(Six.AddMinutes(31), run.Lake));

        Assert.Equal(before, await ShowAsync());
        Assert.Contains("65 windows restored, 0 were there already", _error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Each user comes every 70 s, so that every event is a session, and ends half a minute later.</summary>
    [Fact]
    public async Task Restore_Sessions_AreThereAgainIfTheirMinuteEndedWithinTheRetention()
    {
        using TestRun run = new()
        {
            Redis = _server.Options, Options = new EngineOptions { Input = new() { Sessions = new() { Gap = TimeSpan.FromSeconds(30) } } },
        };
        Assert.Equal(CommandRunner.Done, run.Run(Lines(minutes: 30)));
        IReadOnlyList<SessionRow> before = await SessionsAsync();
        Assert.Equal(30 * 6, before.Count);
        await FlushAsync();

        Assert.Equal(0, await RunAsync(Six.AddMinutes(70), run.Lake));

        // Those before have ended more than an hour ago.
        long endedAfterMs = Six.AddMinutes(10).ToUnixTimeMilliseconds();
        Assert.Equal(
            before.Where(row => row.EndedMinute.EndMs > endedAfterMs).Select(row => (row.Session.SessionId, row.Revision)),
            (await SessionsAsync()).Select(row => (row.Session.SessionId, row.Revision)));
        Assert.Contains("; sessions of 21 minutes", _error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>The app has said again what is final, and otherwise a window that is final and gone stays gone.</summary>
    [Fact]
    public async Task Restore_WindowsAreFinalByNow_AreWrittenAllTheSame()
    {
        using TestRun run = new();
        run.Run(Lines(minutes: 3));
        await using RedisConnection connection = await RedisConnection.OpenAsync(_server.Options, TimeProvider.System, default);
        RedisSink app = await RedisSink.OpenAsync(connection, [], default);
        await app.MarkFinalAsync("1min", Six.AddMinutes(3).ToUnixTimeMilliseconds(), default);

        Assert.Equal(0, await RunAsync(Six.AddMinutes(4), run.Lake));

        RedisReader reader = new(connection);
        Assert.Equal(3, (await reader.LastAsync("1min", 10, default)).Count);
        Assert.Equal(Six.AddMinutes(3).ToUnixTimeMilliseconds(), await reader.FinalBeforeAsync("1min", default));
    }

    [Fact]
    public async Task Restore_OnlyWhatEndedWithinTheRetention_IsWrittenAndNothingNewerReplaced()
    {
        using TestRun run = new();
        run.Run(Lines(minutes: 90));
        Assert.Equal(0, await RunAsync(Six.AddMinutes(90), run.Lake));
        Assert.Equal(0, await RunAsync(Six.AddMinutes(90), run.Lake));
        Assert.Contains(": 0 windows restored, ", _error.ToString(), StringComparison.Ordinal);

        await using RedisConnection connection = await RedisConnection.OpenAsync(_server.Options, TimeProvider.System, default);
        IReadOnlyList<WindowResult> minutes = await new RedisReader(connection).LastAsync("1min", 1000, default);
        Assert.Equal((60, Six.AddMinutes(30).ToUnixTimeMilliseconds()), (minutes.Count, minutes[0].StartMs));
        Assert.Equal(2, (await new RedisReader(connection).LastAsync("1hour", 1000, default)).Count);
    }

    [Fact]
    public async Task Restore_WrongUsage_SaysAllOfIt()
    {
        Assert.Equal(2, await CommandRunner.RunAsync(
            new RootCommand { RestoreCommand.Create(Context(Six)) }, ["restore", "--redis", "nowhere"], Context(Six)));
        Assert.Contains("--lake: expected DIR, got nothing", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("--redis: expected host:port", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restore_NoSuchLake_Fails()
    {
        using TempFolder folder = new();
        Assert.Equal(1, await RunAsync(Six, folder.File("nothing")));
        Assert.Contains("nothing", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restore_NoLakeInAzure_IsWrongUsage()
    {
        Assert.Equal(2, await RunAsync(Six, "abfss://nowhere"));
        Assert.Contains("abfss://", _error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("defect", _error.ToString(), StringComparison.Ordinal);
    }

    private Task<int> RunAsync(DateTimeOffset now, string lake) =>
        CommandRunner.RunAsync(
            new RootCommand { RestoreCommand.Create(Context(now)) }, ["restore", "--lake", lake, "--redis", _server.Endpoint], Context(now));

    private CommandContext Context(DateTimeOffset now) => new(_error, () => Stream.Null, new At(now)) { Environment = _ => null };

    /// <summary>Every window that is there, its users too, without the time at which it was sent.</summary>
    private async Task<string[]> ShowAsync()
    {
        await using RedisConnection connection = await RedisConnection.OpenAsync(_server.Options, TimeProvider.System, default);
        RedisReader reader = new(connection);
        List<string> all = [];
        foreach (string family in await reader.ListFamiliesAsync(default))
        {
            foreach (WindowResult result in await reader.LastAsync(family, 1000, default))
            {
                UniqueUsers users = await reader.UniqueUsersAsync([(family, result.StartMs, null)], default);
                all.Add($"{family} {result.StartMs} {result.EndMs} {result.Revision} {result.Phase} "
                    + $"{result.TotalEvents} {result.UniqueUsers} {result.Revenue} {users.Estimate}");
            }
        }

        return [.. all];
    }

    private async Task<IReadOnlyList<SessionRow>> SessionsAsync()
    {
        await using RedisConnection connection = await RedisConnection.OpenAsync(_server.Options, TimeProvider.System, default);
        return await new RedisReader(connection).ReadLastSessionsAsync(new(0, long.MaxValue), null, 10_000, default);
    }

    private async Task FlushAsync()
    {
        await using RedisConnection connection = await RedisConnection.OpenAsync(_server.Options, TimeProvider.System, default);
        using System.Net.Sockets.TcpClient client = new("127.0.0.1", _server.Port);
        await client.GetStream().WriteAsync("FLUSHALL\r\n"u8.ToArray());
        Assert.Equal((byte)'+', client.GetStream().ReadByte());
        Assert.Empty(await new RedisReader(connection).ListFamiliesAsync(default));
    }

    private static byte[] Lines(int minutes)
    {
        StringBuilder lines = new();
        for (int i = 0; i < minutes * 6; i++)
        {
            lines.Append(
                System.Globalization.CultureInfo.InvariantCulture,
                $$"""{"timestamp":"{{Six.AddSeconds(i * 10):yyyy-MM-ddTHH:mm:ssZ}}","event_type":"page_view","user_id":"u"""
                    + $$"""{{i % 7}}","page_url":"/p"}""")
                .Append('\n');
        }

        return Encoding.UTF8.GetBytes(lines.ToString());
    }

    private sealed class At(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}

using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;
using Tidemark.Sinks.Lake;
using Tidemark.Sinks.Redis;
using Tidemark.Support.Fixtures;
using static Tidemark.Sinks.Tests.Samples;

namespace Tidemark.Sinks.Tests.Redis;

/// <summary>
/// Goal: whatever happens to the server, results wait, go out in order when it is back, and the operator hears of it once at either end.
/// Each test has a server of its own and harms it.
/// </summary>
public sealed class RedisOutageTests
{
    [Fact]
    public async Task Start_ServerDown_WritesOnceItIsUp()
    {
        using RedisServer server = RedisServer.Stopped();
        await using Rig rig = await Rig.OpenAsync(server.Options);
        await rig.Sink.WriteAsync([MinuteResult(0), MinuteResult(1)], default);
        await rig.Sink.MarkFinalAsync("1min", Start + Minute, default);
        string told = rig.WaitForLine(0);
        Assert.Contains($"Redis at {server.Endpoint}: connection refused", told, StringComparison.Ordinal);
        Assert.Contains("Trying again every", told, StringComparison.Ordinal);

        server.Launch();
        await rig.FlushedAsync();
        Assert.Equal(2, (await rig.Reader.RangeAsync("1min", 0, long.MaxValue, default)).Count);
        Assert.Equal(Start + Minute, await rig.Reader.FinalBeforeAsync("1min", default));
        Assert.Contains($"Redis at {server.Endpoint} is back", rig.WaitForLine(1), StringComparison.Ordinal);
        Assert.Equal(2, rig.Lines.Count);
    }

    [Fact]
    public async Task Write_ServerKilledAndRestartedAgainAndAgain_EndsWithEverything()
    {
        // The server keeps what it acknowledged (append-only file, synced): what it had not yet is written again.
        using RedisServer server = RedisServer.Start("--appendonly", "yes", "--appendfsync", "always");
        await using Rig rig = await Rig.OpenAsync(server.Options);
        for (int round = 0; round < 4; round++)
        {
            int first = round * 1000;
            Task writing = rig.Sink.WriteAsync([.. Enumerable.Range(first, 1000).Select(minute => MinuteResult(minute))], default);
            Until.True(() => rig.Redis.Published > first, "writing has begun");
            server.Kill();
            server.Launch();
            await writing;
        }

        await rig.FlushedAsync();
        Assert.Equal(4000, (await rig.Reader.RangeAsync("1min", 0, long.MaxValue, default)).Count);
        Assert.Equal(0, rig.Sink.Dropped);
        Assert.Equal(Start + (3999 * Minute), (await rig.Reader.LatestAsync("1min", default))!.StartMs);
    }

    [Fact]
    public async Task Write_ServerBecomesAReplica_WaitsUntilItIsPrimaryAgain()
    {
        using RedisServer primary = RedisServer.Start();
        using RedisServer server = RedisServer.Start();
        await using Rig rig = await Rig.OpenAsync(server.Options);
        await rig.Sink.WriteAsync([MinuteResult(0)], default);
        await rig.FlushedAsync();

        using ConnectionMultiplexer admin = await ConnectionMultiplexer.ConnectAsync(server.Endpoint + ",allowAdmin=true");
        await admin.GetDatabase().ExecuteAsync("REPLICAOF", "127.0.0.1", $"{primary.Port}");
        await rig.Sink.WriteAsync([MinuteResult(1)], default);
        Assert.Contains("read-only replica", rig.WaitForLine(0), StringComparison.Ordinal);

        await ExecuteOnReplicaAsync(server, "REPLICAOF NO ONE");
        await rig.FlushedAsync();
        Assert.Equal(Start + Minute, (await rig.Reader.LatestAsync("1min", default))!.StartMs);
    }

    [Fact]
    public async Task Write_FailoverBehindOneName_FollowsIt()
    {
        // The endpoint is a port forwarder, as a load balancer or a DNS name is: it moves from the dead primary to the promoted replica.
        using RedisServer first = RedisServer.Start();
        using RedisServer second = RedisServer.Start();
        using Forwarder name = new(first.Port);
        await using Rig rig = await Rig.OpenAsync(RedisServer.OptionsFor(name.Endpoint));
        await rig.Sink.WriteAsync([MinuteResult(0)], default);
        await rig.FlushedAsync();

        first.Kill();
        name.Target = second.Port;
        await rig.Sink.WriteAsync([MinuteResult(1)], default);
        await rig.FlushedAsync();
        await using Rig direct = await Rig.OpenAsync(second.Options);
        Assert.Equal(Start + Minute, (await direct.Reader.LatestAsync("1min", default))!.StartMs);
    }

    [Fact]
    public async Task Write_OutOfMemory_WaitsForRoomAndLeavesNothingHalfDone()
    {
        using RedisServer server = RedisServer.Start("--maxmemory-policy", "noeviction");
        await using Rig rig = await Rig.OpenAsync(server.Options);
        using ConnectionMultiplexer admin = await ConnectionMultiplexer.ConnectAsync(server.Endpoint + ",allowAdmin=true");
        await admin.GetDatabase().ExecuteAsync("CONFIG", "SET", "maxmemory", "1mb");
        await rig.Sink.WriteAsync([MinuteResult(0)], default);
        Assert.Contains("out of memory", rig.WaitForLine(0), StringComparison.Ordinal);
        Assert.Equal(0, (long)await admin.GetDatabase().ExecuteAsync("DBSIZE"));

        await admin.GetDatabase().ExecuteAsync("CONFIG", "SET", "maxmemory", "0");
        await rig.FlushedAsync();
        Assert.NotNull(await rig.Reader.LatestAsync("1min", default));
    }

    [Fact]
    public async Task Write_ServerStillLoading_WaitsUntilItHasLoaded()
    {
        using RedisServer server =
            RedisServer.Start("--key-load-delay", "400", "--loading-process-events-interval-bytes", "1024", "--rdbcompression", "no");
        await using (Rig rig = await Rig.OpenAsync(server.Options))
        {
            await rig.Sink.WriteAsync([.. Enumerable.Range(0, 600).Select(minute => MinuteResult(minute))], default);
            await rig.FlushedAsync();
            using ConnectionMultiplexer admin = await ConnectionMultiplexer.ConnectAsync(server.Endpoint + ",allowAdmin=true");
            await admin.GetDatabase().ExecuteAsync("SAVE");
        }

        server.Kill();
        server.Launch(waitUntilReady: false);
        await using Rig again = await Rig.OpenAsync(server.Options);
        await again.Sink.WriteAsync([MinuteResult(600)], default);
        await Until.TrueAsync(() => Task.FromResult(server.Log().Contains("Loading RDB", StringComparison.Ordinal)), "it loads");
        await again.FlushedAsync();
        Assert.Equal(601, (await again.Reader.RangeAsync("1min", 0, long.MaxValue, default)).Count);
    }

    [Fact]
    public async Task Knock_ServerLoading_SaysSo()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Task answering = Task.Run(async () =>
        {
            using TcpClient client = await listener.AcceptTcpClientAsync();
            await client.GetStream().WriteAsync("-LOADING Redis is loading the dataset in memory\r\n"u8.ToArray());
            await client.GetStream().ReadAtLeastAsync(new byte[100], 1);
        });
        RedisOptions options = RedisServer.OptionsFor(listener.LocalEndpoint.ToString()!);
        var error = await Assert.ThrowsAsync<RedisProblemException>(() => RedisKnock.TryAsync(options, TimeProvider.System, default));
        Assert.True(error.Problem.IsTransient);
        Assert.Contains("still loading", error.Message, StringComparison.Ordinal);
        await answering;
    }

    [Fact]
    public async Task Write_ServerHangs_TimesOutAndGoesOnWhenItMoves()
    {
        using RedisServer server = RedisServer.Start();
        await using Rig rig = await Rig.OpenAsync(
            server.Options with { CommandTimeout = TimeSpan.FromMilliseconds(200), ConnectTimeout = TimeSpan.FromMilliseconds(300) });
        await rig.Sink.WriteAsync([MinuteResult(0)], default);
        await rig.FlushedAsync();
        server.Pause();
        try
        {
            await rig.Sink.WriteAsync([MinuteResult(1)], default);
            Assert.Contains("no answer within 0.2 s", rig.WaitForLine(0), StringComparison.Ordinal);
        }
        finally
        {
            server.Resume();
        }

        await rig.FlushedAsync();
        Assert.Equal(Start + Minute, (await rig.Reader.LatestAsync("1min", default))!.StartMs);
    }

    [Fact]
    public async Task Write_RedisDown_TheLakeGoesOn()
    {
        using RedisServer server = RedisServer.Stopped();
        DirectoryInfo directory = Directory.CreateTempSubdirectory("tidemark-lake-");
        try
        {
            await using Rig rig = await Rig.OpenAsync(
                server.Options with { Retry = server.Options.Retry with { MaxPending = 8, DrainTimeout = TimeSpan.Zero } });
            LakeSink lake = new(LocalLake.Open(directory.FullName), Windows);
            foreach (IResultSink sink in new IResultSink[] { rig.Sink, lake })
            {
                await sink.WriteAsync([.. Enumerable.Range(0, 20).Select(minute => MinuteResult(minute))], default);
            }

            rig.WaitForLine(0);
            await rig.Sink.WriteAsync([.. Enumerable.Range(20, 20).Select(minute => MinuteResult(minute))], default);
            Assert.Equal(20, lake.Written);
            Assert.InRange(rig.Sink.Pending, 1, 8);
            Assert.Equal(40, rig.Sink.Pending + rig.Sink.Dropped);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Write_PasswordChangedMeanwhile_IsAnOutage()
    {
        using RedisServer server = RedisServer.Start();
        await using Rig rig = await Rig.OpenAsync(server.Options with { Retry = server.Options.Retry with { DrainTimeout = TimeSpan.Zero } });
        server.Kill();
        using RedisServer changed = RedisServer.Start("--requirepass", "another", "--port", $"{server.Port}");
        await rig.Sink.WriteAsync([MinuteResult(0)], default);
        Assert.Contains("NOAUTH", rig.WaitForLine(0), StringComparison.Ordinal);
    }

    private static async Task ExecuteOnReplicaAsync(RedisServer server, string command)
    {
        using TcpClient client = new("127.0.0.1", server.Port);
        await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(command + "\r\n"));
        await client.GetStream().ReadAtLeastAsync(new byte[100], 1);
    }

    /// <summary>A Redis sink with retries around it, and what it told.</summary>
    private sealed class Rig : IAsyncDisposable
    {
        private readonly RedisConnection _connection;
        private readonly List<string> _lines = [];

        private Rig(RedisConnection connection, RedisSink redis)
        {
            (_connection, Redis, Reader) = (connection, redis, new RedisReader(connection));
            Sink = new RetryingSink(redis, connection.Name, connection.Options.Retry, Hear, TimeProvider.System);
        }

        public RedisSink Redis { get; }

        public RedisReader Reader { get; }

        public RetryingSink Sink { get; }

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines)
                {
                    return [.. _lines];
                }
            }
        }

        public static async Task<Rig> OpenAsync(RedisOptions options)
        {
            RedisConnection connection = await RedisConnection.OpenAsync(options, TimeProvider.System, default);
            return new Rig(connection, await RedisSink.OpenAsync(connection, Windows, default));
        }

        public string WaitForLine(int index)
        {
            Until.True(() => Lines.Count > index, $"line {index} is told");
            return Lines[index];
        }

        public async Task FlushedAsync() => Assert.True(await Sink.FlushAsync(Until.Patience, default), string.Join('\n', Lines));

        public async ValueTask DisposeAsync()
        {
            await Sink.DisposeAsync();
            await _connection.DisposeAsync();
        }

        private void Hear(string line)
        {
            lock (_lines)
            {
                _lines.Add(line);
            }
        }
    }
}

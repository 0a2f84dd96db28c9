using StackExchange.Redis;
using Tidemark.Core.Results;
using Tidemark.Sinks.Redis;
using Tidemark.Support.Fixtures;
using static Tidemark.Sinks.Tests.Samples;

namespace Tidemark.Sinks.Tests.Redis;

/// <summary>The Redis sink by itself.</summary>
public sealed class RedisSinkContractTests : SinkContract
{
    protected override async Task<ISinkUnderTest> OpenAsync() => await RedisUnderTest.OpenAsync();
}

/// <summary>A Redis sink with a server of its own, as the contract wants to see it.</summary>
internal sealed class RedisUnderTest : ISinkUnderTest
{
    private readonly RedisServer _server;
    private readonly ConnectionMultiplexer _admin;
    private readonly RedisConnection _connection;
    private readonly RedisReader _reader;

    private RedisUnderTest(RedisServer server, ConnectionMultiplexer admin, RedisConnection connection, RedisSink sink)
    {
        (_server, _admin, _connection, Sink) = (server, admin, connection, sink);
        _reader = new RedisReader(connection);
    }

    public IResultSink Sink { get; }

    public static async Task<RedisUnderTest> OpenAsync()
    {
        RedisServer server = RedisServer.Start("--maxmemory-policy", "noeviction");
        ConnectionMultiplexer admin = await ConnectionMultiplexer.ConnectAsync(server.Endpoint + ",allowAdmin=true");
        RedisConnection connection = await RedisConnection.OpenAsync(server.Options, TimeProvider.System, default);
        return new RedisUnderTest(server, admin, connection, await RedisSink.OpenAsync(connection, Windows, default));
    }

    public Task<WindowResult?> ReadAsync(WindowResult window) =>
        _reader.GetAsync(window.Window, window.StartMs, window.Window == "today" ? window.EndMs : null, default);

    public async Task<IReadOnlyDictionary<string, string>> DumpAsync()
    {
        Dictionary<string, string> all = [];
        foreach (RedisKey key in _admin.GetServer(_server.Endpoint).Keys(pageSize: 1000))
        {
            all[key!] = Convert.ToHexString(await _admin.GetDatabase().KeyDumpAsync(key) ?? []);
        }

        return all;
    }

    public async Task<IDisposable> BreakAsync()
    {
        // Room for a few windows more: the batch breaks off in the middle.
        var memory = await _admin.GetServer(_server.Endpoint).InfoAsync("memory");
        long used = long.Parse(
            memory.SelectMany(group => group).First(line => line.Key == "used_memory").Value, System.Globalization.CultureInfo.InvariantCulture);
        await _admin.GetDatabase().ExecuteAsync("CONFIG", "SET", "maxmemory", $"{used + 60_000}");
        return new Mended(() => _admin.GetDatabase().Execute("CONFIG", "SET", "maxmemory", "0"));
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _admin.CloseAsync();
        _admin.Dispose();
        _server.Dispose();
    }
}

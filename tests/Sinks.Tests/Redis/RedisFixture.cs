using StackExchange.Redis;
using Tidemark.Core.Results;
using Tidemark.Sinks.Redis;
using Tidemark.Support.Fixtures;

namespace Tidemark.Sinks.Tests.Redis;

/// <summary>One server for all tests that do not harm it; each test has a prefix of its own.</summary>
public sealed class RedisFixture : IDisposable
{
    private readonly RedisServer _server = RedisServer.Start();

    public RedisFixture() => Raw = ConnectionMultiplexer.Connect(_server.Endpoint);

    /// <summary>A plain client, to look at what is really there.</summary>
    internal ConnectionMultiplexer Raw { get; }

    internal async Task<Bench> OpenAsync(Func<RedisOptions, RedisOptions>? change = null)
    {
        RedisOptions options = _server.Options with { KeyPrefix = $"{Guid.NewGuid():N}:" };
        options = change?.Invoke(options) ?? options;
        RedisConnection connection = await RedisConnection.OpenAsync(options, TimeProvider.System, default);
        return new Bench(connection, await RedisSink.OpenAsync(connection, Samples.Windows, default), Raw);
    }

    public void Dispose()
    {
        Raw.Dispose();
        _server.Dispose();
    }
}

[CollectionDefinition("redis")]
public sealed class RedisFixtureDefinition : ICollectionFixture<RedisFixture>;

/// <summary>A sink under a prefix of its own, and plain eyes on the server.</summary>
internal sealed record Bench(RedisConnection Connection, RedisSink Sink, ConnectionMultiplexer Raw) : IAsyncDisposable
{
    public IDatabase Db => Raw.GetDatabase();

    public string Prefix => Connection.Options.KeyPrefix;

    public RedisKey Key(string name) => Prefix + name;

    public Task WriteAsync(params WindowResult[] results) => Sink.WriteAsync(results, default);

    /// <summary>Every key under the prefix with its bytes.</summary>
    public async Task<SortedDictionary<string, string>> DumpAsync()
    {
        SortedDictionary<string, string> all = new(StringComparer.Ordinal);
        foreach (RedisKey key in Raw.GetServer(Raw.GetEndPoints()[0]).Keys(pattern: Prefix + "*", pageSize: 1000))
        {
            all[key!] = Convert.ToHexString(await Db.KeyDumpAsync(key) ?? []);
        }

        return all;
    }

    public ValueTask DisposeAsync() => Connection.DisposeAsync();
}

using StackExchange.Redis;
using Tidemark.Cli.Run;
using Tidemark.Cli.Tests.State;
using Tidemark.Cli.Verify;
using Tidemark.Core.Results;
using Tidemark.Sinks.Redis;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Verify;

/// <summary>Verifications of a lake and a real Redis beside it.</summary>
public sealed class VerifyRedisTests : IDisposable
{
    private static readonly DateTimeOffset Six = new(2026, 11, 22, 6, 0, 0, TimeSpan.Zero);

    private readonly VerifyRuns _lake = new();
    private readonly RedisServer _redis = RedisServer.Start();
    private readonly ManualTime _atTheEnd = new(Six.AddHours(1));

    public void Dispose()
    {
        _redis.Dispose();
        _lake.Dispose();
    }

    [Fact]
    public async Task Verify_AsPublished_IsEqualInBoth()
    {
        string path = await CountAsync();

        Assert.Equal(0, Verify(path));
        Assert.Matches("\\Aequal: 125 windows in [^ ]+/lake \\(.*\\); 125 windows in Redis at 127.0.0.1:[0-9]+ \\(1 x 1hour, "
            + "60 x 1min, 64 x 5min\\) as recounted from 360 records", _lake.Output);
    }

    [Fact]
    public async Task Verify_RedisHoldsAnotherValue_IsShownUnderItsName()
    {
        string path = await CountAsync();
        await using RedisConnection connection = await RedisConnection.OpenAsync(_redis.Options, TimeProvider.System, default);
        WindowResult minute = (await new RedisReader(connection).GetAsync("1min", Six.AddMinutes(5).ToUnixTimeMilliseconds(), null, default))!;
        RedisSink sink = await RedisSink.OpenAsync(connection, _lake.Runs.Options.Windows, default, restores: true);
        await sink.WriteAsync([minute with { PageViews = 5, Revision = 9 }], default);

        Assert.Equal(1, Verify(path));
        Assert.StartsWith("equal: 125 windows in ", _lake.Output, StringComparison.Ordinal);
        Assert.Contains("\ndifferent: 1 of 125 windows in Redis at ", _lake.Output, StringComparison.Ordinal);
        Assert.Contains("\n1min    2026-11-22 06:05:00  2026-11-22 06:06:00  page_views       5  6\n", _lake.Output, StringComparison.Ordinal);
    }

    // Within the retention it must be there; afterwards Redis forgets.
    [Fact]
    public async Task Verify_RedisLacksAWindow_IsADifferenceOnlyWithinTheRetention()
    {
        string path = await CountAsync();
        await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(_redis.Endpoint);
        await connection.GetDatabase().KeyDeleteAsync($"metrics:1min:{Six.AddMinutes(5).ToUnixTimeSeconds()}");

        Assert.Equal(1, Verify(path));
        Assert.Contains("\n1min    2026-11-22 06:05:00  2026-11-22 06:06:00  window  missing  6 events\n", _lake.Output, StringComparison.Ordinal);

        _atTheEnd.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(0, Verify(path));
        Assert.Matches("; 1 windows are no longer in Redis at [^\n]*\n\\z", _lake.Output);
    }

    private async Task<string> CountAsync()
    {
        string path = _lake.Runs.Write("events", StateRuns.Lines(Six, 360, 10));
        using StringWriter error = new();
        CommandContext context = new(error, () => Stream.Null, TimeProvider.System);
        RunOptions run = new([path], _lake.Runs.Lake, Json: false, null, StateRuns.Now,
            _lake.Runs.Tuning) { State = Runner.StateOf(_lake.Runs.Lake), Redis = _redis.Options };
        Assert.Equal(0, await Task.Run(() => Runner.Run(run, _lake.Runs.Options, context, default)));
        return path;
    }

    private int Verify(string path)
    {
        VerifyOptions verify = _lake.Options(path) with { Redis = _redis.Options };
        return _lake.Verify(verify, _atTheEnd);
    }
}

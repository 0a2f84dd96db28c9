using System.Text.Json;
using StackExchange.Redis;
using Tidemark.Core.Results;
using Tidemark.Support.Fixtures;
using static Tidemark.Sinks.Tests.Samples;

namespace Tidemark.Sinks.Tests.Redis;

/// <summary>Goal: every key, TTL, index and channel is as docs/REDIS.md says, seen through a plain client.</summary>
[Collection("redis")]
public sealed class RedisSinkTests(RedisFixture redis)
{
    private const long Epoch = Start / 1000;

    [Fact]
    public async Task WriteAsync_Minute_IsReadByTheClientsOfToday()
    {
        await using Bench bench = await redis.OpenAsync();
        await bench.WriteAsync(MinuteResult(0), MinuteResult(1));

        string key = bench.Key($"metrics:1min:{Epoch + 60}")!;
        string json = (await bench.Db.StringGetAsync(key))!;
        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Equal("2026-11-22T06:01:00Z", document.RootElement.GetProperty("window_start").GetString());
        Assert.True(document.RootElement.TryGetProperty("emitted_at", out _));
        Assert.Equal(json, await bench.Db.StringGetAsync(bench.Key("metrics:latest")));
        Assert.Equal(json, await bench.Db.StringGetAsync(bench.Key("metrics:1min:latest")));

        SortedSetEntry[] series = await bench.Db.SortedSetRangeByRankWithScoresAsync(bench.Key("metrics:timeseries"));
        Assert.Equal([(Epoch, bench.Key($"metrics:1min:{Epoch}")), (Epoch + 60, key)], series.Select(
            entry => ((long)entry.Score, (RedisKey)(string)entry.Element!)));
        Assert.Equal(series, await bench.Db.SortedSetRangeByRankWithScoresAsync(bench.Key("metrics:1min:timeseries")));
    }

    [Fact]
    public async Task WriteAsync_OtherFamily_HasItsOwnKeysAndNoShortNames()
    {
        await using Bench bench = await redis.OpenAsync();
        await bench.WriteAsync(Result("5min", Start, 5 * Minute));

        Assert.Equal(
            new[] { "metrics:5min:latest", "metrics:5min:timeseries", "metrics:5min:expiries",
                $"metrics:5min:{Epoch}", $"metrics:5min:{Epoch}:users", "metrics:published_to" }
                .Select(name => (string)bench.Key(name)!).Order(StringComparer.Ordinal),
            (await bench.DumpAsync()).Keys);
    }

    [Fact]
    public async Task WriteAsync_Keys_ExpireTogetherAndLatestDoesNot()
    {
        await using Bench bench = await redis.OpenAsync();
        await bench.WriteAsync(MinuteResult(0));

        foreach (string name in new[] { $"1min:{Epoch}", $"1min:{Epoch}:users", "timeseries", "1min:timeseries", "1min:expiries" })
        {
            TimeSpan? ttl = await bench.Db.KeyTimeToLiveAsync(bench.Key("metrics:" + name));
            Assert.InRange(ttl!.Value, TimeSpan.FromMinutes(59), TimeSpan.FromHours(1));
        }

        foreach (string name in new[] { "latest", "1min:latest", "published_to" })
        {
            Assert.True(await bench.Db.KeyExistsAsync(bench.Key("metrics:" + name)));
            Assert.Null(await bench.Db.KeyTimeToLiveAsync(bench.Key("metrics:" + name)));
        }
    }

    [Fact]
    public async Task WriteAsync_SameRevisionTwice_ChangesNoByteAndNoTimeToLive()
    {
        await using Bench bench = await redis.OpenAsync();
        await bench.WriteAsync(MinuteResult(0, revision: 2));
        RedisKey key = bench.Key($"metrics:1min:{Epoch}");
        await bench.Db.KeyExpireAsync(key, TimeSpan.FromMinutes(5));
        var before = await bench.DumpAsync();

        await bench.WriteAsync(MinuteResult(0, revision: 2) with { TotalEvents = 99 }, MinuteResult(0, revision: 1), MinuteResult(0, revision: 0));

        Assert.Equal(before, await bench.DumpAsync());
        Assert.True(await bench.Db.KeyTimeToLiveAsync(key) <= TimeSpan.FromMinutes(5));
        Assert.Equal((1, 3), (bench.Sink.Published, bench.Sink.Refused));
    }

    [Theory]
    [InlineData(9, 10)]
    [InlineData(99, 100)]
    [InlineData(9_007_199_254_740_992, 9_007_199_254_740_993)] // a double holds only the first
    [InlineData(long.MaxValue - 1, long.MaxValue)]
    public async Task WriteAsync_NextRevision_ReplacesAndNeverGoesBack(long lower, long higher)
    {
        await using Bench bench = await redis.OpenAsync();
        await bench.WriteAsync(MinuteResult(0, lower), MinuteResult(0, higher), MinuteResult(0, lower));

        Assert.Equal(higher, (await StoredAsync(bench, $"metrics:1min:{Epoch}")).Revision);
        Assert.Equal(higher, (await StoredAsync(bench, "metrics:latest")).Revision);
    }

    [Fact]
    public async Task WriteAsync_KeysThatLookLikeFields_DoNotFoolTheComparison()
    {
        await using Bench bench = await redis.OpenAsync();
        Breakdown hostile = new([new("phase", 900), new("revision", 900),
            new("\"phase\":\"on_time\",\"revision\":900", 900), new("\\\"phase\":\"x\",\"revision\":9", 1)], 0);
        WindowResult first = MinuteResult(0) with { TopPages = hostile, Devices = hostile, Countries = hostile, EventTypes = hostile };
        await bench.WriteAsync(first, first with { Revision = 2 }, first with { Revision = 1 });

        Assert.Equal(2, (await StoredAsync(bench, $"metrics:1min:{Epoch}")).Revision);
        Assert.Equal(2, bench.Sink.Published);
    }

    [Fact]
    public async Task WriteAsync_CorrectionOfAnEarlierWindow_LeavesLatestAlone()
    {
        await using Bench bench = await redis.OpenAsync();
        await bench.WriteAsync(MinuteResult(0), MinuteResult(1), MinuteResult(0, revision: 2), MinuteResult(1, revision: 2), MinuteResult(-1));

        WindowResult latest = await StoredAsync(bench, "metrics:latest");
        Assert.Equal((Start + Minute, 2), (latest.StartMs, latest.Revision));
        Assert.Equal(3, await bench.Db.SortedSetLengthAsync(bench.Key("metrics:timeseries")));
    }

    [Fact]
    public async Task WriteAsync_WindowExpiredAndCameBackOlder_LatestKeepsItsRevision()
    {
        await using Bench bench = await redis.OpenAsync();
        await bench.WriteAsync(MinuteResult(0, revision: 3));
        await bench.Db.KeyDeleteAsync(bench.Key($"metrics:1min:{Epoch}"));
        await bench.WriteAsync(MinuteResult(0, revision: 2));

        Assert.Equal(3, (await StoredAsync(bench, "metrics:latest")).Revision);
    }

    [Fact]
    public async Task WriteAsync_CumulativeWindows_ShareAStartAndNotAKey()
    {
        await using Bench bench = await redis.OpenAsync();
        long day = Start - (6 * 60 * Minute);
        await bench.WriteAsync(Result("today", day, 120 * Minute, 7), Result("today", day, 60 * Minute, 9), Result("today", day, 180 * Minute, 1));

        string[] names =
            [.. Enumerable.Range(1, 3).Select(hours => (string)bench.Key($"metrics:today:{day / 1000}-{(day / 1000) + (hours * 3600)}")!)];
        Assert.Equal(names, (await bench.Db.SortedSetRangeByRankAsync(bench.Key("metrics:today:timeseries"))).Select(name => (string)name!));
        Assert.Equal(day + (180 * Minute), (await StoredAsync(bench, "metrics:today:latest")).EndMs);
    }

    [Fact]
    public async Task WriteAsync_WindowsOffTheSecondAndBefore1970_HaveKeysOfTheirOwn()
    {
        await using Bench bench = await redis.OpenAsync();
        await bench.WriteAsync(Result("1min", -60_000, 60_000), Result("1min", 1_500, 500), Result("1min", 1_000, 500));

        SortedSetEntry[] series = await bench.Db.SortedSetRangeByRankWithScoresAsync(bench.Key("metrics:timeseries"));
        Assert.Equal([("metrics:1min:-60", -60), ("metrics:1min:1", 1), ("metrics:1min:1.500", 1.5)], series.Select(
            entry => (((string)entry.Element!)[bench.Prefix.Length..], entry.Score)));
        Assert.Equal(1_500, (await StoredAsync(bench, "metrics:latest")).StartMs);
    }

    [Fact]
    public async Task WriteAsync_ExpiredMembers_AreTrimmedByTheNextPublication()
    {
        await using Bench shortLived = await redis.OpenAsync(options => options with { Retention = TimeSpan.FromMilliseconds(20) });
        await using Bench bench = await redis.OpenAsync(options => options with { KeyPrefix = shortLived.Prefix });
        await bench.WriteAsync(MinuteResult(100)); // keeps the indexes alive
        await shortLived.WriteAsync(MinuteResult(0), MinuteResult(1), MinuteResult(2));
        await Until.TrueAsync(async () => !await bench.Db.KeyExistsAsync(bench.Key($"metrics:1min:{Epoch + 120}")), "the keys expire");
        Assert.Equal(4, await bench.Db.SortedSetLengthAsync(bench.Key("metrics:timeseries")));

        // The index forgets a key no earlier than Redis itself, so one more millisecond may be needed.
        long revision = 1;
        await Until.TrueAsync(async () =>
        {
            await bench.WriteAsync(MinuteResult(100, ++revision));
            return await bench.Db.SortedSetLengthAsync(bench.Key("metrics:timeseries")) == 1;
        }, "the index is trimmed");
        Assert.Equal(1, await bench.Db.SortedSetLengthAsync(bench.Key("metrics:1min:timeseries")));
        Assert.Equal(1, await bench.Db.SortedSetLengthAsync(bench.Key("metrics:1min:expiries")));
    }

    [Fact]
    public async Task WriteAsync_AcceptedPublications_AreHeardOnceInOrder()
    {
        await using Bench bench = await redis.OpenAsync();
        List<string> heard = [];
        ISubscriber subscriber = bench.Raw.GetSubscriber();
        await subscriber.SubscribeAsync(bench.Connection.Keys.Channel("1min"), (_, message) =>
        {
            lock (heard)
            {
                heard.Add(message!);
            }
        });
        await bench.WriteAsync(Live(0, 5), Live(0, 4), MinuteResult(0), MinuteResult(0), MinuteResult(0, 2), MinuteResult(0, 1), MinuteResult(1));

        Until.True(() => Heard().Length >= 4, "four messages");
        Assert.Equal(
            [(Start, 0, 5), (Start, 1, 0), (Start, 2, 0), (Start + Minute, 1, 0)],
            Heard().Select(result => (result.StartMs, result.Revision, result.Sequence)).Order());
        await subscriber.UnsubscribeAsync(bench.Connection.Keys.Channel("1min"));

        WindowResult[] Heard()
        {
            lock (heard)
            {
                return [.. heard.Select(json => ResultJson.Read(System.Text.Encoding.UTF8.GetBytes(json)))];
            }
        }
    }

    [Fact]
    public async Task WriteAsync_ForeignKeyOfAnotherType_FailsAndIsMadeGoodOnceItIsGone()
    {
        await using Bench bench = await redis.OpenAsync();
        await bench.Db.ListLeftPushAsync(bench.Key("metrics:timeseries"), "not ours");
        SinkException error = await Assert.ThrowsAsync<SinkException>(() => bench.WriteAsync(MinuteResult(0)));
        Assert.Contains("WRONGTYPE", error.Message, StringComparison.Ordinal);

        await bench.Db.KeyDeleteAsync(bench.Key("metrics:timeseries"));
        await bench.WriteAsync(MinuteResult(0));
        Assert.Equal(1, await bench.Db.SortedSetLengthAsync(bench.Key("metrics:timeseries")));
        Assert.Equal(Start, (await StoredAsync(bench, "metrics:latest")).StartMs);
    }

    [Fact]
    public async Task WriteAsync_ValueOfAnotherProgram_IsReplaced()
    {
        await using Bench bench = await redis.OpenAsync();
        await bench.Db.StringSetAsync(bench.Key($"metrics:1min:{Epoch}"), """{"total_events":1}""");
        await bench.WriteAsync(MinuteResult(0));
        Assert.Equal(1, (await StoredAsync(bench, $"metrics:1min:{Epoch}")).Revision);
    }

    [Fact]
    public async Task WriteAsync_ScriptCacheEmptied_SendsTheScriptAgain()
    {
        await using Bench bench = await redis.OpenAsync();
        await bench.WriteAsync(MinuteResult(0));
        await bench.Db.ExecuteAsync("SCRIPT", "FLUSH");
        await bench.WriteAsync(MinuteResult(1), MinuteResult(2));
        Assert.Equal(3, bench.Sink.Published);
    }

    private static async Task<WindowResult> StoredAsync(Bench bench, string name) =>
        ResultJson.Read(((byte[]?)await bench.Db.StringGetAsync(bench.Key(name)))!);
}

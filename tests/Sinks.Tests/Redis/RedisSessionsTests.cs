using System.Collections.Concurrent;
using StackExchange.Redis;
using Tidemark.Core.Sessions;
using Tidemark.Sinks.Redis;
using Tidemark.Support.Fixtures;
using static Tidemark.Sinks.Tests.Samples;
using static Tidemark.Support.Samples.SessionSamples;

namespace Tidemark.Sinks.Tests.Redis;

/// <summary>Sessions in Redis.</summary>
[Collection("redis")]
public sealed class RedisSessionContractTests(RedisFixture redis) : SessionContract
{
    protected override async Task<ISessionsUnderTest> OpenAsync() => new RedisSessions(await redis.OpenAsync());

    private sealed class RedisSessions(Bench bench) : ISessionsUnderTest
    {
        public IResultSink Sink => bench.Sink;

        public IResultReader Reader { get; } = new RedisReader(bench.Connection);

        public async Task<IReadOnlyDictionary<string, string>> DumpAsync() => await bench.DumpAsync();

        public ValueTask DisposeAsync() => bench.DisposeAsync();
    }
}

/// <summary>Goal: every key, TTL, index and channel of sessions is as docs/REDIS.md says, seen through a plain client.</summary>
[Collection("redis")]
public sealed class RedisSessionsTests(RedisFixture redis)
{
    private const long Epoch = Start / 1000;

    [Fact]
    public async Task WriteSessionsAsync_Minute_HasTheDocumentedKeysThatExpire()
    {
        await using Bench bench = await redis.OpenAsync();
        Session ada = Session("ada", Start - (40 * Minute));
        Session bob = Session("bob", Start - (40 * Minute), 5500);
        await bench.Sink.WriteSessionsAsync(Ended(Start, 1, ada, bob), default);

        string[] expiring =
        [
            "sessions:expiries", $"sessions:minute:{Epoch}", "sessions:recent",
            $"sessions:{Epoch}:{ada.SessionId}", $"sessions:{Epoch}:{bob.SessionId}",
        ];
        Assert.Equal(
            expiring.Append("sessions:published_to").Select(name => (string)bench.Key(name)!).Order(StringComparer.Ordinal),
            (await bench.DumpAsync()).Keys);
        foreach (string name in expiring)
        {
            Assert.InRange((await bench.Db.KeyTimeToLiveAsync(bench.Key(name)))!.Value, TimeSpan.FromMinutes(59), TimeSpan.FromHours(1));
        }

        Assert.Equal(
            [(bob, Epoch - (40 * 60) + 5.5), (ada, Epoch - (35 * 60))],
            (await bench.Db.SortedSetRangeByRankWithScoresAsync(bench.Key("sessions:recent"))).Select(entry => (
                SessionOf(bench.Db.StringGet((string)entry.Element!)), entry.Score)),
            (a, b) => a.Item1.SessionId == b.Item1.SessionId && a.Item2 == b.Item2);
        Assert.Equal("1", await bench.Db.HashGetAsync(bench.Key($"sessions:minute:{Epoch}"), "revision"));
        Assert.Empty(await new RedisReader(bench.Connection).ListFamiliesAsync(default));
    }

    [Fact]
    public async Task WriteSessionsAsync_Correction_RemovesWhatIsGoneFromEveryIndex()
    {
        await using Bench bench = await redis.OpenAsync();
        await bench.Sink.WriteSessionsAsync(Ended(Start, 9, Session("ada", Start - Minute), Session("bob", Start - Minute)), default);
        await bench.Sink.WriteSessionsAsync(Ended(Start, 10, Session("bob", Start - Minute)), default);

        string left = bench.Key($"sessions:{Epoch}:{IdOf("bob", Start - Minute)}")!;
        Assert.Equal([left], await RecentAsync(bench));
        Assert.Equal([left], (await bench.Db.SortedSetRangeByRankAsync(bench.Key("sessions:expiries"))).Select(member => (string)member!));
        Assert.Equal(
            new[] { IdOf("bob", Start - Minute), "revision" }.Order(),
            (await bench.Db.HashKeysAsync(bench.Key($"sessions:minute:{Epoch}"))).Select(field => (string)field!).Order());
        Assert.Equal((2, 0), (bench.Sink.Published, bench.Sink.Refused));
    }

    [Fact]
    public async Task WriteSessionsAsync_Channel_GetsEveryAcceptedPublicationInShort()
    {
        await using Bench bench = await redis.OpenAsync();
        ConcurrentQueue<string> heard = [];
        ISubscriber subscriber = bench.Raw.GetSubscriber();
        await subscriber.SubscribeAsync(bench.Connection.Keys.SessionsChannel, (_, message) => heard.Enqueue(message!));

        await bench.Sink.WriteSessionsAsync(Ended(Start, 1, Session("ada", Start - Minute), Bare("bob", Start - Minute)), default);
        await bench.Sink.WriteSessionsAsync(Ended(Start, 1), default);
        await bench.Sink.WriteSessionsAsync(Ended(Start, 2) with { WatermarkMs = null }, default);

        Until.True(() => heard.Count == 2, "two publications");
        Assert.Equal(
            [
                "{\"ended_minute\":\"2026-11-22T06:00:00Z\",\"phase\":\"on_time\",\"revision\":1,\"watermark\":\"2026-11-22T06:01:09.999Z\","
                    + "\"sessions\":2,\"conversions\":1}",
                """{"ended_minute":"2026-11-22T06:00:00Z","phase":"corrected","revision":2,"watermark":null,"sessions":0,"conversions":0}""",
            ],
            heard);
    }

    [Fact]
    public async Task WriteSessionsAsync_FinalMinute_IsRefusedEvenWhenItHasExpired()
    {
        await using Bench bench = await redis.OpenAsync(options => options with { Retention = TimeSpan.FromMilliseconds(10) });
        await bench.Sink.WriteSessionsAsync(Ended(Start, 1, Session("ada", Start - Minute)), default);
        await bench.Sink.MarkFinalAsync(EndedSessions.Name, long.MaxValue, default);
        Until.True(() => !bench.Db.KeyExists(bench.Key($"sessions:minute:{Epoch}")), "the minute has expired");

        await bench.Sink.WriteSessionsAsync(Ended(Start, 2, Session("ada", Start - Minute)), default);

        Assert.Equal((1, 1), (bench.Sink.Published, bench.Sink.Refused));
        Assert.Equal($"{Start + Minute}", await bench.Db.StringGetAsync(bench.Key("sessions:final_before")));
        await bench.Sink.WriteSessionsAsync(Ended(Start + Minute, 1, Session("ada", Start - Minute)), default);
        Assert.Equal(2, bench.Sink.Published);
    }

    [Fact]
    public async Task WriteSessionsAsync_ExpiredSessions_LeaveTheIndexesWithTheNextPublication()
    {
        await using Bench bench = await redis.OpenAsync(options => options with { Retention = TimeSpan.FromMilliseconds(10) });
        await bench.Sink.WriteSessionsAsync(Ended(Start, 1, Session("ada", Start - Minute), Session("bob", Start - Minute)), default);
        await using RedisConnection lasting =
            await RedisConnection.OpenAsync(bench.Connection.Options with { Retention = TimeSpan.FromHours(1) }, TimeProvider.System, default);
        RedisSink sink = await RedisSink.OpenAsync(lasting, [], default);
        await sink.WriteSessionsAsync(Ended(Start + Minute, 1), default);
        Until.True(() => !bench.Db.KeyExists(bench.Key($"sessions:{Epoch}:{IdOf("bob", Start - Minute)}")), "the sessions have expired");

        Assert.Empty(await new RedisReader(bench.Connection).ReadLastSessionsAsync(new(long.MinValue, long.MaxValue), null, 9, default));
        await sink.WriteSessionsAsync(Ended(Start + (2 * Minute), 1, Session("cat", Start)), default);

        Assert.Single(await RecentAsync(bench));
        Assert.Equal(1, await bench.Db.SortedSetLengthAsync(bench.Key("sessions:expiries")));
    }

    [Fact]
    public async Task WriteSessionsAsync_MoreThanMaxSessions_RemovesThoseThatEndedFirst()
    {
        await using Bench bench = await redis.OpenAsync(options => options with { MaxSessions = 3 });
        for (int minute = 0; minute < 3; minute++)
        {
            long start = Start + (minute * Minute);
            await bench.Sink.WriteSessionsAsync(Ended(start, 1, Session("ada", start, 1), Session("bob", start, 2)), default);
        }

        Assert.Equal(
            new[] { Session("bob", Start + Minute, 2), Session("ada", Start + (2 * Minute), 1), Session("bob", Start + (2 * Minute), 2) }
                .Select(session => (string)bench.Key($"sessions:{session.StartMs / 1000}:{session.SessionId}")!),
            await RecentAsync(bench));
        Assert.False(await bench.Db.KeyExistsAsync(bench.Key($"sessions:{Epoch}:{IdOf("ada", Start)}")));
    }

    [Fact]
    public async Task WriteSessionsAsync_KeyOfAnotherType_FailsAndIsCompletedByWritingAgain()
    {
        await using Bench bench = await redis.OpenAsync();
        EndedSessions ended = Ended(Start, 1, Session("ada", Start - Minute));
        foreach (string name in new[] { $"sessions:minute:{Epoch}", "sessions:recent", "sessions:expiries" })
        {
            await bench.Db.StringSetAsync(bench.Key(name), "in the way");
            await Assert.ThrowsAsync<SinkException>(() => bench.Sink.WriteSessionsAsync(ended, default));
            await bench.Db.KeyDeleteAsync(bench.Key(name));
        }

        await bench.Sink.WriteSessionsAsync(ended, default);

        Assert.Single(await RecentAsync(bench));
        Assert.Equal(1, bench.Sink.Published);
    }

    [Fact]
    public async Task ReadSessions_KeyThatIsNoSession_IsNamed()
    {
        await using Bench bench = await redis.OpenAsync();
        await bench.Sink.WriteSessionsAsync(Ended(Start, 1, Session("ada", Start - Minute)), default);
        string key = (await RecentAsync(bench)).Single();
        await bench.Db.StringSetAsync(key, "{}");

        SinkException error = await Assert.ThrowsAsync<SinkException>(
            () => new RedisReader(bench.Connection).ReadLastSessionsAsync(new(0, long.MaxValue), null, 1, default));

        Assert.Contains($"the key {key} holds something that Tidemark did not write: not a session", error.Message, StringComparison.Ordinal);
    }

    private static Session SessionOf(RedisValue json) => SessionJson.Read((byte[]?)json).Session;

    private static async Task<IEnumerable<string>> RecentAsync(Bench bench) =>
        (await bench.Db.SortedSetRangeByRankAsync(bench.Key("sessions:recent"))).Select(member => (string)member!);
}

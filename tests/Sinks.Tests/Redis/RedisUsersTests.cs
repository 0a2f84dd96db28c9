using StackExchange.Redis;
using Tidemark.Sinks.Redis;
using static Tidemark.Sinks.Tests.Samples;

namespace Tidemark.Sinks.Tests.Redis;

/// <summary>Goal: Redis counts the engine's sketches as the engine does, alone, in unions, and together with ids added by hand.</summary>
[Collection("redis")]
public sealed class RedisUsersTests(RedisFixture redis)
{
    [Fact]
    public async Task PfCount_OneWindow_IsTheEnginesEstimate()
    {
        await using Bench bench = await redis.OpenAsync();
        int[] sizes = [0, 1, 2, 10, 100, 1_000, 5_000, 20_000, 60_000, 250_000, 1_000_000];
        var sketches = sizes.Select(size => Sketch(Users(0, size))).ToArray();
        await bench.WriteAsync([.. sketches.Select((sketch, minute) => MinuteResult(minute) with { UsersSketch = Dense(sketch) })]);

        for (int minute = 0; minute < sizes.Length; minute++)
        {
            long counted = await bench.Db.HyperLogLogLengthAsync(UsersKey(bench, minute));
            Assert.Equal(sketches[minute].Estimate(), counted);
            Assert.InRange(counted, sizes[minute] * 0.98, sizes[minute] * 1.02);
        }
    }

    [Fact]
    public async Task UniqueUsersAsync_ManyOverlappingSets_AreTheEnginesUnionsAndNearTheTruth()
    {
        await using Bench bench = await redis.OpenAsync();
        RedisReader reader = new(bench.Connection);
        Random random = new(20261122);
        (int First, int Count)[] minutes = [.. Enumerable.Range(0, 60).Select(_ => (random.Next(200_000), random.Next(1, 20_000)))];
        var sketches = minutes.Select(minute => Sketch(Users(minute.First, minute.Count))).ToArray();
        await bench.WriteAsync([.. sketches.Select((sketch, minute) => MinuteResult(minute) with { UsersSketch = Dense(sketch) })]);

        for (int i = 0; i < 40; i++)
        {
            int from = random.Next(60), to = random.Next(from + 1, 61);
            var union = sketches[from].Clone();
            HashSet<int> exact = [];
            for (int minute = from; minute < to; minute++)
            {
                union.Merge(sketches[minute]);
                exact.UnionWith(Enumerable.Range(minutes[minute].First, minutes[minute].Count));
            }

            UniqueUsers users = await reader.UniqueUsersAsync("1min", Start + (from * Minute), Start + (to * Minute), default);
            Assert.Equal(new UniqueUsers(union.Estimate(), to - from), users);
            Assert.InRange(users.Estimate, exact.Count * 0.98, exact.Count * 1.02);
            Assert.Equal(users, await reader.UniqueUsersAsync(
                Enumerable.Range(from, to - from).Select(minute => ("1min", Start + (minute * Minute), (long?)null)), default));
        }
    }

    [Fact]
    public async Task PfMerge_Windows_IsTheEnginesUnion()
    {
        await using Bench bench = await redis.OpenAsync();
        var (a, b) = (Sketch(Users(0, 30_000)), Sketch(Users(20_000, 30_000)));
        await bench.WriteAsync(MinuteResult(0) with { UsersSketch = Dense(a) }, MinuteResult(1) with { UsersSketch = Dense(b) });

        await bench.Db.HyperLogLogMergeAsync(bench.Key("mine"), [UsersKey(bench, 0), UsersKey(bench, 1)]);
        a.Merge(b);
        Assert.Equal(a.Estimate(), await bench.Db.HyperLogLogLengthAsync(bench.Key("mine")));
    }

    [Fact]
    public async Task DocumentedScript_Range_CountsTheWindowsThatAreThere()
    {
        await using Bench bench = await redis.OpenAsync();
        await bench.WriteAsync(
            [.. Enumerable.Range(0, 5).Select(minute => MinuteResult(minute) with { UsersSketch = Dense(Sketch(Users(minute * 10, 20))) })]);
        await bench.Db.KeyDeleteAsync(UsersKey(bench, 2));
        long first = Start / 1000;
        Assert.Equal(50, await CountAsync(first, $"({first + 240}"));
        Assert.Equal(30, await CountAsync(first, first + 60));
        Assert.Equal(0, await CountAsync(0, 1));

        async Task<long> CountAsync(RedisValue from, RedisValue to) =>
            (long)await bench.Db.ScriptEvaluateAsync(RedisDocs.UsersScript(), [bench.Key("metrics:timeseries")], [from, to]);
    }

    [Theory]
    [InlineData(100)] // Redis's own set is sparse still
    [InlineData(50_000)]
    public async Task PfAdd_SameIds_AreNotCountedTwice(int count)
    {
        await using Bench bench = await redis.OpenAsync();
        string[] ids = [.. Users(0, count), "", "пользователь", "🛒", "4.20"];
        var sketch = Sketch(ids);
        await bench.WriteAsync(MinuteResult(0) with { UsersSketch = Dense(sketch) });
        foreach (string[] some in ids.Chunk(10_000))
        {
            await bench.Db.HyperLogLogAddAsync(bench.Key("by hand"), [.. some.Select(id => (RedisValue)id)]);
        }

        Assert.Equal(sketch.Estimate(), await bench.Db.HyperLogLogLengthAsync(bench.Key("by hand")));
        Assert.Equal(sketch.Estimate(), await bench.Db.HyperLogLogLengthAsync([bench.Key("by hand"), UsersKey(bench, 0)]));
        Assert.False(await bench.Db.HyperLogLogAddAsync(UsersKey(bench, 0), [.. ids.Take(1000).Select(id => (RedisValue)id)]));
    }

    [Fact]
    public async Task WriteAsync_Correction_ReplacesTheSketch()
    {
        await using Bench bench = await redis.OpenAsync();
        await bench.WriteAsync(
            MinuteResult(0) with { UsersSketch = Dense(Sketch("a")) }, MinuteResult(0, 2) with { UsersSketch = Dense(Sketch("a", "b", "c")) });
        Assert.Equal(3, await bench.Db.HyperLogLogLengthAsync(UsersKey(bench, 0)));
        await bench.WriteAsync(MinuteResult(0, 3) with { UsersSketch = default });
        Assert.False(await bench.Db.KeyExistsAsync(UsersKey(bench, 0)));
    }

    private static RedisKey UsersKey(Bench bench, int minute) => bench.Key($"metrics:1min:{(Start / 1000) + (minute * 60)}:users");

    private static IEnumerable<string> Users(int first, int count) => Enumerable.Range(first, count).Select(user => $"user_{user}");
}

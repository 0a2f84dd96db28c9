using FsCheck;
using FsCheck.Fluent;
using StackExchange.Redis;
using Tidemark.Core.Results;
using Tidemark.Sinks.Redis;
using Tidemark.Support.Fixtures;
using static Tidemark.Sinks.Tests.Samples;

namespace Tidemark.Sinks.Tests.Redis;

/// <summary>
/// Goal: whatever the writers and the order, every window ends with its highest revision; what is final is never recreated.
/// </summary>
[Collection("redis")]
public sealed class RedisForwardOnlyTests(RedisFixture redis)
{
    [Fact]
    public void WriteAsync_ManyWritersInAnyInterleaving_EndsAtTheGreatest()
    {
        // One case: for each of several writers a shuffled list of (minute, revision), 0 for a live result.
        Gen<(int Minute, int Revision)[]> writer =
            from minute in Gen.Choose(0, 3).ArrayOf(12)
            from revision in Gen.Choose(0, 6).ArrayOf(12)
            select minute.Zip(revision).ToArray();
        Prop.ForAll(writer.ArrayOf(5).ToArbitrary(), writers => EndsAtGreatestAsync(writers).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(25));
    }

    [Fact]
    public async Task WriteAsync_ReplayOfADayAfterExpiry_ChangesNoByteAndRevivesNothing()
    {
        await using Bench bench = await redis.OpenAsync(options => options with { Retention = TimeSpan.FromMilliseconds(250) });
        WindowResult[] day = [.. Enumerable.Range(0, 1440).Select(minute => MinuteResult(minute, (minute % 3) + 1))];
        await bench.WriteAsync(day);
        await bench.Sink.MarkFinalAsync("1min", day[^1].EndMs, default);
        await Until.TrueAsync(
            async () => !await bench.Db.KeyExistsAsync(bench.Key($"metrics:1min:{day[^1].StartMs / 1000}:users")), "the day expires");
        await Until.TrueAsync(async () => (await bench.DumpAsync()).Count == 4, "the indexes expire");
        var before = await bench.DumpAsync();

        await bench.WriteAsync(day);
        await bench.WriteAsync([.. day.Select(result => result with { Revision = 9, Phase = Phase.Corrected })]);
        await bench.Sink.MarkFinalAsync("1min", day[700].EndMs, default);

        Assert.Equal(before, await bench.DumpAsync());
        Assert.Equal(["1min:latest", "final_before", "latest", "published_to"], before.Keys.Select(
            key => key[(bench.Prefix.Length + "metrics:".Length)..]));
    }

    [Fact]
    public async Task WriteAsync_ReplayOfADayStillThere_ChangesNoByte()
    {
        await using Bench bench = await redis.OpenAsync();
        WindowResult[] day = [.. Enumerable.Range(0, 1440).Select(minute => MinuteResult(minute))];
        await bench.WriteAsync(day);
        var before = await bench.DumpAsync();
        await bench.WriteAsync(day);
        Assert.Equal(before, await bench.DumpAsync());
    }

    [Fact]
    public async Task WriteAsync_FinalWindowStillThere_IsNotReplaced()
    {
        await using Bench bench = await redis.OpenAsync();
        await bench.WriteAsync(MinuteResult(0), MinuteResult(1));
        await bench.Sink.MarkFinalAsync("1min", Start + Minute, default);
        await bench.WriteAsync(MinuteResult(0, 2), MinuteResult(1, 2), MinuteResult(-1));
        RedisReader reader = new(bench.Connection);
        Assert.Equal([(Start, 1), (Start + Minute, 2)], (await reader.RangeAsync("1min", 0, long.MaxValue, default)).Select(
            result => (result.StartMs, result.Revision)));
    }

    [Fact]
    public async Task MarkFinalAsync_Times_OnlyMoveForwardAndByFamily()
    {
        await using Bench bench = await redis.OpenAsync();
        RedisReader reader = new(bench.Connection);
        Assert.Null(await reader.FinalBeforeAsync("1min", default));
        foreach (long time in new[] { -120_000, -60_000, -90_000, Start, 0 })
        {
            await bench.Sink.MarkFinalAsync("1min", time, default);
        }

        await bench.Sink.MarkFinalAsync("5min", 7, default);
        Assert.Equal(Start, await reader.FinalBeforeAsync("1min", default));
        Assert.Equal(7, await reader.FinalBeforeAsync("5min", default));
        Assert.Null(await bench.Db.KeyTimeToLiveAsync(bench.Key("metrics:final_before")));
    }

    [Fact]
    public async Task MarkFinalAsync_PastEveryDate_MeansAllThatWasPublished()
    {
        await using Bench bench = await redis.OpenAsync();
        RedisReader reader = new(bench.Connection);
        await bench.Sink.MarkFinalAsync("1min", long.MaxValue, default);
        Assert.Null(await reader.FinalBeforeAsync("1min", default));
        await bench.WriteAsync(MinuteResult(0), MinuteResult(5));
        await bench.Sink.MarkFinalAsync("1min", long.MaxValue, default);
        Assert.Equal(Start + (6 * Minute), await reader.FinalBeforeAsync("1min", default));
    }

    private async Task<bool> EndsAtGreatestAsync((int Minute, int Revision)[][] writers)
    {
        await using Bench bench = await redis.OpenAsync();
        Bench[] others = await Task.WhenAll(writers.Select(_ => redis.OpenAsync(options => options with { KeyPrefix = bench.Prefix })));
        await Task.WhenAll(writers.Zip(others, (writes, own) => Task.Run(() => WriteAllAsync(own, writes))));
        foreach (Bench other in others)
        {
            await other.DisposeAsync();
        }

        var greatest = writers.SelectMany(all => all).GroupBy(write => write.Minute)
            .ToDictionary(group => group.Key, group => group.Max(write => write.Revision));
        RedisReader reader = new(bench.Connection);
        var closed = greatest.Where(pair => pair.Value > 0).OrderBy(pair => pair.Key)
            .Select(pair => (Start + (pair.Key * Minute), (long)pair.Value)).ToArray();
        Assert.Equal(closed, (await reader.RangeAsync("1min", Start, Start + (9 * Minute), default)).Select(
            result => (result.StartMs, result.Revision)));
        WindowResult? latest = await reader.LatestAsync("1min", default);
        Assert.Equal(closed.TakeLast(1), latest is null ? [] : new[] { (latest.StartMs, latest.Revision) });

        // Live results are left for the windows after the last closed one.
        var live = greatest.Keys.Where(minute => closed.Length == 0 || Start + (minute * Minute) > closed[^1].Item1).Order();
        Assert.Equal(live, (await reader.LiveAsync(default)).Select(result => (int)((result.StartMs - Start) / Minute)));
        return true;
    }

    private static async Task WriteAllAsync(Bench own, (int Minute, int Revision)[] writes)
    {
        foreach (var some in writes.Chunk(3))
        {
            await own.WriteAsync([.. some.Select(write => write.Revision == 0 ? Live(write.Minute, 1) : MinuteResult(write.Minute, write.Revision))]);
        }
    }
}

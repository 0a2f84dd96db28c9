using Tidemark.Core.Results;
using Tidemark.Sinks.Redis;
using static Tidemark.Sinks.Tests.Samples;

namespace Tidemark.Sinks.Tests.Redis;

/// <summary>Goal: what was written is read back whole; what has expired is passed over.</summary>
[Collection("redis")]
public sealed class RedisReaderTests(RedisFixture redis)
{
    [Fact]
    public async Task Reader_NothingWritten_FindsNothing()
    {
        await using Bench bench = await redis.OpenAsync();
        RedisReader reader = new(bench.Connection);
        Assert.Null(await reader.LatestAsync("1min", default));
        Assert.Null(await reader.GetAsync("1min", Start, null, default));
        Assert.Empty(await reader.RangeAsync("1min", long.MinValue, long.MaxValue, default));
        Assert.Empty(await reader.LastAsync("1min", 10, default));
        Assert.Empty(await reader.LiveAsync(default));
        Assert.Null(await reader.FinalBeforeAsync("1min", default));
        Assert.Equal(default, await reader.UniqueUsersAsync("1min", 0, long.MaxValue, default));
    }

    [Fact]
    public async Task Reader_WindowsWritten_GivesEveryFieldBack()
    {
        await using Bench bench = await redis.OpenAsync();
        RedisReader reader = new(bench.Connection);
        WindowResult hour = Result("1hour", Start, 60 * Minute, 3) with { Averages = new(1.5m, 2, 3, 4, -0.0001m) };
        WindowResult added = ResultSamples.ExtremeAdded;
        WindowResult today = Result("today", Start, 60 * Minute) with
        {
            Revenue = null, RevenueByCurrency = added.RevenueByCurrency, Counters = added.Counters, Breakdowns = added.Breakdowns,
        };
        WindowResult live = Live(7, 42) with { Counters = added.Counters, Breakdowns = added.Breakdowns };
        await bench.WriteAsync(ResultSamples.Extreme, hour, today, live);

        ResultJsonTests.AssertSame(ResultSamples.Extreme, (await reader.LatestAsync("1min", default))!);
        ResultJsonTests.AssertSame(hour, (await reader.GetAsync("1hour", Start, null, default))!);
        ResultJsonTests.AssertSame(today, (await reader.GetAsync("today", Start, today.EndMs, default))!);
        ResultJsonTests.AssertSame(live, Assert.Single(await reader.LiveAsync(default)));
    }

    [Fact]
    public async Task RangeAsync_Bounds_AreHalfOpen()
    {
        await using Bench bench = await redis.OpenAsync();
        RedisReader reader = new(bench.Connection);
        await bench.WriteAsync([.. Enumerable.Range(0, 1200).Select(minute => MinuteResult(minute))]);
        Assert.Equal([10, 11, 12], Minutes(await reader.RangeAsync("1min", Start + (10 * Minute), Start + (13 * Minute), default)));
        Assert.Equal([11, 12], Minutes(await reader.RangeAsync("1min", Start + (10 * Minute) + 1, Start + (12 * Minute) + 1, default)));
        Assert.Empty(await reader.RangeAsync("1min", Start + Minute, Start + Minute, default));
        Assert.Equal(Enumerable.Range(0, 1200).Select(minute => (long)minute), Minutes(
            await reader.RangeAsync("1min", long.MinValue, long.MaxValue, default)));
    }

    [Fact]
    public async Task RangeAndLast_MembersWhoseKeyIsGone_ArePassedOver()
    {
        await using Bench bench = await redis.OpenAsync();
        RedisReader reader = new(bench.Connection);
        await bench.WriteAsync([.. Enumerable.Range(0, 1200).Select(minute => MinuteResult(minute))]);
        await bench.Db.KeyDeleteAsync([.. Enumerable.Range(0, 1200).Where(minute => minute != 3 && minute != 5)
            .Select(minute => bench.Key($"metrics:1min:{(Start / 1000) + (minute * 60)}"))]);
        Assert.Equal([3, 5], Minutes(await reader.RangeAsync("1min", 0, long.MaxValue, default)));
        Assert.Equal([3, 5], Minutes(await reader.LastAsync("1min", 10, default)));
        Assert.Equal([5], Minutes(await reader.LastAsync("1min", 1, default)));
    }

    [Fact]
    public async Task UniqueUsersAsync_ExpiredWindows_AddNothingAndAreNotCounted()
    {
        await using Bench bench = await redis.OpenAsync();
        RedisReader reader = new(bench.Connection);
        await bench.WriteAsync(MinuteResult(0), MinuteResult(1) with { UsersSketch = Dense(Sketch("user_3")) });
        await bench.Db.KeyDeleteAsync(bench.Key($"metrics:1min:{Start / 1000}:users"));
        Assert.Equal(new UniqueUsers(1, 1), await reader.UniqueUsersAsync("1min", Start, Start + (2 * Minute), default));
    }

    [Fact]
    public async Task GetAsync_ValueOfAnotherProgram_NamesTheKey()
    {
        await using Bench bench = await redis.OpenAsync();
        await bench.Db.StringSetAsync(bench.Key("metrics:1min:60"), "{\"total\":1}");
        SinkException error =
            await Assert.ThrowsAsync<SinkException>(() => new RedisReader(bench.Connection).GetAsync("1min", 60_000, null, default));
        Assert.Contains($"{bench.Prefix}metrics:1min:60", error.Message, StringComparison.Ordinal);
        Assert.False(error.IsTransient);
    }

    [Fact]
    public async Task GetAsync_Cancelled_Throws()
    {
        await using Bench bench = await redis.OpenAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new RedisReader(bench.Connection).GetAsync("1min", 0, null, new CancellationToken(canceled: true)));
    }

    private static IEnumerable<long> Minutes(IEnumerable<WindowResult> results) => results.Select(result => (result.StartMs - Start) / Minute);
}

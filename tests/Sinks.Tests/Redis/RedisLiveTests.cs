using Tidemark.Core.Results;
using Tidemark.Sinks.Redis;
using static Tidemark.Sinks.Tests.Samples;

namespace Tidemark.Sinks.Tests.Redis;

/// <summary>
/// Goal: live results show open windows only, never go backwards, and cannot come back once their window is closed or final.
/// <code>
///   minute      0        1        2
///   live     1 2 2' 1'
///   closed          *  live 3 is too late
/// </code>
/// </summary>
[Collection("redis")]
public sealed class RedisLiveTests(RedisFixture redis)
{
    [Fact]
    public async Task WriteAsync_Live_GoesToTheHashOnly()
    {
        await using Bench bench = await redis.OpenAsync();
        await bench.WriteAsync(Live(0, 1), Live(1, 1));
        Assert.Equal([bench.Prefix + "metrics:1min:live_ends", bench.Prefix + "metrics:live"], (await bench.DumpAsync()).Keys);
        Assert.Equal([$"1min:{Start / 1000}", $"1min:{(Start / 1000) + 60}"],
            (await bench.Db.HashKeysAsync(bench.Key("metrics:live"))).Select(name => (string)name!).Order());
        Assert.InRange((await bench.Db.KeyTimeToLiveAsync(bench.Key("metrics:live")))!.Value, TimeSpan.FromMinutes(59), TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task WriteAsync_LiveOutOfOrder_KeepsTheGreatestSequence()
    {
        await using Bench bench = await redis.OpenAsync();
        await bench.WriteAsync(Live(0, 9), Live(0, 10), Live(0, 10) with { TotalEvents = 1 }, Live(0, 9), Live(0, 0));
        WindowResult shown = Assert.Single(await LiveAsync(bench));
        Assert.Equal((10, 10), (shown.Sequence, shown.TotalEvents));
    }

    [Fact]
    public async Task WriteAsync_WindowClosed_TakesItsLiveResultAway()
    {
        await using Bench bench = await redis.OpenAsync();
        await bench.WriteAsync(Live(0, 1), Live(1, 1), MinuteResult(0), Live(0, 2));
        Assert.Equal(Start + Minute, Assert.Single(await LiveAsync(bench)).StartMs);
    }

    [Fact]
    public async Task WriteAsync_LiveLongAfterTheWindowExpired_StaysAway()
    {
        await using Bench bench = await redis.OpenAsync();
        await bench.WriteAsync(MinuteResult(0));
        await bench.Db.KeyDeleteAsync(bench.Key($"metrics:1min:{Start / 1000}"));
        await bench.WriteAsync(Live(0, long.MaxValue));
        Assert.Empty(await LiveAsync(bench));
    }

    [Fact]
    public async Task WriteAsync_LiveOfAFinalWindow_StaysAway()
    {
        await using Bench bench = await redis.OpenAsync();
        await bench.WriteAsync(Live(0, 1), Live(1, 1), Live(2, 1));
        await bench.Sink.MarkFinalAsync("1min", Start + (2 * Minute), default);
        await bench.WriteAsync(Live(1, 2));
        Assert.Equal(Start + (2 * Minute), Assert.Single(await LiveAsync(bench)).StartMs);
    }

    [Fact]
    public async Task WriteAsync_EmptyWindowPublishedAtRevisionZero_ClosesItToo()
    {
        await using Bench bench = await redis.OpenAsync();
        await bench.WriteAsync(Live(0, 1), MinuteResult(0, revision: 0), Live(0, 2));
        Assert.Empty(await LiveAsync(bench));
        await bench.WriteAsync(MinuteResult(0, revision: 1));
        Assert.Equal(2, bench.Sink.Published - 1);
    }

    [Fact]
    public async Task WriteAsync_MoreOpenWindowsThanRoom_KeepsThoseThatEndLast()
    {
        await using Bench bench = await redis.OpenAsync(options => options with { MaxLive = 3 });
        await bench.WriteAsync([.. new[] { 5, 1, 4, 2, 3, 9, 8, 0 }.Select(minute => Live(minute, 1))]);
        Assert.Equal([5, 8, 9], (await LiveAsync(bench)).Select(result => (result.StartMs - Start) / Minute));
    }

    [Fact]
    public async Task WriteAsync_CumulativeLive_DoNotCollide()
    {
        await using Bench bench = await redis.OpenAsync();
        WindowResult first = Live(0, 1) with { Window = "today", EndMs = Start + (60 * Minute) };
        await bench.WriteAsync(first, first with { EndMs = Start + (120 * Minute) });
        Assert.Equal(2, (await LiveAsync(bench)).Count);
    }

    private static Task<IReadOnlyList<WindowResult>> LiveAsync(Bench bench) => new RedisReader(bench.Connection).LiveAsync(default);
}

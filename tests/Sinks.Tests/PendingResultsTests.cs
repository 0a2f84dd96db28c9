using Tidemark.Core.Results;
using static Tidemark.Sinks.Tests.Samples;

namespace Tidemark.Sinks.Tests;

/// <summary>Goal: when there is no room, live results go first, then replaced revisions; then the caller decides.</summary>
public sealed class PendingResultsTests
{
    private const long Plenty = 1L << 30;

    [Fact]
    public void TryAdd_Full_DropsLiveThenReplacedThenRefuses()
    {
        PendingResults pending = new(5, Plenty);
        Assert.All(new[] { Live(9, 1), MinuteResult(0, 1), MinuteResult(1, 1), Live(8, 1), MinuteResult(0, 2) }, result => Assert.True(
            pending.TryAdd(result)));

        Assert.True(pending.TryAdd(MinuteResult(2)));
        Assert.True(pending.TryAdd(MinuteResult(3)));
        Assert.Equal(2, pending.Dropped); // both live
        Assert.True(pending.TryAdd(MinuteResult(4)));
        Assert.Equal(3, pending.Dropped); // minute 0 at revision 1
        Assert.False(pending.TryAdd(MinuteResult(5)));
        Assert.True(pending.TryAdd(Live(9, 3))); // dealt with: dropped itself
        Assert.Equal((5, 4), (pending.Count, pending.Dropped));
        Assert.Equal([(1, 1), (0, 2), (2, 1), (3, 1), (4, 1)], Drain(pending));
    }

    [Fact]
    public void TryAdd_LiveOfTheSameWindow_TakesThePlaceOfTheOneThatWaits()
    {
        PendingResults pending = new(10, Plenty);
        Assert.All(new[] { Live(0, 1), Live(1, 1), Live(0, 3), Live(0, 2) }, result => Assert.True(pending.TryAdd(result)));
        Assert.Equal((2, 0), (pending.Count, pending.Dropped));
        Assert.Equal([1, 3], pending.Take(10, Plenty).ConvertAll(entry => entry.Result!.Sequence));
        Assert.True(pending.TryAdd(Live(0, 4)));
        Assert.Equal(3, pending.Count);
    }

    [Fact]
    public void AddAnyway_Full_DropsTheOldest()
    {
        PendingResults pending = new(3, Plenty);
        foreach (int minute in Enumerable.Range(0, 6))
        {
            pending.AddAnyway(MinuteResult(minute));
        }

        Assert.Equal(3, pending.Dropped);
        Assert.Equal([(3, 1), (4, 1), (5, 1)], Drain(pending));
    }

    [Fact]
    public void Take_WhatIsTaken_KeepsItsRoomUntilReleased()
    {
        PendingResults pending = new(2, Plenty);
        pending.TryAdd(MinuteResult(0));
        pending.TryAdd(MinuteResult(1));
        Assert.Equal(2, pending.Take(10, Plenty).Count);
        Assert.False(pending.TryAdd(MinuteResult(2)));
        pending.AddAnyway(MinuteResult(2));
        Assert.Equal(1, pending.Dropped);
        pending.Release();
        Assert.True(pending.TryAdd(MinuteResult(3)));
        Assert.Equal(1, pending.Count);
    }

    [Fact]
    public void TryAdd_Bytes_AreBoundedAndAGiantWaitsAlone()
    {
        WindowResult giant = MinuteResult(0) with { Countries = new(
            [.. Enumerable.Range(0, 10_000).Select(key => new Tidemark.Core.Metrics.KeyCount($"country {key}", 1))], 0) };
        PendingResults pending = new(1000, PendingResults.SizeOf(giant) - 1);
        Assert.True(pending.TryAdd(giant));
        Assert.False(pending.TryAdd(MinuteResult(1)));
        pending.AddAnyway(MinuteResult(1));
        Assert.Equal([(1, 1)], Drain(pending));
        Assert.InRange(PendingResults.SizeOf(MinuteResult(0)), 12_304, 14_000);
    }

    [Fact]
    public void AddFinalMark_SameFamily_ReplacesAndStaysBehindTheResults()
    {
        PendingResults pending = new(10, Plenty);
        pending.AddFinalMark("1min", 5);
        pending.TryAdd(MinuteResult(0));
        pending.AddFinalMark("5min", 7);
        pending.AddFinalMark("1min", 3);
        pending.TryAdd(MinuteResult(1));

        Assert.Equal([(1, null, 0), (1, "5min", 7), (1, "1min", 5), (1, null, 0)], Batches());

        IEnumerable<(int, string?, long)> Batches()
        {
            while (pending.Take(10, Plenty) is { Count: > 0 } batch)
            {
                pending.Release();
                yield return (batch.Count, batch[0].Result is null ? batch[0].Window : null, batch[0].FinalBeforeMs);
            }
        }
    }

    [Fact]
    public void TryAdd_OlderRevisionBehindANewer_IsTheFirstToGo()
    {
        PendingResults pending = new(2, Plenty);
        pending.TryAdd(MinuteResult(0, 3));
        pending.TryAdd(MinuteResult(0, 2));
        Assert.True(pending.TryAdd(MinuteResult(1)));
        Assert.Equal([(0, 3), (1, 1)], Drain(pending));
    }

    private static List<(long, long)> Drain(PendingResults pending) =>
        pending.Take(int.MaxValue, long.MaxValue).ConvertAll(entry => ((entry.Result!.StartMs - Start) / Minute, entry.Result.Revision));
}

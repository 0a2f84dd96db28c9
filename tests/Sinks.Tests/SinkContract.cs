using Tidemark.Core.Results;
using static Tidemark.Sinks.Tests.Samples;

namespace Tidemark.Sinks.Tests;

/// <summary>A sink under test, and a way to see what it wrote.</summary>
public interface ISinkUnderTest : IAsyncDisposable
{
    IResultSink Sink { get; }

    /// <summary>The result that is stored for a window now, without its sketch; null when there is none.</summary>
    Task<WindowResult?> ReadAsync(WindowResult window);

    /// <summary>Everything that is stored, in a form that differs when any byte does.</summary>
    Task<IReadOnlyDictionary<string, string>> DumpAsync();

    /// <summary>Makes the next writes fail, from somewhere in the middle of a batch on if it can, until disposed.</summary>
    Task<IDisposable> BreakAsync();
}

/// <summary>What every sink must do, whatever it writes to. A subclass says how to make one.</summary>
public abstract class SinkContract
{
    protected abstract Task<ISinkUnderTest> OpenAsync();

    /// <summary>Whether a write that fails throws, or is tried again behind the writer's back.</summary>
    protected virtual bool FailuresReachTheWriter => true;

    /// <summary>How many windows a large batch has: more than any sink writes, reads or has in flight at a time.</summary>
    protected virtual int ManyWindows => 2_000;

    [Fact]
    public async Task WriteAsync_Result_IsReadBack()
    {
        await using ISinkUnderTest test = await OpenAsync();
        await WriteAsync(test, MinuteResult(0));
        await AssertStoredAsync(test, MinuteResult(0));
        Assert.Null(await test.ReadAsync(MinuteResult(1)));
    }

    [Fact]
    public async Task WriteAsync_SameRevisionTwice_ChangesNothing()
    {
        await using ISinkUnderTest test = await OpenAsync();
        await WriteAsync(test, MinuteResult(0), MinuteResult(1));
        var before = await test.DumpAsync();
        await WriteAsync(test, MinuteResult(0), MinuteResult(1));
        await WriteAsync(test, MinuteResult(1));
        Assert.Equal(before, await test.DumpAsync());
    }

    [Fact]
    public async Task WriteAsync_OlderRevisionAfterNewer_ChangesNothing()
    {
        await using ISinkUnderTest test = await OpenAsync();
        await WriteAsync(test, MinuteResult(0, 5));
        var before = await test.DumpAsync();
        await WriteAsync(test, MinuteResult(0, 4), MinuteResult(0, 1), MinuteResult(0, 0));
        Assert.Equal(before, await test.DumpAsync());
        await WriteAsync(test, MinuteResult(0, 6));
        await AssertStoredAsync(test, MinuteResult(0, 6));
    }

    [Fact]
    public async Task WriteAsync_RevisionsWithinOneBatch_TheGreatestStays()
    {
        await using ISinkUnderTest test = await OpenAsync();
        await WriteAsync(test, MinuteResult(0, 2), MinuteResult(1), MinuteResult(0, 3), MinuteResult(0, 1));
        await AssertStoredAsync(test, MinuteResult(0, 3));
    }

    [Fact]
    public async Task WriteAsync_FailureAndRetry_EndsAsIfNothingHadHappened()
    {
        await using ISinkUnderTest test = await OpenAsync();
        WindowResult[] batch = [.. Enumerable.Range(0, 20).Select(minute => MinuteResult(minute, 2))];
        await WriteAsync(test, [.. batch.Take(5)]);
        using (await test.BreakAsync())
        {
            Exception? error = await Record.ExceptionAsync(() => WriteAsync(test, batch));
            Assert.Equal(FailuresReachTheWriter ? typeof(SinkException) : null, error?.GetType());
        }

        await WriteAsync(test, batch);
        foreach (WindowResult result in batch)
        {
            await AssertStoredAsync(test, result);
        }
    }

    [Fact]
    public async Task WriteAsync_Cancelled_ThrowsAndCanBeRepeated()
    {
        await using ISinkUnderTest test = await OpenAsync();
        using CancellationTokenSource cancelled = new();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => test.Sink.WriteAsync([MinuteResult(0)], cancelled.Token));
        await WriteAsync(test, MinuteResult(0));
        await AssertStoredAsync(test, MinuteResult(0));
    }

    [Fact]
    public async Task WriteAsync_NoResults_DoesNothing()
    {
        await using ISinkUnderTest test = await OpenAsync();
        var before = await test.DumpAsync();
        await WriteAsync(test);
        Assert.Equal(before, await test.DumpAsync());
    }

    [Fact]
    public async Task WriteAsync_ManyWindows_AllAreThere()
    {
        await using ISinkUnderTest test = await OpenAsync();
        WindowResult[] windows = [.. Enumerable.Range(0, ManyWindows).Select(minute => MinuteResult(minute, (minute % 7) + 1))];
        await WriteAsync(test, windows);
        foreach (WindowResult result in windows.Where((_, index) => index % 997 == 0 || index == ManyWindows - 1))
        {
            await AssertStoredAsync(test, result);
        }
    }

    [Fact]
    public async Task WriteAsync_EmptyMaps_StayEmpty()
    {
        await using ISinkUnderTest test = await OpenAsync();
        WindowResult empty =
            MinuteResult(0) with { TopPages = None, Devices = None, Countries = None, EventTypes = None, TotalEvents = 0, Revenue = 0 };
        await WriteAsync(test, empty);
        await AssertStoredAsync(test, empty);
    }

    [Fact]
    public async Task WriteAsync_EmptyWindowAtRevisionZero_IsThereAndCanBeCorrected()
    {
        await using ISinkUnderTest test = await OpenAsync();
        await WriteAsync(test, MinuteResult(0, 0));
        await AssertStoredAsync(test, MinuteResult(0, 0));
        await WriteAsync(test, MinuteResult(0, 1));
        await AssertStoredAsync(test, MinuteResult(0, 1));
    }

    [Fact]
    public async Task WriteAsync_ExtremeValuesAndAnyText_AreReadBack()
    {
        await using ISinkUnderTest test = await OpenAsync();
        await WriteAsync(test, ResultSamples.Extreme);
        await AssertStoredAsync(test, ResultSamples.Extreme);
    }

    [Fact]
    public async Task WriteAsync_FamiliesAndCumulativeWindows_DoNotCollide()
    {
        await using ISinkUnderTest test = await OpenAsync();
        WindowResult[] all =
        [
            MinuteResult(0), Result("5min", Start, 5 * Minute, 2), Result("1hour", Start, 60 * Minute, 3),
            Result("today", Start, 60 * Minute, 4), Result("today", Start, 120 * Minute, 5), Result("1min", -Minute, Minute, 6),
        ];
        await WriteAsync(test, all);
        foreach (WindowResult result in all)
        {
            await AssertStoredAsync(test, result);
        }
    }

    [Fact]
    public async Task MarkFinalAsync_AnyOrderAndTwice_IsTaken()
    {
        await using ISinkUnderTest test = await OpenAsync();
        await WriteAsync(test, MinuteResult(0));
        foreach (long time in new[] { Start + Minute, Start, Start + Minute, long.MaxValue, -1 })
        {
            await test.Sink.MarkFinalAsync("1min", time, default);
        }

        await AssertStoredAsync(test, MinuteResult(0));
    }

    private static Task WriteAsync(ISinkUnderTest test, params WindowResult[] results) => test.Sink.WriteAsync(results, default);

    private static async Task AssertStoredAsync(ISinkUnderTest test, WindowResult expected)
    {
        WindowResult? stored = await test.ReadAsync(expected);
        Assert.NotNull(stored);
        ResultJsonTests.AssertSame(expected, stored);
    }
}

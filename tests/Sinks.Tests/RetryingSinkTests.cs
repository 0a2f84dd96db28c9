using System.Collections.Concurrent;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Support.Fixtures;
using Tidemark.Support.Samples;
using static Tidemark.Sinks.Tests.Samples;

namespace Tidemark.Sinks.Tests;

/// <summary>Goal: results for a failing sink are queued in order and within bounds, and an outage is reported once.</summary>
public sealed class RetryingSinkTests
{
    private static readonly RetryOptions Quick = new()
    {
        FirstDelay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(2), MaxPending = 10, DrainTimeout = TimeSpan.FromSeconds(10),
    };

    [Fact]
    public async Task WriteAsync_SinkFailsNowAndThen_WritesEverythingInOrder()
    {
        FlakySink inner = new() { FailsEvery = 2 };
        await using RetryingSink sink = Over(inner, Quick with { MaxPending = 100_000 }, []);
        for (int minute = 0; minute < 2_000; minute++)
        {
            await sink.WriteAsync([MinuteResult(minute)], default);
            if (minute % 100 == 99)
            {
                await sink.MarkFinalAsync("1min", Start + (minute * Minute), default);
            }
        }

        Assert.True(await sink.FlushAsync(Until.Patience, default));
        Assert.Equal(Enumerable.Range(0, 2_000), inner.Minutes);
        Assert.Equal(Start + (1999 * Minute), inner.FinalBefore);
        Assert.Equal(0, sink.Pending);
    }

    [Fact]
    public async Task WriteAsync_Outage_IsToldOnceAtEitherEnd()
    {
        ConcurrentQueue<string> told = [];
        FlakySink inner = new() { IsDown = true };
        await using RetryingSink sink = Over(inner, Quick, told);
        await sink.WriteAsync([MinuteResult(0)], default);
        Until.True(() => inner.Attempts > 5, "several attempts");
        Assert.True(sink.IsFailing);
        await sink.WriteAsync([.. Enumerable.Range(1, 30).Select(minute => MinuteResult(minute))], default);
        inner.IsDown = false;
        Assert.True(await sink.FlushAsync(Until.Patience, default));

        Until.True(() => told.Count == 2, "two lines");
        Assert.Equal("the disk of shop-1 is full. Trying again every 0 s to 0 s; up to 10 results wait, "
            + "then the oldest are dropped; nothing else is delayed.", told.First());
        Assert.Matches("^shop-1 is back after [0-9.]+ s: 10 results waited, 21 were dropped$", told.Last());
        Assert.False(sink.IsFailing);
    }

    [Fact]
    public async Task WriteAsync_FullDuringAnOutage_NeverWaitsAndKeepsTheNewest()
    {
        FlakySink inner = new() { IsDown = true };
        await using RetryingSink sink = Over(inner, Quick with { MaxWait = TimeSpan.FromHours(1) }, []);
        await sink.WriteAsync([MinuteResult(0)], default);
        Until.True(() => sink.IsFailing, "it fails");
        await sink.WriteAsync([.. Enumerable.Range(1, 100).Select(minute => MinuteResult(minute))], default).WaitAsync(Until.Patience);
        Assert.Equal((10, 91), (sink.Pending, sink.Dropped));

        inner.IsDown = false;
        Assert.True(await sink.FlushAsync(Until.Patience, default));
        Assert.Equal([0, .. Enumerable.Range(92, 9)], inner.Minutes); // the first was being written
    }

    [Fact]
    public async Task WriteAsync_SinkWorksButIsSlow_MakesTheWriterWaitAndDropsNothing()
    {
        FlakySink inner = new() { Gate = new SemaphoreSlim(0) };
        await using RetryingSink sink = Over(inner, Quick with { MaxWait = TimeSpan.FromMinutes(1) }, []);
        Task writing = sink.WriteAsync([.. Enumerable.Range(0, 100).Select(minute => MinuteResult(minute))], default);
        Until.True(() => sink.Pending == 10, "the queue is full");
        Assert.False(writing.IsCompleted);
        inner.Gate.Release(1000);
        await writing.WaitAsync(Until.Patience);
        Assert.True(await sink.FlushAsync(Until.Patience, default));
        Assert.Equal(Enumerable.Range(0, 100), inner.Minutes);
    }

    [Fact]
    public async Task WriteAsync_SinkStaysTooSlow_DropsAndTellsUntilItHasCaughtUp()
    {
        ConcurrentQueue<string> told = [];
        FlakySink inner = new() { Gate = new SemaphoreSlim(0) };
        await using RetryingSink sink = Over(inner, Quick with { MaxWait = TimeSpan.FromMilliseconds(30) }, told);
        await sink.WriteAsync([.. Enumerable.Range(0, 100).Select(minute => MinuteResult(minute))], default).WaitAsync(Until.Patience);
        Assert.Equal(100, sink.Pending + sink.Dropped);
        inner.Gate.Release(1000);
        Assert.True(await sink.FlushAsync(Until.Patience, default));
        Until.True(() => told.Count == 2, "two lines");
        Assert.Contains("slower than the results come", told.First(), StringComparison.Ordinal);
        Assert.Contains($"has caught up; {sink.Dropped} results were dropped", told.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteAsync_WaitWithoutEnd_StopsTheStreamInAnOutageAndDropsNothing()
    {
        FlakySink inner = new() { IsDown = true };
        await using RetryingSink sink = Over(inner, Quick with { MaxWait = Timeout.InfiniteTimeSpan }, []);
        Task writing = sink.WriteAsync([.. Enumerable.Range(0, 50).Select(minute => MinuteResult(minute))], default);
        Until.True(() => inner.Attempts > 5 && sink.Pending == 10, "it waits");
        Assert.False(writing.IsCompleted);
        inner.IsDown = false;
        await writing.WaitAsync(Until.Patience);
        Assert.True(await sink.FlushAsync(Until.Patience, default));
        Assert.Equal(Enumerable.Range(0, 50), inner.Minutes);
    }

    [Fact]
    public async Task WriteAsync_CancelledWhileItWaits_Throws()
    {
        FlakySink inner = new() { Gate = new SemaphoreSlim(0) };
        using CancellationTokenSource cancel = new();
        RetryingSink sink = Over(inner, Quick with { MaxWait = Timeout.InfiniteTimeSpan, DrainTimeout = TimeSpan.Zero }, []);
        Task writing = sink.WriteAsync([.. Enumerable.Range(0, 50).Select(minute => MinuteResult(minute))], cancel.Token);
        Until.True(() => sink.Pending == 10, "it waits");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
        await sink.DisposeAsync();
    }

    [Fact]
    public async Task DisposeAsync_SinkDown_TellsWhatIsLostAndReturns()
    {
        ConcurrentQueue<string> told = [];
        RetryingSink sink = Over(new FlakySink { IsDown = true }, Quick with { DrainTimeout = TimeSpan.FromMilliseconds(20) }, told);
        await sink.WriteAsync([MinuteResult(0), MinuteResult(1)], default);
        Until.True(() => !told.IsEmpty, "the outage is told");
        Assert.False(await sink.FlushAsync(TimeSpan.FromMilliseconds(5), default));
        await sink.DisposeAsync();
        Assert.Equal("shop-1: stopped with 2 results not written", told.Last());
        await sink.DisposeAsync();
    }

    [Fact]
    public async Task WriteAsync_SinkHasABug_ThrowsItToTheNextWriter()
    {
        FlakySink inner = new() { Bug = new ArgumentException("a bug") };
        await using RetryingSink sink = Over(inner, Quick, []);
        await sink.WriteAsync([MinuteResult(0)], default);
        await Assert.ThrowsAsync<ArgumentException>(() => sink.FlushAsync(Until.Patience, default));
        await Assert.ThrowsAsync<ArgumentException>(() => sink.WriteAsync([MinuteResult(1)], default));
        await Assert.ThrowsAsync<ArgumentException>(() => sink.MarkFinalAsync("1min", 0, default));
    }

    [Fact]
    public async Task WriteAsync_FailureAfterFailure_WaitsTwiceAsLongUpToTheMost()
    {
        HastyClock clock = new();
        FlakySink inner = new() { IsDown = true };
        RetryOptions options = new() { FirstDelay = TimeSpan.FromMilliseconds(100), MaxDelay = TimeSpan.FromSeconds(2) };
        await using RetryingSink sink = new(inner, "shop-1", options, _ => { }, clock);
        await sink.WriteAsync([MinuteResult(0)], default);
        Until.True(() => clock.Waits.Count >= 40, "forty waits");
        inner.IsDown = false;
        Until.True(() => sink.Pending == 0, "it is written");

        TimeSpan[] waits = [.. clock.Waits.Take(40)];
        double most = 100;
        foreach (TimeSpan wait in waits)
        {
            Assert.InRange(wait.TotalMilliseconds, most / 2 - 1, most);
            most = Math.Min(most * 2, 2000);
        }

        Assert.True(waits.Skip(6).Distinct().Count() > 10, "the waits are random");
    }

    [Fact]
    public async Task WriteSessionsAsync_FailuresInBetween_AreWrittenInOrderAndSettled()
    {
        FlakySink inner = new() { FailsEvery = 2 };
        ConcurrentQueue<long> settled = [];
        RetryOptions options = new() { FirstDelay = TimeSpan.FromMilliseconds(1) };
        await using RetryingSink sink = new(
            inner, "shop-1", options, _ => { }, TimeProvider.System, settledSessions: sessions => settled.Enqueue(sessions.Minute.StartMs));
        for (int minute = 0; minute < 5; minute++)
        {
            await sink.WriteAsync([MinuteResult(minute)], default);
            await sink.WriteSessionsAsync(SessionSamples.Ended(Start + (minute * Minute), 1), default);
        }

        Assert.True(await sink.FlushAsync(TimeSpan.FromSeconds(30), default));
        Assert.Equal(Enumerable.Range(0, 5).SelectMany(minute => new[] { minute, 1000 + minute }), inner.Minutes);
        Assert.Equal(Enumerable.Range(0, 5).Select(minute => Start + (minute * Minute)), settled);
    }

    private static RetryingSink Over(IResultSink inner, RetryOptions options, ConcurrentQueue<string> told) =>
        new(inner, "shop-1", options, told.Enqueue, TimeProvider.System);

    private sealed class FlakySink : IResultSink
    {
        private readonly ConcurrentQueue<int> _minutes = [];
        private int _attempts;

        public volatile bool IsDown;

        public int FailsEvery { get; init; } = int.MaxValue;

        public SemaphoreSlim? Gate { get; init; }

        public Exception? Bug { get; init; }

        public int Attempts => _attempts;

        public long FinalBefore { get; private set; }

        public IEnumerable<int> Minutes => _minutes;

        public async Task WriteAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken)
        {
            await AttemptAsync(cancellationToken);
            foreach (WindowResult result in results)
            {
                _minutes.Enqueue((int)((result.StartMs - Start) / Minute));
            }
        }

        public async Task MarkFinalAsync(string window, long finalBeforeMs, CancellationToken cancellationToken)
        {
            await AttemptAsync(cancellationToken);
            FinalBefore = finalBeforeMs;
        }

        public async Task WriteSessionsAsync(EndedSessions sessions, CancellationToken cancellationToken)
        {
            await AttemptAsync(cancellationToken);
            _minutes.Enqueue(1000 + (int)((sessions.Minute.StartMs - Start) / Minute));
        }

        private async Task AttemptAsync(CancellationToken cancellationToken)
        {
            int attempt = Interlocked.Increment(ref _attempts);
            if (Bug is not null)
            {
                throw Bug;
            }

            if (IsDown || attempt % FailsEvery == 0)
            {
                throw new SinkException("the disk of shop-1 is full");
            }

            if (Gate is not null)
            {
                await Gate.WaitAsync(cancellationToken);
            }
        }
    }

    /// <summary>Notes every wait and lets none last.</summary>
    private sealed class HastyClock : TimeProvider
    {
        public ConcurrentQueue<TimeSpan> Waits { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waits.Enqueue(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}

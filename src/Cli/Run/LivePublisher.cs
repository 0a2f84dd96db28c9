using System.Runtime.ExceptionServices;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Sinks;

namespace Tidemark.Cli.Run;

/// <summary>
/// Shows windows while they are open, on a thread of its own: neither the stream nor closed windows wait for it, and it waits for none of
/// them. It takes a fifth of one processor at most, and the memory that it copies is bounded over time.
/// </summary>
internal sealed class LivePublisher : IDisposable
{
    /// <summary>How often open windows are shown, unless that takes too long.</summary>
    private static readonly TimeSpan LiveSpacing = TimeSpan.FromMilliseconds(50);

    // A file that is read as fast as can be is watched by people only.
    private static readonly TimeSpan BoundedSpacing = TimeSpan.FromSeconds(1);

    private const int CostFactor = 5;

    // A look copies what is pending: with a million users 27 MB, which the collector of garbage would have to take away 20 times a second.
    private const double BytesPerSecond = 64e6;

    // On a busy machine a look now and then takes long because others are working: the least of a few tells what it costs.
    private const int RememberedCosts = 4;

    private readonly StreamJob _job;
    private readonly IResultSink _sink;
    private readonly LiveMerger _merger;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private Thread? _thread;

    /// <param name="job">Whose windows are shown.</param>
    /// <param name="sink">Where.</param>
    /// <param name="options">The options of the job.</param>
    /// <param name="isLive">Whether the source is one that people wait for.</param>
    /// <param name="time">Measures what it takes.</param>
    public LivePublisher(StreamJob job, IResultSink sink, EngineOptions options, bool isLive, TimeProvider time)
    {
        (_job, _sink, _time) = (job, sink, time);
        _merger = new LiveMerger(options);
        Spacing = isLive ? LiveSpacing : BoundedSpacing;
    }

    /// <summary>Whether the sink has enough to do: then a look is left out, and the next one shows more.</summary>
    public Func<bool> IsBehind { get; init; } = static () => false;

    /// <summary>How often open windows are shown at most. By default 20 times a second, or once where nobody waits for the source.</summary>
    public TimeSpan Spacing { get; init; }

    /// <summary>Told of what ended the showing, if anything does.</summary>
    public Action<ExceptionDispatchInfo>? Failed { get; init; }

    /// <summary>Starts showing.</summary>
    public void Start()
    {
        _thread = new Thread(ShowAll) { IsBackground = true, Name = "tidemark-live" };
        _thread.Start();
    }

    /// <summary>Stops showing; when it returns nothing more is shown.</summary>
    public void Stop()
    {
        _stop.Cancel();
        _thread?.Join();
    }

    /// <inheritdoc/>
    public void Dispose() => Stop();

    private void ShowAll()
    {
        try
        {
            long shown = -1;
            TimeSpan wait = Spacing;
            Queue<TimeSpan> costs = [];
            while (!_stop.Token.WaitHandle.WaitOne(wait))
            {
                long start = _time.GetTimestamp();
                long allocated = GC.GetAllocatedBytesForCurrentThread();
                shown = Show(shown);
                costs.Enqueue(_time.GetElapsedTime(start));
                if (costs.Count > RememberedCosts)
                {
                    costs.Dequeue();
                }

                TimeSpan byMemory = TimeSpan.FromSeconds((GC.GetAllocatedBytesForCurrentThread() - allocated) / BytesPerSecond);
                wait = Longest(Spacing, CostFactor * costs.Min(), byMemory);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped while the sink had no room.
        }
#pragma warning disable CA1031 // Whatever ends this thread ends the run, and is thrown there.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Failed?.Invoke(ExceptionDispatchInfo.Capture(error));
        }
    }

    private static TimeSpan Longest(TimeSpan a, TimeSpan b, TimeSpan c) => TimeSpan.FromTicks(Math.Max(a.Ticks, Math.Max(b.Ticks, c.Ticks)));

    /// <returns>How far the job was when it was looked at.</returns>
    private long Show(long shown)
    {
        long progress = _job.Progress;
        if (progress == shown || IsBehind())
        {
            return shown;
        }

        IReadOnlyList<WindowResult> results = _merger.Merge(_job.Live());
        if (results.Count > 0)
        {
            _sink.WriteAsync(results, _stop.Token).GetAwaiter().GetResult();
        }

        return progress;
    }
}

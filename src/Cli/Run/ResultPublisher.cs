using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;
using Tidemark.Engine.Checkpoint;
using Tidemark.Sinks;

namespace Tidemark.Cli.Run;

/// <summary>
/// Merges and writes publications on a thread of its own, in order, so that the sinks' time is not the stream's. When <see
/// cref="Capacity"/> wait the stream stops between two records (<see cref="IsFull"/>). With a state nothing reaches a sink before the state
/// that it follows from is durable (<see cref="Release"/>): after a crash the sinks are never ahead of what is remembered, and what they
/// may lack is in the <see cref="Outbox"/>.
/// </summary>
internal sealed class ResultPublisher : IDisposable
{
    /// <summary>About how many wait: more only when one record, or the clock, closes more windows at once.</summary>
    public const int Capacity = 256;

    /// <summary>About how many sessions wait.</summary>
    private const int SessionCapacity = 100_000;

    private const int MaxInBatch = 32;

    // A result may hold three times breakdownCapacity keys of half a kilobyte: a full batch of them would be a gigabyte.
    private const int MaxKeysInBatch = 20_000;

    /// <summary>How long an interrupted run waits for the writing: below what people take for hanging.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly object _lock = new();
    private readonly Queue<OutboxItem> _queue = new();
    private readonly List<OutboxItem> _inFlight = [];
    private readonly UnsettledItems _unsettled = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ManualResetEventSlim _ended = new();
    private readonly CancellationToken _interrupted;
    private readonly IReadOnlyList<IResultSink> _sinks;
    private readonly WindowMerger _merger;
    private ExceptionDispatchInfo? _failure;
    private bool _isComplete;
    private bool _gaveUp;
    private long _added;
    private long _sessionsWritten;
    private int _queuedSessions;
    private long _sequence;
    private long _durable = long.MaxValue;

    /// <param name="options">Valid options.</param>
    /// <param name="sinks">Where results go.</param>
    /// <param name="interrupted">Cancelled when the run should end soon.</param>
    public ResultPublisher(EngineOptions options, IReadOnlyList<IResultSink> sinks, CancellationToken interrupted)
    {
        _merger = new WindowMerger(options);
        _sinks = sinks;
        TakesSessions = sinks.Any(sink => sink.TakesSessions);
        _interrupted = interrupted;
        new Thread(WriteAll) { IsBackground = true, Name = "tidemark-publish" }.Start();
    }

    /// <summary>Publications written, by window family and phase.</summary>
    public ConcurrentDictionary<(string Window, Phase Phase), long> Written { get; } = new();

    /// <summary>Whether a sink takes sessions.</summary>
    public bool TakesSessions { get; }

    /// <summary>Sessions written, corrections included.</summary>
    public long SessionsWritten => Volatile.Read(ref _sessionsWritten);

    /// <summary>Publications that were due and are not written.</summary>
    public long Unwritten => Volatile.Read(ref _added) - Written.Values.Sum();

    /// <summary>Whether one of the sinks takes results before it has written them, and <see cref="Settle"/> is called when it has.</summary>
    public bool WaitsForSettling { get; init; }

    /// <summary>Called when something was added that waits for <see cref="Release"/>; must not wait itself. Null without a state.</summary>
    public Action? Held { get; private set; }

    /// <summary>Whether so much waits that the stream should stop.</summary>
    public bool IsFull
    {
        get
        {
            lock (_lock)
            {
                return HasManyQueued;
            }
        }
    }

    private bool HasManyQueued => _queue.Count >= Capacity || _queuedSessions >= SessionCapacity;

    /// <summary>From now on what is added waits until it is released.</summary>
    /// <param name="held">See <see cref="Held"/>.</param>
    public void HoldUntilReleased(Action held)
    {
        lock (_lock)
        {
            _durable = 0;
            Held = held;
        }
    }

    /// <summary>Lets everything through up to a number.</summary>
    public void Release(long sequence)
    {
        lock (_lock)
        {
            _durable = Math.Max(_durable, sequence);
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>What no sink, or not every sink, has, in order; and the number of the last thing that was added.</summary>
    public (IReadOnlyList<EngineEvent> Events, long Sequence) Outbox()
    {
        lock (_lock)
        {
            return ([.. _unsettled.Given.Concat(_inFlight).Concat(_queue).Select(item => item.Content)], _sequence);
        }
    }

    /// <summary>Queues a publication. Callers take turns.</summary>
    public void Add(Publication publication)
    {
        Volatile.Write(ref _added, _added + 1);
        Add(new EngineEvent(publication, null, 0));
    }

    /// <summary>Queues the note that windows are final; it reaches the sinks after everything queued before it. Callers take turns.</summary>
    public void MarkFinal(WindowDefinition family, long beforeMs) => Add(new EngineEvent(null, family, beforeMs));

    /// <summary>Queues the sessions that ended in a minute. Callers take turns.</summary>
    public void Add(EndedSessions sessions) => Add(new EngineEvent(null, null, 0, sessions));

    /// <summary>Queues the note that minutes of sessions are final. Callers take turns.</summary>
    public void MarkSessionsFinal(long beforeMs) => Add(new EngineEvent(null, null, beforeMs));

    /// <summary>Waits until there is room, or the writing has failed.</summary>
    /// <param name="isStopping">Ends the wait.</param>
    public void WaitForRoom(Func<bool> isStopping)
    {
        lock (_lock)
        {
            while (HasManyQueued && _failure is null && !isStopping())
            {
                Monitor.Wait(_lock, TimeSpan.FromMilliseconds(50));
            }
        }
    }

    /// <summary>A result, or sessions, that a sink had only taken is written now, or never will be.</summary>
    public void Settle(object result)
    {
        lock (_lock)
        {
            _unsettled.Settle(result);
        }
    }

    /// <summary>Throws what ended the writing, if anything has.</summary>
    /// <exception cref="SinkException">A sink has failed for good.</exception>
    public void ThrowIfFailed() => Volatile.Read(ref _failure)?.Throw();

    /// <summary>Waits until everything queued is written; once the run is interrupted, for a second at most, and what is left is dropped.</summary>
    /// <returns>Whether everything that was ever added is written.</returns>
    /// <exception cref="SinkException">A sink has failed for good.</exception>
    public bool Complete()
    {
        lock (_lock)
        {
            _isComplete = true;
            Monitor.PulseAll(_lock);
        }

        _gaveUp = !WaitForEnd();
        if (_gaveUp)
        {
            Stop();
        }

        ThrowIfFailed();
        return Unwritten == 0;
    }

    /// <summary>Without <see cref="Complete"/> before it, drops what is not written within a second.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isComplete = true;
            Monitor.PulseAll(_lock);
        }

        if (!_ended.Wait(_gaveUp ? TimeSpan.Zero : Grace))
        {
            // It waits for a reader who does not read, or for a state that is not saved any more, and ends with the process.
            Stop();
        }
    }

    /// <summary>Nothing can be released any more: ends the writing, and throws why wherever something is added or waited for.</summary>
    public void Fail(ExceptionDispatchInfo failure)
    {
        Interlocked.CompareExchange(ref _failure, failure, null);
        Stop();
    }

    private void Stop()
    {
        _stop.Cancel();
        lock (_lock)
        {
            Monitor.PulseAll(_lock);
        }
    }

    private bool WaitForEnd()
    {
        try
        {
            _ended.Wait(_interrupted);
            return true;
        }
        catch (OperationCanceledException)
        {
            return _ended.Wait(Grace, CancellationToken.None);
        }
    }

    private void Add(EngineEvent content)
    {
        bool isHeld;
        lock (_lock)
        {
            _queue.Enqueue(new OutboxItem(content, ++_sequence));
            _queuedSessions += content.Sessions?.Sessions.Count ?? 0;
            isHeld = _sequence > _durable;
            Monitor.PulseAll(_lock);
        }

        if (isHeld)
        {
            Held?.Invoke();
        }
    }

    private void WriteAll()
    {
        try
        {
            while (TakeBatch())
            {
                WriteBatch();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Nobody waits for the rest.
        }
#pragma warning disable CA1031 // Whatever ends this thread is thrown where the stream adds and completes.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Fail(ExceptionDispatchInfo.Capture(error));
        }
        finally
        {
            _ended.Set();
        }
    }

    /// <summary>Takes what may be written together: publications; or a note. They stay in the outbox.</summary>
    /// <returns>False when nothing will come any more.</returns>
    private bool TakeBatch()
    {
        lock (_lock)
        {
            while (!_queue.TryPeek(out OutboxItem? first) || first.Sequence > _durable)
            {
                if (_stop.IsCancellationRequested || (_isComplete && first is null))
                {
                    return false;
                }

                Monitor.Wait(_lock);
            }

            _inFlight.Clear();
            while (_inFlight.Count < MaxInBatch && _queue.TryPeek(out OutboxItem? next) && next.Sequence <= _durable)
            {
                bool isAlone = next.Content.Publication is null;
                if (isAlone && _inFlight.Count > 0)
                {
                    break;
                }

                _inFlight.Add(_queue.Dequeue());
                _queuedSessions -= next.Content.Sessions?.Sessions.Count ?? 0;
                if (isAlone)
                {
                    break;
                }
            }

            Monitor.PulseAll(_lock);
            return !_stop.IsCancellationRequested;
        }
    }

    private void WriteBatch()
    {
        EngineEvent first = _inFlight[0].Content;
        if (first.Publication is not null)
        {
            WritePublications();
            return;
        }

        if (first.Sessions is { } sessions)
        {
            WriteSessions(sessions);
        }
        else
        {
            MarkFinal(first.Family?.Name ?? EndedSessions.Name, first.FinalBeforeMs);
        }

        Done(1);
    }

    private void WriteSessions(EndedSessions sessions)
    {
        Expect<EndedSessions>([sessions]);
        foreach (IResultSink sink in _sinks)
        {
            sink.WriteSessionsAsync(sessions, _stop.Token).GetAwaiter().GetResult();
        }

        Volatile.Write(ref _sessionsWritten, _sessionsWritten + sessions.Sessions.Count);
    }

    private void WritePublications()
    {
        List<WindowResult> results = [];
        while (_inFlight.Count > 0)
        {
            int keys = 0;
            results.Clear();
            for (int i = 0; i < _inFlight.Count && keys < MaxKeysInBatch; i++)
            {
                WindowResult result = _merger.Merge(_inFlight[i].Content.Publication!);
                results.Add(result);
                keys += ResultColumns.KeysOf(result);
            }

            Expect(results);
            foreach (IResultSink sink in _sinks)
            {
                sink.WriteAsync(results, _stop.Token).GetAwaiter().GetResult();
            }

            foreach (WindowResult result in results)
            {
                Written.AddOrUpdate((result.Window, result.Phase), 1, static (_, count) => count + 1);
            }

            Done(results.Count);
        }
    }

    /// <summary>Before the sinks get them: one of them may have written a result before its call returns.</summary>
    private void Expect<T>(List<T> results)
        where T : class
    {
        if (!WaitsForSettling)
        {
            return;
        }

        lock (_lock)
        {
            for (int i = 0; i < results.Count; i++)
            {
                _unsettled.Expect(results[i], _inFlight[i]);
            }
        }
    }

    /// <summary>The first of those in flight have been given to every sink.</summary>
    private void Done(int count)
    {
        lock (_lock)
        {
            foreach (OutboxItem item in _inFlight.Take(count))
            {
                _unsettled.Add(item);
            }

            _inFlight.RemoveRange(0, count);
        }
    }

    private void MarkFinal(string window, long beforeMs)
    {
        foreach (IResultSink sink in _sinks)
        {
            sink.MarkFinalAsync(window, beforeMs, _stop.Token).GetAwaiter().GetResult();
        }
    }
}

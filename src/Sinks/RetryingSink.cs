using System.Globalization;
using System.Runtime.ExceptionServices;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;

namespace Tidemark.Sinks;

/// <summary>
/// Isolates callers from failures of a sink: results are queued, and a background task writes them in order and retries, with growing and
/// random waits, without limit.
/// </summary>
/// <remarks>
/// <para>The queue is bounded (<see cref="RetryOptions.MaxPending"/>, <see cref="RetryOptions.MaxPendingBytes"/>). When it is full, live
/// results are dropped first, then revisions that a later one in the queue replaces. If that is not enough, a working sink makes its writer
/// wait, at most <see cref="RetryOptions.MaxWait"/>; a sink that fails or is too slow loses its oldest results, which are counted and
/// reported. A slow sink thus delays the source a little, and a failed one not at all, unless <see cref="RetryOptions.MaxWait"/> is
/// unlimited.</para>
/// <para>An outage is reported in one line when it begins and in one when it ends. Thread-safe.</para>
/// </remarks>
public sealed class RetryingSink : IResultSink, IAsyncDisposable
{
    private const int MaxInBatch = 512;
    private const long MaxBytesInBatch = 8L << 20;

    private readonly IResultSink _inner;
    private readonly string _name;
    private readonly RetryOptions _options;
    private readonly Action<string> _tell;
    private readonly TimeProvider _clock;
    private readonly Action<WindowResult>? _settled;
    private readonly Action<EndedSessions>? _settledSessions;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly PendingResults _pending;
    private readonly Task _worker;
    private TaskCompletionSource _arrived = NewSignal();
    private TaskCompletionSource _changed = NewSignal();
    private bool _isWriting;
    private bool _isFailing;
    private bool _isBehind;
    private long _droppedBefore;
    private ExceptionDispatchInfo? _fault;

    /// <summary>Creates a sink that writes through another one, which the caller disposes of.</summary>
    /// <param name="inner">The sink to write to.</param>
    /// <param name="name">The name of the sink in messages, such as <c>Redis at cache:6379</c>.</param>
    /// <param name="options">Valid options.</param>
    /// <param name="tell">Receives one line for the operator. Called from the writing task; must not throw.</param>
    /// <param name="clock">The clock for waits.</param>
    /// <param name="settled">
    /// Called for each result once it is written or dropped; until then this queue has the only copy. Must neither throw nor call this
    /// sink.
    /// </param>
    /// <param name="settledSessions">The same for the sessions of minutes; also called for those that a newer revision replaces.</param>
    public RetryingSink(
        IResultSink inner, string name, RetryOptions options, Action<string> tell, TimeProvider clock,
        Action<WindowResult>? settled = null, Action<EndedSessions>? settledSessions = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_inner, _name, _options, _tell, _clock) = (inner, name, options, tell, clock);
        (_settled, _settledSessions) = (settled, settledSessions);
        _pending = new PendingResults(options.MaxPending, options.MaxPendingBytes, settled, settledSessions);
        _worker = Task.Run(WriteAllAsync);
    }

    /// <summary>The number of queued results.</summary>
    public int Pending => Locked(() => _pending.Count);

    /// <summary>The number of results dropped because the queue was full.</summary>
    public long Dropped => Locked(() => _pending.Dropped);

    /// <summary>Whether the last attempt failed.</summary>
    public bool IsFailing => Locked(() => _isFailing);

    /// <summary>Queues results, which are written later; <see cref="FlushAsync"/> waits for that.</summary>
    /// <exception cref="OperationCanceledException">Cancelled while waiting for room; earlier results of the batch are queued.</exception>
    public async Task WriteAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(results);
        long start = _clock.GetTimestamp();
        foreach (WindowResult result in results)
        {
            cancellationToken.ThrowIfCancellationRequested();
            while (Add(result, null) is { } room)
            {
                await WaitForRoomAsync(room, start, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public bool TakesSessions => _inner.TakesSessions;

    /// <summary>Queues the sessions of a minute, in place of queued ones of an older revision.</summary>
    /// <exception cref="OperationCanceledException">Cancelled while waiting for room.</exception>
    public async Task WriteSessionsAsync(EndedSessions sessions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sessions);
        cancellationToken.ThrowIfCancellationRequested();
        long start = _clock.GetTimestamp();
        while (Add(null, sessions) is { } room)
        {
            await WaitForRoomAsync(room, start, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Queues the mark behind the results queued before it.</summary>
    public Task MarkFinalAsync(string window, long finalBeforeMs, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            _fault?.Throw();
            _pending.AddFinalMark(window, finalBeforeMs);
            _arrived.TrySetResult();
        }

        return Task.CompletedTask;
    }

    /// <summary>Waits until everything queued is written; returns false on time-out.</summary>
    /// <param name="atMost">The time-out.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public async Task<bool> FlushAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = new(atMost, _clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                _fault?.Throw();
                if (_pending.IsEmpty && !_isWriting)
                {
                    return true;
                }

                changed = _changed.Task;
            }

            try
            {
                await changed.WaitAsync(both.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return false;
            }
        }
    }

    /// <summary>Waits for queued results, at most <see cref="RetryOptions.DrainTimeout"/>, and reports results that are lost.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        bool isWritten = false;
        try
        {
            isWritten = await FlushAsync(_options.DrainTimeout, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception) when (_fault is not null)
        {
            // Already thrown to the last writer, or there was no write since.
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _worker.ConfigureAwait(false);
        if (!isWritten)
        {
            Tell($"{_name}: stopped with {Pending} results not written");
        }
    }

    /// <summary>Adds a result or sessions, or returns the task to wait for when there is no room.</summary>
    private Task? Add(WindowResult? result, EndedSessions? sessions)
    {
        lock (_lock)
        {
            _fault?.Throw();
            if (!(result is null ? _pending.TryAdd(sessions!) : _pending.TryAdd(result)))
            {
                bool waits = _options.MaxWait == Timeout.InfiniteTimeSpan || (!_isFailing && !_isBehind && _options.MaxWait > TimeSpan.Zero);
                if (waits)
                {
                    return _changed.Task;
                }

                if (result is null)
                {
                    _pending.AddAnyway(sessions!);
                }
                else
                {
                    _pending.AddAnyway(result);
                }
            }

            _arrived.TrySetResult();
            return null;
        }
    }

    private async Task WaitForRoomAsync(Task room, long start, CancellationToken cancellationToken)
    {
        if (_options.MaxWait == Timeout.InfiniteTimeSpan)
        {
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        TimeSpan left = _options.MaxWait - _clock.GetElapsedTime(start);
        try
        {
            await room.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, _clock, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            FallBehind();
        }
    }

    private void FallBehind()
    {
        lock (_lock)
        {
            if (_isFailing || _isBehind)
            {
                return;
            }

            (_isBehind, _droppedBefore) = (true, _pending.Dropped);
        }

        Tell($"{_name} is slower than the results come: "
            + $"the oldest of more than {_options.MaxPending} that wait are dropped until it has caught up. Nothing else is delayed.");
    }

    private async Task WriteAllAsync()
    {
        try
        {
            while (true)
            {
                List<PendingResults.Entry> batch = await TakeAsync().ConfigureAwait(false);
                await WriteUntilDoneAsync(batch).ConfigureAwait(false);
                Done(batch);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Disposed.
        }
#pragma warning disable CA1031 // A bug rather than an outage: the next writer gets the exception.
        catch (Exception error)
#pragma warning restore CA1031
        {
            lock (_lock)
            {
                _fault = ExceptionDispatchInfo.Capture(error);
                Signal(ref _changed);
            }
        }
    }

    private async Task<List<PendingResults.Entry>> TakeAsync()
    {
        while (true)
        {
            Task arrived;
            lock (_lock)
            {
                if (!_pending.IsEmpty)
                {
                    _isWriting = true;
                    return _pending.Take(MaxInBatch, MaxBytesInBatch);
                }

                _arrived = NewSignal();
                arrived = _arrived.Task;
            }

            await arrived.WaitAsync(_stop.Token).ConfigureAwait(false);
        }
    }

    private async Task WriteUntilDoneAsync(List<PendingResults.Entry> batch)
    {
        long outageStart = _clock.GetTimestamp();
        for (int failures = 0; ; failures++)
        {
            try
            {
                await WriteAsync(batch).ConfigureAwait(false);
                if (failures > 0)
                {
                    TellBack(_clock.GetElapsedTime(outageStart));
                }

                return;
            }
            catch (SinkException error)
            {
                if (failures == 0)
                {
                    TellOutage(error.Message);
                }
            }

            await Task.Delay(DelayAfter(failures), _clock, _stop.Token).ConfigureAwait(false);
        }
    }

    private Task WriteAsync(List<PendingResults.Entry> batch) => batch[0] switch
    {
        { IsMark: true } mark => _inner.MarkFinalAsync(mark.Window, mark.FinalBeforeMs, _stop.Token),
        { Sessions: { } sessions } => _inner.WriteSessionsAsync(sessions, _stop.Token),
        _ => _inner.WriteAsync(batch.ConvertAll(static entry => entry.Result!), _stop.Token),
    };

    private void Done(List<PendingResults.Entry> batch)
    {
        foreach (PendingResults.Entry entry in batch)
        {
            if (entry.Result is { } result)
            {
                _settled?.Invoke(result);
            }
            else if (entry.Sessions is { } sessions)
            {
                _settledSessions?.Invoke(sessions);
            }
        }

        bool caughtUp;
        lock (_lock)
        {
            _pending.Release();
            _isWriting = false;
            caughtUp = _isBehind && !_isFailing && _pending.Count <= _options.MaxPending / 2;
            _isBehind &= !caughtUp;
            Signal(ref _changed);
        }

        if (caughtUp)
        {
            Tell($"{_name} has caught up; {Since(_droppedBefore)} results were dropped");
        }
    }

    /// <summary>
    /// The wait doubles with each failure up to the maximum, minus a random part of up to a half, so that many writers do not retry at the
    /// same time.
    /// </summary>
    private TimeSpan DelayAfter(int failures)
    {
        double most = Math.Min(_options.MaxDelay.TotalMilliseconds, _options.FirstDelay.TotalMilliseconds * Math.Pow(2, Math.Min(failures, 40)));
        return TimeSpan.FromMilliseconds(most * (0.5 + (0.5 * Random.Shared.NextDouble())));
    }

    private void TellOutage(string problem)
    {
        lock (_lock)
        {
            (_isFailing, _droppedBefore) = (true, _pending.Dropped);
            Signal(ref _changed);
        }

        string whenFull =
            _options.MaxWait == Timeout.InfiniteTimeSpan ? "then the stream waits" : "then the oldest are dropped; nothing else is delayed";
        Tell($"{problem}. Trying again every {Text(_options.FirstDelay)} to {Text(_options.MaxDelay)}; "
            + $"up to {_options.MaxPending} results wait, {whenFull}.");
    }

    private void TellBack(TimeSpan outage)
    {
        int waiting;
        lock (_lock)
        {
            _isFailing = false;
            waiting = _pending.Count;
        }

        Tell($"{_name} is back after {Text(outage)}: {waiting} results waited, {Since(_droppedBefore)} were dropped");
    }

    private void Tell(string line) => _tell(line.ReplaceLineEndings(" "));

    private long Since(long droppedBefore) => Dropped - droppedBefore;

    private static string Text(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.##} s");

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static void Signal(ref TaskCompletionSource signal)
    {
        signal.TrySetResult();
        signal = NewSignal();
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_lock)
        {
            return read();
        }
    }
}

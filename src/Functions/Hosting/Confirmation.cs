namespace Tidemark.Functions.Hosting;

/// <summary>
/// Confirms the steps of the protocol. A signal returns nothing and may be lost, so the committed state is read until it shows the outcome.
/// Every step uses the same order:
/// check, give up on time-out, send again if due, wait a little longer than before.
/// </summary>
public sealed class Confirmation
{
    private readonly TimeProvider _time;
    private readonly ProtocolTiming _timing;
    private readonly long _deadline;

    /// <summary>Starts the time limit that all calls of this instance share.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="timing">The intervals of reads and repeated signals.</param>
    /// <param name="limit">The time limit.</param>
    public Confirmation(TimeProvider time, ProtocolTiming timing, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(timing);
        _time = time;
        _timing = timing;
        _deadline = time.GetTimestamp() + (long)(limit.TotalSeconds * time.TimestampFrequency);
    }

    /// <summary>Whether the time limit has passed.</summary>
    public bool IsOver => _time.GetTimestamp() >= _deadline;

    /// <summary>Sends a signal and reads the state until it shows the outcome.</summary>
    /// <typeparam name="T">The type of the state.</typeparam>
    /// <param name="send">Sends the signal: immediately, and again after <see cref="ProtocolTiming.ResendAfter"/>.</param>
    /// <param name="check">Reads the state; returns null while it does not show the outcome.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <param name="isFutile">
    /// Whether the state just read shows that the signal will never be accepted as sent, so that it is sent again immediately.
    /// </param>
    /// <returns>The state that shows the outcome; null on time-out.</returns>
    public Task<T?> SendAsync<T>(Func<Task> send, Func<Task<T?>> check, CancellationToken cancellationToken, Func<bool>? isFutile = null)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(send);
        ArgumentNullException.ThrowIfNull(check);
        return SendAsync(
            (send, check, isFutile), static on => on.send(), static on => new ValueTask<T?>(on.check()),
            cancellationToken, static on => on.isFutile?.Invoke() == true).AsTask();
    }

    /// <summary>The same for hot paths: an argument is passed to the functions, so that no closures are allocated.</summary>
    /// <typeparam name="TOn">The type of the argument.</typeparam>
    /// <typeparam name="T">The type of the state.</typeparam>
    /// <param name="on">The argument.</param>
    /// <param name="send">Sends the signal: immediately, and again after <see cref="ProtocolTiming.ResendAfter"/>.</param>
    /// <param name="check">Reads the state; returns null while it does not show the outcome.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <param name="isFutile">
    /// Whether the state just read shows that the signal will never be accepted as sent, so that it is sent again immediately.
    /// </param>
    /// <returns>The state that shows the outcome; null on time-out.</returns>
    public async ValueTask<T?> SendAsync<TOn, T>(
        TOn on, Func<TOn, Task> send, Func<TOn, ValueTask<T?>> check, CancellationToken cancellationToken, Func<TOn, bool>? isFutile = null)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(send);
        ArgumentNullException.ThrowIfNull(check);
        await send(on).ConfigureAwait(false);

        // A state read immediately would be the old one.
        await Task.Delay(_timing.PollFirst, _time, cancellationToken).ConfigureAwait(false);
        return await WaitAsync(on, send, check, isFutile, Longer(_timing.PollFirst), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads a state that another component changes, until it shows the outcome.</summary>
    /// <typeparam name="T">The type of the state.</typeparam>
    /// <param name="check">Reads the state; returns null while it does not show the outcome.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The state that shows the outcome; null on time-out.</returns>
    public Task<T?> WaitAsync<T>(Func<Task<T?>> check, CancellationToken cancellationToken)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(check);
        return WaitAsync(check, null, static read => new ValueTask<T?>(read()), null, _timing.PollFirst, cancellationToken).AsTask();
    }

    private async ValueTask<T?> WaitAsync<TOn, T>(
        TOn on, Func<TOn, Task>? send, Func<TOn, ValueTask<T?>> check, Func<TOn, bool>? isFutile, TimeSpan delay, CancellationToken cancellationToken)
        where T : class
    {
        long sent = _time.GetTimestamp();
        while (true)
        {
            T? outcome = await check(on).ConfigureAwait(false);
            if (outcome is not null || IsOver)
            {
                return outcome;
            }

            bool isLost = _time.GetElapsedTime(sent) >= _timing.ResendAfter;
            if (send is not null && (isLost || isFutile?.Invoke(on) == true))
            {
                await send(on).ConfigureAwait(false);
                sent = _time.GetTimestamp();
            }

            await Task.Delay(delay, _time, cancellationToken).ConfigureAwait(false);
            delay = Longer(delay);
        }
    }

    private TimeSpan Longer(TimeSpan delay) => delay * 2 < _timing.PollMax ? delay * 2 : _timing.PollMax;
}

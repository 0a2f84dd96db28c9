namespace Tidemark.Functions.Hosting;

/// <summary>
/// How every step of the protocol learns its outcome. A signal answers nothing and may be lost, so the committed state is read until it shows the outcome. One order for
/// all: check, give up when the time is over, send again when that is due, wait a little longer than before.
/// </summary>
public sealed class Confirmation
{
    private readonly TimeProvider _time;
    private readonly ProtocolTiming _timing;
    private readonly long _deadline;

    /// <summary>Begins the time that all waiting through this instance may take together.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="timing">How long to wait between two reads, and until a signal is sent again.</param>
    /// <param name="limit">How long in all.</param>
    public Confirmation(TimeProvider time, ProtocolTiming timing, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(timing);
        _time = time;
        _timing = timing;
        _deadline = time.GetTimestamp() + (long)(limit.TotalSeconds * time.TimestampFrequency);
    }

    /// <summary>Whether the time is over.</summary>
    public bool IsOver => _time.GetTimestamp() >= _deadline;

    /// <summary>Sends a signal and reads the state until it shows what became of it.</summary>
    /// <typeparam name="T">The state.</typeparam>
    /// <param name="send">Sends the signal: at once, and again after <see cref="ProtocolTiming.ResendAfter"/>.</param>
    /// <param name="check">Reads the state; null as long as it decides nothing.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="isFutile">Whether the state that was just read shows that the signal will never be taken as it was sent, so that it is sent again at once.</param>
    /// <returns>The state that decided; null when the time is over.</returns>
    public Task<T?> SendAsync<T>(Func<Task> send, Func<Task<T?>> check, CancellationToken cancellationToken, Func<bool>? isFutile = null)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(send);
        ArgumentNullException.ThrowIfNull(check);
        return SendAsync(
            (send, check, isFutile), static on => on.send(), static on => new ValueTask<T?>(on.check()), cancellationToken, static on => on.isFutile?.Invoke() == true).AsTask();
    }

    /// <summary>The same, for hot paths: what the functions need is handed to them, so that they need not be made anew for each call.</summary>
    /// <typeparam name="TOn">What is handed to them.</typeparam>
    /// <typeparam name="T">The state.</typeparam>
    /// <param name="on">What is handed to them.</param>
    /// <param name="send">Sends the signal: at once, and again after <see cref="ProtocolTiming.ResendAfter"/>.</param>
    /// <param name="check">Reads the state; null as long as it decides nothing.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="isFutile">Whether the state that was just read shows that the signal will never be taken as it was sent, so that it is sent again at once.</param>
    /// <returns>The state that decided; null when the time is over.</returns>
    public async ValueTask<T?> SendAsync<TOn, T>(
        TOn on, Func<TOn, Task> send, Func<TOn, ValueTask<T?>> check, CancellationToken cancellationToken, Func<TOn, bool>? isFutile = null)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(send);
        ArgumentNullException.ThrowIfNull(check);
        await send(on).ConfigureAwait(false);

        // A state that is read at once is the old one.
        await Task.Delay(_timing.PollFirst, _time, cancellationToken).ConfigureAwait(false);
        return await WaitAsync(on, send, check, isFutile, Longer(_timing.PollFirst), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads a state that somebody else was asked for, until it shows the outcome.</summary>
    /// <typeparam name="T">The state.</typeparam>
    /// <param name="check">Reads the state; null as long as it decides nothing.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The state that decided; null when the time is over.</returns>
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

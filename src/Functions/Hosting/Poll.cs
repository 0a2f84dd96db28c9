namespace Tidemark.Functions.Hosting;

/// <summary>One wait for a state to come: reads get rarer, signals are repeated now and then, and it ends some time.</summary>
public sealed class Poll
{
    private readonly TimeProvider _time;
    private readonly ProtocolTiming _timing;
    private readonly long _deadline;
    private TimeSpan _delay;
    private long _sent;

    /// <summary>Starts to wait; the first signal was just sent.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="timing">How long to wait.</param>
    /// <param name="limit">How long in all.</param>
    public Poll(TimeProvider time, ProtocolTiming timing, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(timing);
        _time = time;
        _timing = timing;
        _sent = time.GetTimestamp();
        _deadline = _sent + (long)(limit.TotalSeconds * time.TimestampFrequency);
        _delay = timing.PollFirst;
    }

    /// <summary>Whether the time is up.</summary>
    public bool IsOver => _time.GetTimestamp() >= _deadline;

    /// <summary>How much time is left, at least 0.</summary>
    public TimeSpan Remaining => TimeSpan.FromSeconds(Math.Max(0, _deadline - _time.GetTimestamp()) / (double)_time.TimestampFrequency);

    /// <summary>Whether it is time to send the signal again; if so, it counts as sent.</summary>
    public bool IsResendDue
    {
        get
        {
            if (_time.GetElapsedTime(_sent) < _timing.ResendAfter)
            {
                return false;
            }

            _sent = _time.GetTimestamp();
            return true;
        }
    }

    /// <summary>Waits a little, longer each time.</summary>
    public async Task DelayAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(_delay, _time, cancellationToken).ConfigureAwait(false);
        _delay = _delay * 2 < _timing.PollMax ? _delay * 2 : _timing.PollMax;
    }
}

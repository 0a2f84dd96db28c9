namespace Tidemark.Cli.Run;

/// <summary>Lets threads work in the order of their numbers: each waits until every smaller one has passed.</summary>
internal sealed class Turns
{
    private readonly object _lock = new();
    private long _next;
    private bool _stopped;

    /// <summary>Waits for a turn.</summary>
    /// <returns>False when the work was stopped.</returns>
    public bool WaitFor(long turn)
    {
        // The wait is nearly always shorter than putting the thread to sleep.
        SpinWait spin = default;
        while (Volatile.Read(ref _next) != turn && !Volatile.Read(ref _stopped))
        {
            if (!spin.NextSpinWillYield)
            {
                spin.SpinOnce();
                continue;
            }

            lock (_lock)
            {
                while (_next != turn && !_stopped)
                {
                    Monitor.Wait(_lock);
                }
            }
        }

        return !Volatile.Read(ref _stopped);
    }

    /// <summary>Ends the current turn.</summary>
    public void Pass()
    {
        lock (_lock)
        {
            _next++;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Ends all waiting.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _stopped = true;
            Monitor.PulseAll(_lock);
        }
    }
}

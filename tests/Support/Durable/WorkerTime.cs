namespace Tidemark.Support.Durable;

/// <summary>The virtual clock as seen by a process. Timers fire when the world's time reaches them.</summary>
internal sealed class WorkerTime(Worker worker) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => worker.World.Now + worker.Skew;

    public override long GetTimestamp() => worker.World.Now.UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        worker.World.RequireOwnThread();
        Timer timer = new(worker, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(Worker worker, Action callback) : ITimer
    {
        private TimeSpan _period;

        // Changing or disposing of a timer invalidates its scheduled step.
        private int _version;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _version++;
            _period = period;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                Due(dueTime, _version);
            }

            return true;
        }

        public void Dispose() => _version++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Due(TimeSpan after, int version) => worker.World.After(after, () =>
        {
            if (!worker.IsAlive || version != _version)
            {
                return;
            }

            if (_period > TimeSpan.Zero)
            {
                Due(_period, version);
            }

            worker.FireTimer(callback);
        });
    }
}

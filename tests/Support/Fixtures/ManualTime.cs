namespace Tidemark.Support.Fixtures;

/// <summary>A clock that moves only when told.</summary>
public sealed class ManualTime(DateTimeOffset now) : TimeProvider
{
    private long _ticks = now.UtcTicks;
    private long _looks;

    /// <summary>The number of times that a timestamp was taken.</summary>
    public long Looks => Volatile.Read(ref _looks);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref _ticks), TimeSpan.Zero);

    public override long GetTimestamp()
    {
        Interlocked.Increment(ref _looks);
        return Volatile.Read(ref _ticks);
    }

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}

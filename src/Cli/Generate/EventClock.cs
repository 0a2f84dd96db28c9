namespace Tidemark.Cli.Generate;

/// <summary>
/// When each line arrives, as an offset from the first. Minutes come in pairs: the first has up to 30 % more or fewer events than the
/// mean, the second makes up for it, so that the stream bursts and yet keeps its rate. Minutes are counted from the start.
/// </summary>
internal sealed class EventClock
{
    private const long MinuteMs = 60_000;
    private const int MaxBurstThousandths = 300;

    private readonly ulong _seed;
    private readonly long _perMinute;
    private long _pairStart;
    private long _pairEnd = -1;
    private long _pairMs;
    private long _firstMinute;

    public EventClock(ulong seed, int eventsPerSecond)
    {
        _seed = ~seed;
        _perMinute = eventsPerSecond * 60L;
    }

    /// <summary>Milliseconds from the first line to line <paramref name="index"/>; never falls as the index grows.</summary>
    public long OffsetMs(long index)
    {
        if (index < _pairStart || index >= _pairEnd)
        {
            EnterPair(index);
        }

        long place = index - _pairStart;
        return place < _firstMinute
            ? _pairMs + place * MinuteMs / _firstMinute
            : _pairMs + MinuteMs + (place - _firstMinute) * MinuteMs / (2 * _perMinute - _firstMinute);
    }

    private void EnterPair(long index)
    {
        long pair = index / (2 * _perMinute);
        _pairStart = pair * 2 * _perMinute;
        _pairEnd = _pairStart + 2 * _perMinute;
        _pairMs = pair * 2 * MinuteMs;
        long burst = (long)(Xoshiro256.Mix(_seed, (ulong)pair) % (2 * MaxBurstThousandths + 1)) - MaxBurstThousandths;
        _firstMinute = _perMinute + _perMinute * burst / 1000;
    }
}

using Tidemark.Engine.Checkpoint;

namespace Tidemark.Engine;

/// <summary>Counts late events by their minute. Bounded: beyond its capacity, events of further minutes are counted together.</summary>
public sealed class LateCounts
{
    /// <summary>The maximum number of minutes counted separately.</summary>
    public const int Capacity = 10_000;

    private readonly Dictionary<long, long> _byMinute = [];

    /// <summary>The number of late events whose minute is not counted separately.</summary>
    public long Elsewhere { get; private set; }

    /// <summary>
    /// The number of late events in a window whose end their partition's watermark had not reached: a longer window was still open, but
    /// they do not enter it, since lateness goes by the minute.
    /// </summary>
    public long InOpenWindow { get; private set; }

    /// <summary>Late events by the start of their minute, epoch milliseconds, earliest first.</summary>
    public IEnumerable<KeyValuePair<long, long>> ByMinute => _byMinute.OrderBy(pair => pair.Key);

    /// <summary>Restores a captured state.</summary>
    internal void Restore(LateSnapshot snapshot)
    {
        foreach ((long minuteStartMs, long count) in snapshot.ByMinute)
        {
            _byMinute.Add(minuteStartMs, count);
        }

        Elsewhere = snapshot.Elsewhere;
        InOpenWindow = snapshot.InOpenWindow;
    }

    /// <summary>Captures the state.</summary>
    internal LateSnapshot Capture() => new([.. _byMinute], Elsewhere, InOpenWindow);

    internal void Add(long minuteStartMs, bool isInOpenWindow)
    {
        InOpenWindow += isInOpenWindow ? 1 : 0;
        if (_byMinute.TryGetValue(minuteStartMs, out long count))
        {
            _byMinute[minuteStartMs] = count + 1;
        }
        else if (_byMinute.Count < Capacity)
        {
            _byMinute.Add(minuteStartMs, 1);
        }
        else
        {
            Elsewhere++;
        }
    }
}

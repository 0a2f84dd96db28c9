using Tidemark.Engine.Checkpoint;

namespace Tidemark.Engine;

/// <summary>Late events by the minute they missed. Bounded: past its capacity, events of further minutes are counted together.</summary>
public sealed class LateCounts
{
    /// <summary>Most minutes told apart.</summary>
    public const int Capacity = 10_000;

    private readonly Dictionary<long, long> _byMinute = [];

    /// <summary>Late events whose minute is not told apart.</summary>
    public long Elsewhere { get; private set; }

    /// <summary>
    /// Those of all late events that lay in a window whose end their partition's watermark had not reached: a longer window was still open, and by the rule of
    /// the minute they did not enter it.
    /// </summary>
    public long InOpenWindow { get; private set; }

    /// <summary>Late events by the start of their minute, epoch milliseconds, earliest first.</summary>
    public IEnumerable<KeyValuePair<long, long>> ByMinute => _byMinute.OrderBy(pair => pair.Key);

    /// <summary>Takes over what was counted before.</summary>
    internal void Restore(LateSnapshot snapshot)
    {
        foreach ((long minuteStartMs, long count) in snapshot.ByMinute)
        {
            _byMinute.Add(minuteStartMs, count);
        }

        Elsewhere = snapshot.Elsewhere;
        InOpenWindow = snapshot.InOpenWindow;
    }

    /// <summary>The counts as they stand.</summary>
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

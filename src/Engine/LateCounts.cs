namespace Tidemark.Engine;

/// <summary>Late events by the pane they missed. Bounded: past its capacity, events of further panes are counted together.</summary>
public sealed class LateCounts
{
    /// <summary>Most panes told apart.</summary>
    public const int Capacity = 10_000;

    private readonly Dictionary<long, long> _byPane = [];

    /// <summary>Late events whose pane is not told apart.</summary>
    public long Elsewhere { get; private set; }

    /// <summary>Late events by the start of their pane, epoch milliseconds, earliest first.</summary>
    public IEnumerable<KeyValuePair<long, long>> ByPane => _byPane.OrderBy(pair => pair.Key);

    /// <summary>Takes over what was counted before.</summary>
    internal void Restore(IEnumerable<KeyValuePair<long, long>> byPane, long elsewhere)
    {
        foreach ((long paneStartMs, long count) in byPane)
        {
            _byPane.Add(paneStartMs, count);
        }

        Elsewhere = elsewhere;
    }

    /// <summary>The counts as they stand, in no order.</summary>
    internal KeyValuePair<long, long>[] Capture() => [.. _byPane];

    internal void Add(long paneStartMs)
    {
        if (_byPane.TryGetValue(paneStartMs, out long count))
        {
            _byPane[paneStartMs] = count + 1;
        }
        else if (_byPane.Count < Capacity)
        {
            _byPane.Add(paneStartMs, 1);
        }
        else
        {
            Elsewhere++;
        }
    }
}

using Tidemark.Core.Metrics;
using Tidemark.Core.Results;

namespace Tidemark.Engine.Checkpoint;

/// <summary>
/// Numbers the published parts of panes. A part never changes, so it is stored once, under its number, and snapshots refer to it. Use one
/// table per sequence of snapshots. Not thread-safe.
/// </summary>
/// <param name="newNumber">Returns a number that was never used before.</param>
public sealed class PartTable(Func<long> newNumber)
{
    private readonly Dictionary<PaneContent, long> _numbers = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<PaneContent> _used = new(ReferenceEqualityComparer.Instance);
    private readonly List<(long Number, byte[] Bytes)> _new = [];

    /// <summary>The parts that no earlier snapshot refers to, with their binary form.</summary>
    public IReadOnlyList<(long Number, byte[] Bytes)> New => _new;

    /// <summary>The numbers of all parts that the current snapshot refers to.</summary>
    public IEnumerable<long> Used => _used.Select(part => _numbers[part]);

    /// <summary>Begins the next snapshot. Parts that the previous one did not refer to are removed.</summary>
    public void Begin()
    {
        foreach (PaneContent part in _numbers.Keys.Where(part => !_used.Contains(part)).ToList())
        {
            _numbers.Remove(part);
        }

        _used.Clear();
        _new.Clear();
    }

    internal long NumberOf(PaneContent part)
    {
        if (_used.Add(part) && !_numbers.ContainsKey(part))
        {
            long number = newNumber();
            _numbers.Add(part, number);
            _new.Add((number, AccumulatorCodec.Encode(part.Counts)));
        }

        return _numbers[part];
    }

    internal void Know(long number, PaneContent part)
    {
        _numbers.Add(part, number);
        _used.Add(part);
    }
}

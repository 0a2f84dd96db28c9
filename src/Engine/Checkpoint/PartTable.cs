using Tidemark.Core.Metrics;
using Tidemark.Core.Results;

namespace Tidemark.Engine.Checkpoint;

/// <summary>
/// The published parts of panes by number. A part never changes, so its bytes are kept once, under its number, and snapshots name it. One table goes with
/// one sequence of snapshots. Not thread-safe.
/// </summary>
/// <param name="newNumber">Gives a number that was never given before.</param>
public sealed class PartTable(Func<long> newNumber)
{
    private readonly Dictionary<PaneContent, long> _numbers = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<PaneContent> _used = new(ReferenceEqualityComparer.Instance);
    private readonly List<(long Number, byte[] Bytes)> _new = [];

    /// <summary>The parts that the snapshot being encoded is the first to name, with their binary form.</summary>
    public IReadOnlyList<(long Number, byte[] Bytes)> New => _new;

    /// <summary>The numbers of all parts that the snapshot being encoded names.</summary>
    public IEnumerable<long> Used => _used.Select(part => _numbers[part]);

    /// <summary>Starts another snapshot. Parts that the one before did not name are forgotten.</summary>
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

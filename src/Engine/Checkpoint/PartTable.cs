using Tidemark.Core.Metrics;
using Tidemark.Core.Results;
using Tidemark.Engine.Sessions;

namespace Tidemark.Engine.Checkpoint;

/// <summary>
/// Numbers the published parts of panes, and the pieces of sessions. A part never changes, so it is stored once, under its number, and
/// snapshots refer to it. Use one table per sequence of snapshots. Not thread-safe.
/// </summary>
/// <param name="newNumber">Returns a number that was never used before.</param>
public sealed class PartTable(Func<long> newNumber)
{
    private readonly Dictionary<object, long> _numbers = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<object> _used = new(ReferenceEqualityComparer.Instance);
    private readonly List<(long Number, byte[] Bytes)> _new = [];

    /// <summary>The parts that no earlier snapshot refers to, with their binary form.</summary>
    public IReadOnlyList<(long Number, byte[] Bytes)> New => _new;

    /// <summary>The numbers of all parts that the current snapshot refers to.</summary>
    public IEnumerable<long> Used => _used.Select(part => _numbers[part]);

    /// <summary>Begins the next snapshot. Parts that the previous one did not refer to are removed.</summary>
    public void Begin()
    {
        foreach (object part in _numbers.Keys.Where(part => !_used.Contains(part)).ToList())
        {
            _numbers.Remove(part);
        }

        _used.Clear();
        _new.Clear();
    }

    internal long NumberOf(PaneContent part) => NumberOf(part, static part => AccumulatorCodec.Encode(part.Counts));

    internal long NumberOf(SessionPiece piece) => NumberOf(piece, static piece => piece.Bytes);

    private long NumberOf<T>(T part, Func<T, byte[]> encode)
        where T : class
    {
        if (_used.Add(part) && !_numbers.ContainsKey(part))
        {
            long number = newNumber();
            _numbers.Add(part, number);
            _new.Add((number, encode(part)));
        }

        return _numbers[part];
    }

    internal void Know(long number, object part)
    {
        _numbers.Add(part, number);
        _used.Add(part);
    }
}

using Tidemark.Core.Metrics;

namespace Tidemark.Protocol;

/// <summary>A map of numbers in a state, read when it is first asked for: most of those who read a state never do.</summary>
internal struct StoredMap
{
    private ReadOnlyMemory<byte> _stored; // its binary form, checked; empty when it was changed, or is new
    private SortedList<long, long>? _map;

    /// <summary>The map, to be looked at.</summary>
    public SortedList<long, long> Value => _map ??= Read();

    /// <summary>The map, to be changed.</summary>
    public SortedList<long, long> Editable
    {
        get
        {
            SortedList<long, long> map = Value;
            _stored = default;
            return map;
        }
    }

    /// <summary>Checks a map that is next in a state, and steps over it.</summary>
    /// <param name="reader">Reads the state.</param>
    /// <param name="source">The state, not changed afterwards.</param>
    /// <param name="most">Most entries there may be.</param>
    /// <param name="what">What they are.</param>
    /// <exception cref="InvalidDataException">It is not a map, or a longer one.</exception>
    public static StoredMap Next(ref ByteReader reader, byte[] source, int most, string what)
    {
        int start = reader.Remaining;
        StateFrame.ReadMap(ref reader, most, what, null);
        return new StoredMap { _stored = StateFrame.Last(source, start)[..(start - reader.Remaining)] };
    }

    /// <summary>Writes the map.</summary>
    public void Write(ByteWriter writer)
    {
        if (_stored.IsEmpty)
        {
            writer.Map(Value);
        }
        else
        {
            writer.Bytes(_stored.Span);
        }
    }

    private readonly SortedList<long, long> Read()
    {
        SortedList<long, long> map = [];
        if (!_stored.IsEmpty)
        {
            ByteReader reader = new(_stored.Span);
            StateFrame.ReadMap(ref reader, int.MaxValue, "entries", map);
        }

        return map;
    }
}

using Tidemark.Core.Metrics;

namespace Tidemark.Protocol;

/// <summary>A map of numbers in a state, decoded on first use, since most readers of a state do not need it.</summary>
internal struct StoredMap
{
    private ReadOnlyMemory<byte> _stored; // the validated binary form; empty when the map is new or was changed
    private SortedList<long, long>? _map;

    /// <summary>The map, for reading.</summary>
    public SortedList<long, long> Value => _map ??= Read();

    /// <summary>The map, for changing.</summary>
    public SortedList<long, long> Editable
    {
        get
        {
            SortedList<long, long> map = Value;
            _stored = default;
            return map;
        }
    }

    /// <summary>Validates the next map of a state and skips it.</summary>
    /// <param name="reader">The reader of the state.</param>
    /// <param name="source">The state, which must not be changed afterwards.</param>
    /// <param name="most">The maximum number of entries.</param>
    /// <param name="what">The name of the map in error messages.</param>
    /// <exception cref="InvalidDataException">Not a map, or too long.</exception>
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

using System.Text;

namespace Tidemark.Core.Parsing;

/// <summary>Event types by the names that records have for them.</summary>
internal sealed class EventTypeMap
{
    private readonly (byte[] Name, byte[] Type)[] _slots;
    private readonly int _mask;

    /// <param name="types">The types by their foreign names.</param>
    public EventTypeMap(IReadOnlyDictionary<string, string> types)
    {
        int size = 4;
        while (size < 4 * types.Count)
        {
            size *= 2;
        }

        _slots = new (byte[], byte[])[size];
        _mask = size - 1;
        IsEmpty = types.Count == 0;
        foreach ((string name, string type) in types)
        {
            byte[] key = Encoding.UTF8.GetBytes(name);
            int slot = SlotOf(EventKey.Hash(key));
            while (_slots[slot].Name is not null)
            {
                slot = (slot + 1) & _mask;
            }

            _slots[slot] = (key, Encoding.UTF8.GetBytes(type));
        }
    }

    /// <summary>Whether no name is mapped.</summary>
    public bool IsEmpty { get; }

    /// <summary>The type of a name; null when the name is not mapped.</summary>
    /// <param name="name">The name.</param>
    /// <param name="hash">Its <see cref="EventKey.Hash"/>.</param>
    public byte[]? Find(ReadOnlySpan<byte> name, uint hash)
    {
        for (int slot = SlotOf(hash); _slots[slot].Name is { } known; slot = (slot + 1) & _mask)
        {
            if (name.SequenceEqual(known))
            {
                return _slots[slot].Type;
            }
        }

        return null;
    }

    private int SlotOf(uint hash) => (int)(hash & (uint)_mask);
}

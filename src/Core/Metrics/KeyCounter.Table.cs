using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tidemark.Core.Metrics;

/// <content>The hash table: open addressing with linear probing. A slot holds 32 hash bits and an entry's index; long keys are in an
/// arena.</content>
public sealed partial class KeyCounter
{
    /// <summary>The longest key stored in its entry, in bytes.</summary>
    private const int InlineBytes = 16;

    private const int SmallestTable = 16;

    private const int EntryBytes = 32; // size of an entry, at least that of a heap node

    private ulong[] _slots = new ulong[SmallestTable]; // upper half: hash; lower half: entry index + 1; 0 is empty
    private Entry[] _entries = new Entry[SmallestTable / 2];
    private int _count;
    private byte[] _arena = [];
    private int _arenaUsed;
    private int _arenaWaste; // used bytes that no longer belong to an entry
    private ulong[] _places = []; // scratch of MoveKeys

    /// <summary>
    /// A key and its count. A key of up to 16 bytes is stored in two words, which overlap when it is shorter, so that comparing it costs
    /// two instructions. For a longer key <see cref="Low"/> is its offset in the arena and <see cref="High"/> the number of bytes reserved
    /// there.
    /// </summary>
    private struct Entry
    {
        public long Count;
        public ulong Low;
        public ulong High;
        public uint Hash;
        public int Length;
    }

    /// <summary>A deep copy.</summary>
    internal KeyCounter Clone() => new(_capacity)
    {
        _maxError = _maxError,
        _count = _count,
        _slots = CopyOf(_slots, _slots.Length),
        _entries = CopyOf(_entries, _count),
        _arena = CopyOf(_arena, _arenaUsed),
        _arenaUsed = _arenaUsed,
        _arenaWaste = _arenaWaste,
    };

    /// <summary>Copies the first <paramref name="used"/> elements into a new array of the same length; the others are zero.</summary>
    private static T[] CopyOf<T>(T[] array, int used)
        where T : struct
    {
        T[] copy = GC.AllocateUninitializedArray<T>(array.Length);
        array.AsSpan(0, used).CopyTo(copy);
        copy.AsSpan(used).Clear();
        return copy;
    }

    /// <summary>The index of the key's entry; -1 when it is not kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Find(uint hash, ReadOnlySpan<byte> key)
    {
        if (key.Length > InlineBytes)
        {
            return FindLong(hash, key);
        }

        Pack(key, out ulong low, out ulong high);
        return FindShort(hash, low, high, key.Length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int FindShort(uint hash, ulong low, ulong high, int length)
    {
        unchecked
        {
            ulong[] slots = _slots;
            ref ulong first = ref MemoryMarshal.GetArrayDataReference(slots);
            uint mask = (uint)slots.Length - 1;
            for (uint i = hash & mask; ; i = (i + 1) & mask)
            {
                ulong slot = Unsafe.Add(ref first, i);
                if (slot == 0)
                {
                    return -1;
                }

                if ((uint)(slot >> 32) == hash)
                {
                    int index = (int)(uint)slot - 1;
                    ref Entry entry = ref EntryAt(index);
                    if (((entry.Low ^ low) | (entry.High ^ high) | (uint)(entry.Length ^ length)) == 0)
                    {
                        return index;
                    }
                }
            }
        }
    }

    private int FindLong(uint hash, ReadOnlySpan<byte> key)
    {
        unchecked
        {
            ulong[] slots = _slots;
            ref ulong first = ref MemoryMarshal.GetArrayDataReference(slots);
            uint mask = (uint)slots.Length - 1;
            for (uint i = hash & mask; ; i = (i + 1) & mask)
            {
                ulong slot = Unsafe.Add(ref first, i);
                if (slot == 0)
                {
                    return -1;
                }

                if ((uint)(slot >> 32) == hash)
                {
                    int index = (int)(uint)slot - 1;
                    ref Entry entry = ref EntryAt(index);
                    if (entry.Length == key.Length && LongBytes(in entry).SequenceEqual(key))
                    {
                        return index;
                    }
                }
            }
        }
    }

    /// <summary>An entry by its index, which comes from a slot and needs no bounds check.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Entry EntryAt(int index)
    {
        Debug.Assert((uint)index < (uint)_count, "slots only name entries that exist");
        return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_entries), (nuint)(uint)index);
    }

    /// <summary>The bytes of a key that is stored in the arena.</summary>
    private ReadOnlySpan<byte> LongBytes(in Entry entry) => _arena.AsSpan((int)entry.Low, entry.Length);

    /// <summary>The bytes of any key.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="scratch">At least 16 bytes, used for a key that is stored in its entry.</param>
    private ReadOnlySpan<byte> Bytes(in Entry entry, Span<byte> scratch)
    {
        if (entry.Length > InlineBytes)
        {
            return LongBytes(in entry);
        }

        Unpack(entry.Low, entry.High, scratch[..entry.Length]);
        return scratch[..entry.Length];
    }

    /// <summary>Packs a key of up to 16 bytes into two words, which identify it together with its length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pack(ReadOnlySpan<byte> key, out ulong low, out ulong high)
    {
        ref byte first = ref MemoryMarshal.GetReference(key);
        int length = key.Length;
        if (length >= 8)
        {
            low = Unsafe.ReadUnaligned<ulong>(ref first);
            high = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, length - 8));
        }
        else if (length >= 4)
        {
            low = Unsafe.ReadUnaligned<uint>(ref first);
            high = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref first, length - 4));
        }
        else if (length > 0)
        {
            low = (uint)(first | (Unsafe.Add(ref first, length >> 1) << 8));
            high = Unsafe.Add(ref first, length - 1);
        }
        else
        {
            low = high = 0;
        }
    }

    private static void Unpack(ulong low, ulong high, Span<byte> key)
    {
        if (key.Length >= 8)
        {
            MemoryMarshal.Write(key, in low);
            MemoryMarshal.Write(key[^8..], in high);
        }
        else if (key.Length >= 4)
        {
            uint start = (uint)low, end = (uint)high;
            MemoryMarshal.Write(key, in start);
            MemoryMarshal.Write(key[^4..], in end);
        }
        else if (key.Length > 0)
        {
            key[0] = (byte)(low & 0xFF);
            key[key.Length >> 1] = (byte)(low >> 8);
            key[^1] = (byte)high;
        }
    }

    /// <summary>Adds an entry for a key that is not kept yet, even beyond the capacity.</summary>
    private void Insert(uint hash, ReadOnlySpan<byte> key, long count)
    {
        int index = AppendSlot(hash);
        ref Entry entry = ref _entries[index];
        entry = new Entry { Count = count, Hash = hash };
        StoreKey(ref entry, key);
    }

    /// <summary>Adds a copy of another counter's entry.</summary>
    private void Insert(in Entry from, KeyCounter owner, long count)
    {
        int index = AppendSlot(from.Hash);
        ref Entry entry = ref _entries[index];
        entry = from;
        entry.Count = count;
        if (from.Length > InlineBytes)
        {
            entry.Low = entry.High = 0;
            StoreKey(ref entry, owner.LongBytes(in from));
        }
    }

    private int AppendSlot(uint hash)
    {
        if (_count == _entries.Length)
        {
            Array.Resize(ref _entries, _count * 2);
            _slots = new ulong[_slots.Length * 2];
            RefillSlots();
        }

        int index = _count++;
        PutSlot(hash, index);
        return index;
    }

    private void PutSlot(uint hash, int index)
    {
        uint mask = (uint)_slots.Length - 1;
        uint i = hash & mask;
        while (_slots[i] != 0)
        {
            i = unchecked(i + 1) & mask;
        }

        _slots[i] = ((ulong)hash << 32) | ((uint)index + 1);
    }

    /// <summary>Rebuilds the slots from the entries; the slots are empty before.</summary>
    private void RefillSlots()
    {
        for (int i = 0; i < _count; i++)
        {
            PutSlot(_entries[i].Hash, i);
        }
    }

    /// <summary>Removes an entry's slot and closes the gap, so that no tombstones are needed.</summary>
    private void RemoveSlot(uint hash, int index)
    {
        unchecked
        {
            uint mask = (uint)_slots.Length - 1;
            ulong wanted = ((ulong)hash << 32) | ((uint)index + 1);
            uint hole = hash & mask;
            while (_slots[hole] != wanted)
            {
                hole = (hole + 1) & mask;
            }

            for (uint i = (hole + 1) & mask; _slots[i] != 0; i = (i + 1) & mask)
            {
                // A slot may move back into the gap unless its home slot lies between the two.
                uint home = (uint)(_slots[i] >> 32) & mask;
                if (((i - home) & mask) >= ((i - hole) & mask))
                {
                    _slots[hole] = _slots[i];
                    hole = i;
                }
            }

            _slots[hole] = 0;
        }
    }

    /// <summary>Writes a key into an entry, and into the entry's space in the arena if that is large enough.</summary>
    private void StoreKey(ref Entry entry, ReadOnlySpan<byte> key)
    {
        int owned = entry.Length > InlineBytes ? (int)entry.High : 0;
        if (key.Length > InlineBytes && key.Length <= owned)
        {
            entry.Length = key.Length;
            key.CopyTo(_arena.AsSpan((int)entry.Low));
            return;
        }

        _arenaWaste += owned;
        entry.Length = 0; // it owns no arena space now, in case the arena is compacted
        if (key.Length > InlineBytes)
        {
            int reserved = (key.Length + 7) & ~7;
            int offset = ReserveArena(reserved);
            key.CopyTo(_arena.AsSpan(offset));
            entry.Low = (ulong)offset;
            entry.High = (ulong)reserved;
        }
        else
        {
            Pack(key, out entry.Low, out entry.High);
        }

        entry.Length = key.Length;
    }

    private int ReserveArena(int bytes)
    {
        if (_arena.Length - _arenaUsed < bytes)
        {
            // With a quarter of it wasted, compaction is amortised before it is needed again.
            if (_arenaWaste > _arena.Length / 4 && _arena.Length - _arenaUsed + _arenaWaste >= bytes)
            {
                MoveKeys(_arena);
            }
            else
            {
                long size = Math.Max(Math.Max(256, _arena.Length * 2L), (long)_arenaUsed + bytes);
                MoveKeys(new byte[(int)Math.Min(size, Array.MaxLength)]);
            }
        }

        int offset = _arenaUsed;
        _arenaUsed += bytes;
        return offset;
    }

    /// <summary>Moves the live keys, in their present order and without gaps, into an arena, which may be the present one.</summary>
    private void MoveKeys(byte[] arena)
    {
        if (_places.Length < _count)
        {
            _places = new ulong[_entries.Length];
        }

        int keys = 0;
        for (int i = 0; i < _count; i++)
        {
            if (_entries[i].Length > InlineBytes)
            {
                _places[keys++] = (_entries[i].Low << 32) | (uint)i;
            }
        }

        // In ascending order no key overwrites one that has not moved yet.
        _places.AsSpan(0, keys).Sort();
        int used = 0;
        foreach (ulong place in _places.AsSpan(0, keys))
        {
            ref Entry entry = ref _entries[(int)(place & uint.MaxValue)];
            int reserved = (entry.Length + 7) & ~7;
            LongBytes(in entry).CopyTo(arena.AsSpan(used));
            entry.Low = (ulong)used;
            entry.High = (ulong)reserved;
            used += reserved;
        }

        _arena = arena;
        _arenaUsed = used;
        _arenaWaste = 0;
    }
}

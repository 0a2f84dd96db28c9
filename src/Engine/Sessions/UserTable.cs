using System.Numerics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Tidemark.Core.Metrics;

namespace Tidemark.Engine.Sessions;

/// <summary>The first part of each user: open addressing with linear probing. Not thread-safe.</summary>
internal sealed class UserTable
{
    // Random per process, so that the senders of events cannot choose places. No result depends on it.
    private readonly ulong _factor = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) | 1;

    private Slot[] _slots = new Slot[1024];
    private int _shift = 64 - 10;

    /// <summary>The number of users.</summary>
    public int Count { get; private set; }

    /// <summary>Starts loading the place of a user.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(ulong user) => CacheHint.Load(ref _slots[PlaceOf(user)]);

    /// <summary>The first part of a user; -1 when there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(ulong user)
    {
        Slot[] slots = _slots;
        for (int place = PlaceOf(user); ; place = (place + 1) & (slots.Length - 1))
        {
            ref Slot slot = ref slots[place];
            if (slot.Head == 0)
            {
                return -1;
            }

            if (slot.User == user)
            {
                return slot.Head - 1;
            }
        }
    }

    /// <summary>Sets the first part of a user.</summary>
    public void Set(ulong user, int part)
    {
        if (4L * (Count + 1) > 3L * _slots.Length)
        {
            Grow();
        }

        ref Slot slot = ref SlotFor(user);
        Count += slot.Head == 0 ? 1 : 0;
        slot = new Slot { User = user, Head = part + 1 };
    }

    /// <summary>Removes a user, who is there.</summary>
    public void Remove(ulong user)
    {
        int mask = _slots.Length - 1;
        int hole = PlaceOf(user);
        while (_slots[hole].User != user || _slots[hole].Head == 0)
        {
            hole = (hole + 1) & mask;
        }

        // What follows moves up, unless it would come before its own place.
        for (int next = (hole + 1) & mask; _slots[next].Head != 0; next = (next + 1) & mask)
        {
            int own = PlaceOf(_slots[next].User);
            if (((next - own) & mask) >= ((next - hole) & mask))
            {
                _slots[hole] = _slots[next];
                hole = next;
            }
        }

        _slots[hole] = default;
        Count--;
    }

    /// <summary>The first parts of all users.</summary>
    public IEnumerable<int> Heads()
    {
        foreach (Slot slot in _slots)
        {
            if (slot.Head != 0)
            {
                yield return slot.Head - 1;
            }
        }
    }

    private ref Slot SlotFor(ulong user)
    {
        int place = PlaceOf(user);
        while (_slots[place].Head != 0 && _slots[place].User != user)
        {
            place = (place + 1) & (_slots.Length - 1);
        }

        return ref _slots[place];
    }

    private void Grow()
    {
        Slot[] before = _slots;
        _slots = new Slot[2 * before.Length];
        _shift = 64 - BitOperations.Log2((uint)_slots.Length);
        foreach (Slot slot in before)
        {
            if (slot.Head != 0)
            {
                SlotFor(slot.User) = slot;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int PlaceOf(ulong user) => unchecked((int)((user * _factor) >> _shift));

    private struct Slot
    {
        public ulong User;
        public int Head; // the first part, plus 1
    }
}

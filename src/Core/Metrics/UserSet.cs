using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Tidemark.Core.Metrics;

/// <summary>
/// A set of 64-bit user hashes: exact up to its limit, then the <see cref="HyperLogLog"/> of all of them. Whether a union is exact depends
/// only on its size and the limit, not on how it was partitioned. A set that has become a sketch stays one. Not thread-safe.
/// </summary>
public sealed class UserSet
{
    /// <summary>The maximum limit.</summary>
    public const int MaxLimit = 1 << 24;

    private const int SmallestTable = 16;
    private const int BlockSlots = 256; // the cache lines that a block prefetches fit the L1 cache

    // Secret, so that chosen user ids cannot be made to collide; the same for every set, so that walking one table in slot order inserts
    // into another in slot order, which accesses memory sequentially.
    private static readonly ulong Multiplier = MemoryMarshal.Read<ulong>(RandomNumberGenerator.GetBytes(8)) | 1;

    private readonly int _limit;
    private HyperLogLog? _sketch;
    private ulong[] _table;
    private int _shift;
    private int _count;
    private int _growAt;
    private bool _hasZero; // 0 marks an empty slot

    /// <summary>An empty set.</summary>
    /// <param name="limit">The number of users kept exactly, 0 to <see cref="MaxLimit"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is out of range.</exception>
    public UserSet(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxLimit);
        _limit = limit;
        _table = [];
        SetTable(new ulong[SmallestTable]);
    }

    /// <summary>The number of users kept exactly.</summary>
    public int Limit => _limit;

    /// <summary>Whether <see cref="Count"/> is exact.</summary>
    public bool IsExact => _sketch is null;

    /// <summary>Whether the set is empty.</summary>
    public bool IsEmpty => _sketch is null && _count == 0;

    /// <summary>
    /// The number of distinct users: exact if <see cref="IsExact"/>, else an estimate (computed at each call, about 10 microseconds).
    /// </summary>
    public long Count => _sketch is null ? _count : _sketch.Estimate();

    /// <summary>Adds a user.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ulong hash)
    {
        if (_sketch is not null)
        {
            _sketch.Add(hash);
        }
        else if (hash == 0)
        {
            AddZero();
        }
        else
        {
            AddExact(hash);
        }
    }

    /// <summary>Prefetches the memory that <see cref="Add"/> of the hash will access. Useful about ten additions ahead.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(ulong hash)
    {
        // A sketch of 16 KB stays in the cache anyway.
        ref ulong first = ref MemoryMarshal.GetArrayDataReference(_table);
        CacheHint.Load(ref Unsafe.Add(ref first, (nuint)(unchecked(hash * Multiplier) >> _shift)));
    }

    /// <summary>Adds every user of <paramref name="other"/>, which is not changed.</summary>
    public void Merge(UserSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (ReferenceEquals(this, other))
        {
            return;
        }

        if (other._sketch is not null)
        {
            if (_sketch is null)
            {
                BecomeSketch();
            }

            _sketch!.Merge(other._sketch);
            return;
        }

        if (_sketch is null)
        {
            Reserve(_count + other._count);
        }

        if (other._hasZero)
        {
            Add(0);
        }

        Span<ulong> block = stackalloc ulong[BlockSlots];
        for (int start = 0; start < other._table.Length; start += BlockSlots)
        {
            ReadOnlySpan<ulong> users = Gather(other._table, start, block);
            foreach (ulong hash in users)
            {
                Prefetch(hash);
            }

            foreach (ulong hash in users)
            {
                Add(hash);
            }
        }
    }

    /// <summary>Counts the users of several sets, each user once, without building their union.</summary>
    /// <param name="sets">The sets; the scan is shortest when the largest one comes first.</param>
    /// <returns>
    /// The number of distinct users; null when the union is past the limit or a set is not exact, so that only a sketch could tell.
    /// </returns>
    internal static long? CountUnion(ReadOnlySpan<UserSet> sets)
    {
        long count = 0;
        for (int i = 0; i < sets.Length; i++)
        {
            if (!sets[i].IsExact)
            {
                return null;
            }

            count += i == 0 ? sets[0]._count : sets[i].CountOutside(sets[..i]);
        }

        return sets.Length > 0 && count > sets[0]._limit ? null : count;
    }

    /// <summary>A deep copy.</summary>
    internal UserSet Clone()
    {
        UserSet copy = new(_limit) { _sketch = _sketch?.Clone(), _count = _count, _hasZero = _hasZero };

        // Every slot is written, so the new table needs no clearing.
        ulong[] table = GC.AllocateUninitializedArray<ulong>(_table.Length);
        _table.CopyTo(table, 0);
        copy.SetTable(table);
        return copy;
    }

    /// <summary>Removes all users, so that the set is exact again, and keeps its table.</summary>
    internal void Clear()
    {
        Array.Clear(_table);
        _sketch = null;
        _hasZero = false;
        _count = 0;
    }

    /// <summary>A new sketch of the users.</summary>
    public HyperLogLog ToSketch()
    {
        if (_sketch is not null)
        {
            return _sketch.Clone();
        }

        HyperLogLog sketch = new();
        AddTo(sketch);
        return sketch;
    }

    /// <summary>The sketch, or null while the set is exact.</summary>
    internal HyperLogLog? Sketch => _sketch;

    /// <summary>Restores a decoded sketch, which this set then owns. The set must be empty.</summary>
    internal void Restore(HyperLogLog sketch) => _sketch = sketch;

    /// <summary>The hashes in ascending order.</summary>
    /// <exception cref="InvalidOperationException">The set is a sketch.</exception>
    internal ulong[] ToSortedArray()
    {
        ulong[] sorted = new ulong[_count];
        CopySorted(sorted);
        return sorted;
    }

    /// <summary>Writes the hashes in ascending order.</summary>
    /// <param name="destination">Exactly <see cref="Count"/> places.</param>
    /// <exception cref="InvalidOperationException">The set is a sketch.</exception>
    internal void CopySorted(Span<ulong> destination)
    {
        if (_sketch is not null)
        {
            throw new InvalidOperationException("The set is a sketch; it no longer has the hashes.");
        }

        int used = 0;
        if (_hasZero)
        {
            destination[used++] = 0;
        }

        foreach (ulong hash in _table)
        {
            if (hash != 0)
            {
                destination[used++] = hash;
            }
        }

        destination.Sort();
    }

    /// <summary>The size in bytes of the memory that <see cref="Clear"/> keeps.</summary>
    internal long KeptBytes => _table.Length * (long)sizeof(ulong);

    /// <summary>Makes room for a number of users, as far as the limit allows.</summary>
    internal void Reserve(int users)
    {
        // One table for the whole union: keys that arrive in slot order would cluster in a table that is still too small.
        long wanted = Math.Min(users, _limit);
        long slots = (long)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(wanted, 1));
        if (MaxLoad(slots) < wanted)
        {
            slots *= 2;
        }

        if (slots > _table.Length)
        {
            Rehash((int)slots);
        }
    }

    /// <summary>How many users are in none of the other sets, all of them exact.</summary>
    private long CountOutside(ReadOnlySpan<UserSet> others)
    {
        long count = _hasZero && !Any(others, 0) ? 1 : 0;
        Span<ulong> block = stackalloc ulong[BlockSlots];
        for (int start = 0; start < _table.Length; start += BlockSlots)
        {
            ReadOnlySpan<ulong> users = Gather(_table, start, block);
            foreach (ulong hash in users)
            {
                others[0].Prefetch(hash);
            }

            foreach (ulong hash in users)
            {
                count += Any(others, hash) ? 0 : 1;
            }
        }

        return count;

        static bool Any(ReadOnlySpan<UserSet> sets, ulong hash)
        {
            foreach (UserSet set in sets)
            {
                if (set.Contains(hash))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Whether an exact set holds a user.</summary>
    private bool Contains(ulong hash)
    {
        if (hash == 0)
        {
            return _hasZero;
        }

        int mask = _table.Length - 1;
        int i = (int)(unchecked(hash * Multiplier) >> _shift);
        while (_table[i] != 0 && _table[i] != hash)
        {
            i = (i + 1) & mask;
        }

        return _table[i] == hash;
    }

    private static long MaxLoad(long slots) => slots / 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddExact(ulong hash)
    {
        unchecked
        {
            ulong[] table = _table;
            ref ulong first = ref MemoryMarshal.GetArrayDataReference(table);
            nuint mask = (nuint)(table.Length - 1);
            nuint i = (nuint)((hash * Multiplier) >> _shift);
            for (; ; )
            {
                ref ulong slot = ref Unsafe.Add(ref first, i);
                if (slot == hash)
                {
                    return;
                }

                if (slot == 0)
                {
                    if (_count >= _growAt)
                    {
                        AddFull(hash);
                        return;
                    }

                    slot = hash;
                    _count++;
                    return;
                }

                i = (i + 1) & mask;
            }
        }
    }

    private void AddZero()
    {
        if (_hasZero)
        {
            return;
        }

        if (_count >= _limit)
        {
            AddFull(0);
            return;
        }

        _hasZero = true;
        _count++;
    }

    /// <summary>Adds a new user when the table or the limit is full.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddFull(ulong hash)
    {
        if (_count < _limit)
        {
            Rehash(_table.Length * 2);
        }
        else
        {
            BecomeSketch();
        }

        Add(hash);
    }

    private void BecomeSketch()
    {
        HyperLogLog sketch = new();
        AddTo(sketch);
        _sketch = sketch;
        _hasZero = false;
        _count = 0;
        SetTable(new ulong[SmallestTable]);
    }

    internal void AddTo(HyperLogLog sketch)
    {
        if (_hasZero)
        {
            sketch.Add(0);
        }

        foreach (ulong hash in _table)
        {
            if (hash != 0)
            {
                sketch.Add(hash);
            }
        }
    }

    private void Rehash(int slots)
    {
        ulong[] old = _table;
        SetTable(new ulong[slots]);
        ref ulong first = ref MemoryMarshal.GetArrayDataReference(_table);
        nuint mask = (nuint)(slots - 1);
        Span<ulong> block = stackalloc ulong[BlockSlots];
        for (int start = 0; start < old.Length; start += BlockSlots)
        {
            foreach (ulong hash in Gather(old, start, block))
            {
                nuint i = (nuint)(unchecked(hash * Multiplier) >> _shift);
                while (Unsafe.Add(ref first, i) != 0)
                {
                    i = unchecked(i + 1) & mask;
                }

                Unsafe.Add(ref first, i) = hash;
            }
        }
    }

    /// <summary>
    /// Collects the hashes of one block of slots. Which slots are empty cannot be predicted, so they are skipped without a branch.
    /// </summary>
    private static ReadOnlySpan<ulong> Gather(ulong[] table, int start, Span<ulong> block)
    {
        unchecked
        {
            int used = 0;
            foreach (ulong hash in table.AsSpan(start, Math.Min(block.Length, table.Length - start)))
            {
                block[used] = hash; // used is at most the number of slots seen
                used += hash != 0 ? 1 : 0;
            }

            return block[..used];
        }
    }

    private void SetTable(ulong[] table)
    {
        _table = table;
        _shift = 64 - BitOperations.Log2((uint)table.Length);
        _growAt = (int)Math.Min(_limit, MaxLoad(table.Length));
    }
}

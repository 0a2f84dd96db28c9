using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tidemark.Core.Parsing;

namespace Tidemark.Core.Metrics;

/// <summary>
/// Counts per key: exact while there are no more distinct keys than the capacity, then Space-Saving with bounded memory and a known error
/// bound.
/// Not thread-safe.
/// </summary>
/// <remarks>
/// Space-Saving: Metwally, Agrawal and El Abbadi, "Efficient Computation of Frequent and Top-k Elements in Data Streams", ICDT 2005.
/// Merging: Agarwal, Cormode, Huang, Phillips, Wei and Yi, "Mergeable Summaries", PODS 2012. Every key counted more often than
/// total / capacity is kept, and no count is below the true one. Which keys are kept depends only on what was counted and in which order:
/// ties are broken by the keys' content, so a counter that was encoded and decoded behaves exactly as the original would.
/// </remarks>
public sealed partial class KeyCounter
{
    /// <summary>The maximum capacity.</summary>
    public const int MaxCapacity = 1_000_000;

    private readonly int _capacity;
    private long _maxError;

    /// <summary>An empty counter.</summary>
    /// <param name="capacity">Distinct keys counted exactly, 1 to <see cref="MaxCapacity"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is out of range.</exception>
    public KeyCounter(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, MaxCapacity);
        _capacity = capacity;
    }

    /// <summary>The number of distinct keys counted exactly, and the maximum number of keys kept.</summary>
    public int Capacity => _capacity;

    /// <summary>The number of keys kept.</summary>
    public int Count => _count;

    /// <summary>
    /// The error bound, 0 while exact: no count exceeds the true one by more, and no key that is not kept was counted more often.
    /// Every kept count is at least this.
    /// </summary>
    public long MaxError => _maxError;

    /// <summary>Whether every count is exact.</summary>
    public bool IsExact => _maxError == 0;

    /// <summary>Counts a key.</summary>
    /// <param name="hash"><see cref="EventKey.Hash"/> of the key.</param>
    /// <param name="key">Valid UTF-8 of at most <see cref="EventKey.MaxStoredBytes"/> bytes.</param>
    /// <param name="count">The number to add, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is below 1, or the key too long.</exception>
    /// <exception cref="OverflowException">The key's count exceeds the range of a long.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(uint hash, ReadOnlySpan<byte> key, long count = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        int index = Find(hash, key);
        if (index >= 0)
        {
            EntryAt(index).Count += count;
        }
        else
        {
            AddNew(hash, key, count);
        }
    }

    /// <summary>Prefetches the slot that <see cref="Add"/> of the hash reads first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(uint hash)
        => CacheHint.Load(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_slots), hash & (uint)(_slots.Length - 1)));

    /// <summary>The count of a key; 0 when it is not kept.</summary>
    public long CountOf(ReadOnlySpan<byte> key)
    {
        int index = Find(EventKey.Hash(key), key);
        return index < 0 ? 0 : _entries[index].Count;
    }

    /// <summary>
    /// Adds the counts of <paramref name="other"/>, which is not changed. The result is exact when both are and all keys fit. Otherwise a
    /// key that one of them does not keep is assumed to have been counted there as often as its error allows, the errors add up, and of too
    /// many keys the greatest are kept.
    /// </summary>
    /// <exception cref="ArgumentException"><paramref name="other"/> is this counter.</exception>
    /// <exception cref="OverflowException">A count exceeds the range of a long; the counter must not be used afterwards.</exception>
    public void Merge(KeyCounter other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (ReferenceEquals(this, other))
        {
            throw new ArgumentException("A counter cannot be merged with itself.", nameof(other));
        }

        long mine = _maxError;
        long theirs = other._maxError;
        if (theirs > 0)
        {
            foreach (ref Entry entry in _entries.AsSpan(0, _count))
            {
                entry.Count += theirs;
            }
        }

        _heapSize = 0;
        for (int i = 0; i < other._count; i++)
        {
            ref Entry entry = ref other._entries[i];
            int index = entry.Length <= InlineBytes
                ? FindShort(entry.Hash, entry.Low, entry.High, entry.Length)
                : FindLong(entry.Hash, other.LongBytes(in entry));
            if (index >= 0)
            {
                // The error was added to every key above.
                _entries[index].Count += entry.Count - theirs;
            }
            else
            {
                Insert(in entry, other, entry.Count + mine);
            }
        }

        _maxError = mine + theirs;
        if (_count > _capacity)
        {
            Truncate(_capacity);
        }
    }

    /// <summary>Removes all keys, so that the counter is exact again, and keeps the memory.</summary>
    internal void Clear()
    {
        Array.Clear(_slots);
        _count = 0;
        _arenaUsed = 0;
        _arenaWaste = 0;
        _heapSize = 0;
        _maxError = 0;
    }

    /// <summary>The size in bytes of the memory that <see cref="Clear"/> keeps.</summary>
    internal long KeptBytes =>
        ((_slots.Length + _places.Length) * (long)sizeof(ulong)) + ((_entries.Length + _heap.Length) * (long)EntryBytes) + _arena.Length;

    /// <summary>The place of a key, for <see cref="TryAddAt"/>; -1 when it is not kept.</summary>
    internal int PlaceOf(uint hash, ReadOnlySpan<byte> key) => Find(hash, key);

    /// <summary>Counts the key at a place once. Returns false once keys have been evicted, because places may then have changed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryAddAt(int place)
    {
        if (_maxError != 0)
        {
            return false;
        }

        EntryAt(place).Count++;
        return true;
    }

    /// <summary>Restores a decoded key. Call <see cref="Restored"/> after the last one.</summary>
    /// <param name="key">A key that is not kept yet.</param>
    /// <param name="count">Its count, at least 1.</param>
    internal void Restore(ReadOnlySpan<byte> key, long count) => Insert(EventKey.Hash(key), key, count);

    /// <summary>Ends a series of <see cref="Restore"/>.</summary>
    internal void Restored(long maxError)
    {
        _maxError = maxError;
        if (_count > _capacity)
        {
            Truncate(_capacity);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddNew(uint hash, ReadOnlySpan<byte> key, long count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, EventKey.MaxStoredBytes, nameof(key));
        if (_count < _capacity)
        {
            // The key may have been evicted before, with a count of up to the error.
            Insert(hash, key, count + _maxError);
        }
        else
        {
            ReplaceLeast(hash, key, count);
        }
    }
}

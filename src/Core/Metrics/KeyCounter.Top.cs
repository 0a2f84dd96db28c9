using System.Buffers.Binary;
using System.Text;

namespace Tidemark.Core.Metrics;

/// <content>Reading the counts in order.</content>
public sealed partial class KeyCounter
{
    private const int FewKeys = 8;

    /// <summary>The keys with the greatest counts: by count, descending, then by the key's UTF-8 bytes, ascending.</summary>
    /// <param name="n">The maximum number of keys, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="n"/> is negative.</exception>
    public KeyCount[] Top(int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        n = Math.Min(n, _count);
        if (n == 0)
        {
            return [];
        }

        return ToKeyCounts(n < _count / 8 ? SelectTop(n) : SortedIndices(n));
    }

    /// <summary>All keys: by count, descending, then by the key's UTF-8 bytes, ascending.</summary>
    public KeyCount[] All() => Top(_count);

    /// <summary>Writes the entries' indices in the order of their keys' bytes.</summary>
    /// <param name="indices">Exactly <see cref="Count"/> places.</param>
    /// <param name="words">As many places; overwritten.</param>
    internal void CopyInOrderOfKeys(Span<int> indices, Span<ulong> words)
    {
        for (int i = 0; i < indices.Length; i++)
        {
            indices[i] = i;
        }

        SortByKeys(indices, words);
    }

    /// <summary>
    /// Sorts entries by their keys. Keys such as URLs share a prefix; the 8 bytes after it distinguish most of them, and numbers sort
    /// faster than text.
    /// </summary>
    private void SortByKeys(Span<int> indices, Span<ulong> words)
    {
        if (indices.Length <= FewKeys)
        {
            SortFewByKeys(indices);
            return;
        }

        int shared = SharedPrefix(indices);
        Span<byte> scratch = stackalloc byte[InlineBytes];
        for (int i = 0; i < indices.Length; i++)
        {
            words[i] = FirstWord(Bytes(in _entries[indices[i]], scratch)[shared..]);
        }

        words.Sort(indices);
        for (int start = 0; start < indices.Length;)
        {
            int end = start + 1;
            while (end < indices.Length && words[end] == words[start])
            {
                end++;
            }

            // A word that ends with a zero may belong to a key that has ended: further words would then not distinguish the keys.
            if ((words[start] & 0xFF) != 0 || end - start <= FewKeys)
            {
                SortByKeys(indices[start..end], words[start..end]);
            }
            else
            {
                indices[start..end].Sort(CompareKeys);
            }

            start = end;
        }
    }

    /// <summary>The length in bytes of the prefix that all keys share.</summary>
    private int SharedPrefix(ReadOnlySpan<int> indices)
    {
        Span<byte> scratch = stackalloc byte[InlineBytes];
        Span<byte> firstScratch = stackalloc byte[InlineBytes];
        ReadOnlySpan<byte> shared = Bytes(in _entries[indices[0]], firstScratch);
        foreach (int index in indices[1..])
        {
            shared = shared[..shared.CommonPrefixLength(Bytes(in _entries[index], scratch))];
        }

        return shared.Length;
    }

    /// <summary>Insertion sort.</summary>
    private void SortFewByKeys(Span<int> indices)
    {
        for (int i = 1; i < indices.Length; i++)
        {
            int index = indices[i];
            int at = i;
            for (; at > 0 && CompareKeys(indices[at - 1], index) > 0; at--)
            {
                indices[at] = indices[at - 1];
            }

            indices[at] = index;
        }
    }

    /// <summary>The first 8 bytes as a big-endian number, padded with zeros.</summary>
    private static ulong FirstWord(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= sizeof(ulong))
        {
            return BinaryPrimitives.ReadUInt64BigEndian(bytes);
        }

        ulong word = 0;
        for (int i = 0; i < sizeof(ulong); i++)
        {
            word = (word << 8) | (i < bytes.Length ? bytes[i] : 0u);
        }

        return word;
    }

    /// <summary>The key and count of an entry by its index.</summary>
    /// <param name="index">An index from <see cref="CopyInOrderOfKeys"/>.</param>
    /// <param name="scratch">At least 16 bytes; the returned key may be in it.</param>
    /// <param name="count">The count.</param>
    internal ReadOnlySpan<byte> KeyAt(int index, Span<byte> scratch, out long count)
    {
        count = _entries[index].Count;
        return Bytes(in _entries[index], scratch);
    }

    /// <summary>The first n entries in order, without sorting the rest: a heap of n whose root is the last of them.</summary>
    private int[] SelectTop(int n)
    {
        PriorityQueue<int, int> worstFirst = new(n + 1, Comparer<int>.Create((a, b) => CompareRank(b, a)));
        long bar = 0;
        for (int i = 0; i < _count; i++)
        {
            if (worstFirst.Count < n)
            {
                worstFirst.Enqueue(i, i);
            }
            else if (_entries[i].Count >= bar)
            {
                worstFirst.EnqueueDequeue(i, i);
            }
            else
            {
                continue;
            }

            bar = worstFirst.Count < n ? 0 : _entries[worstFirst.Peek()].Count;
        }

        int[] indices = new int[n];
        for (int i = n - 1; i >= 0; i--)
        {
            indices[i] = worstFirst.Dequeue();
        }

        return indices;
    }

    private int[] SortedIndices(int n)
    {
        int[] indices = AllIndices();
        indices.AsSpan().Sort(CompareRank);
        return n == indices.Length ? indices : indices[..n];
    }

    private int[] AllIndices()
    {
        int[] indices = new int[_count];
        for (int i = 0; i < indices.Length; i++)
        {
            indices[i] = i;
        }

        return indices;
    }

    private KeyCount[] ToKeyCounts(int[] indices)
    {
        Span<byte> scratch = stackalloc byte[InlineBytes];
        KeyCount[] result = new KeyCount[indices.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            ReadOnlySpan<byte> key = KeyAt(indices[i], scratch, out long count);
            result[i] = new KeyCount(Encoding.UTF8.GetString(key), count);
        }

        return result;
    }

    private int CompareRank(int a, int b)
    {
        int byCount = _entries[b].Count.CompareTo(_entries[a].Count);
        return byCount != 0 ? byCount : CompareKeys(a, b);
    }

    private int CompareKeys(int a, int b)
    {
        Span<byte> scratchA = stackalloc byte[InlineBytes];
        Span<byte> scratchB = stackalloc byte[InlineBytes];
        return Bytes(in _entries[a], scratchA).SequenceCompareTo(Bytes(in _entries[b], scratchB));
    }
}

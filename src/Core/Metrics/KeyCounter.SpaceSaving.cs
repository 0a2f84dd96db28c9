using System.Runtime.CompilerServices;

namespace Tidemark.Core.Metrics;

/// <content>Eviction of the smallest key when there are more keys than the capacity.</content>
public sealed partial class KeyCounter
{
    private const int Children = 4; // a flatter heap: fewer steps, and the children of a node share a cache line or two

    // Built when the first key is evicted. Its counts may lag behind the entries' counts (which only grow), so that counting a kept key
    // needs no heap operation; the root is updated before it is used.
    private Node[] _heap = [];
    private int _heapSize;

    /// <summary>A node of the heap. Equal counts are ordered by MurmurHash64A of the key, then by its bytes: by content alone.</summary>
    private struct Node
    {
        public long Count;
        public ulong Tie;
        public int Index;
    }

    private void ReplaceLeast(uint hash, ReadOnlySpan<byte> key, long count)
    {
        if (_heapSize == 0)
        {
            BuildHeap();
        }

        ref Node root = ref _heap[0];
        while (root.Count != _entries[root.Index].Count)
        {
            SiftDown(root with { Count = _entries[root.Index].Count }, 0);
        }

        ref Entry entry = ref _entries[root.Index];
        long error = Math.Max(_maxError, entry.Count);
        long estimate = error + count;
        RemoveSlot(entry.Hash, root.Index);
        PutSlot(hash, root.Index);
        StoreKey(ref entry, key);
        entry.Hash = hash;
        entry.Count = estimate;
        _maxError = error;
        SiftDown(new Node { Count = estimate, Tie = MurmurHash64A.Hash(key), Index = root.Index }, 0);
    }

    private void BuildHeap()
    {
        if (_heap.Length < _count)
        {
            _heap = new Node[_capacity];
        }

        FillNodes(_heap);
        _heapSize = _count;
        for (int i = (_heapSize - 2) / Children; i >= 0; i--)
        {
            SiftDown(_heap[i], i);
        }
    }

    private void FillNodes(Node[] nodes)
    {
        Span<byte> scratch = stackalloc byte[InlineBytes];
        for (int i = 0; i < _count; i++)
        {
            ref Entry entry = ref _entries[i];
            nodes[i] = new Node { Count = entry.Count, Tie = MurmurHash64A.Hash(Bytes(in entry, scratch)), Index = i };
        }
    }

    /// <summary>Moves a node down from a place to where it belongs.</summary>
    private void SiftDown(Node node, int place)
    {
        Node[] heap = _heap;
        int size = _heapSize;
        for (; ; )
        {
            int child = (place * Children) + 1;
            if (child >= size)
            {
                break;
            }

            int least = child;
            int end = Math.Min(child + Children, size);
            for (int i = child + 1; i < end; i++)
            {
                if (GoesBefore(in heap[i], in heap[least]))
                {
                    least = i;
                }
            }

            if (!GoesBefore(in heap[least], in node))
            {
                break;
            }

            heap[place] = heap[least];
            place = least;
        }

        heap[place] = node;
    }

    /// <summary>Whether <paramref name="a"/> is evicted before <paramref name="b"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool GoesBefore(in Node a, in Node b)
    {
        if (a.Count != b.Count)
        {
            return a.Count < b.Count;
        }

        return a.Tie != b.Tie ? a.Tie > b.Tie : a.Index != b.Index && BytesGreater(a.Index, b.Index);
    }

    private bool BytesGreater(int a, int b)
    {
        Span<byte> scratchA = stackalloc byte[InlineBytes];
        Span<byte> scratchB = stackalloc byte[InlineBytes];
        return Bytes(in _entries[a], scratchA).SequenceCompareTo(Bytes(in _entries[b], scratchB)) > 0;
    }

    /// <summary>Evicts the smallest keys until at most <paramref name="most"/> are left, as if that were the capacity.</summary>
    /// <param name="most">At least 1.</param>
    internal void Shrink(int most)
    {
        if (_count > most)
        {
            Truncate(most);
        }
    }

    /// <summary>Evicts the smallest keys until <paramref name="most"/> are left; the error rises to the greatest evicted count.</summary>
    private void Truncate(int most)
    {
        int excess = _count - most;
        Node[] nodes = new Node[_count];
        FillNodes(nodes);
        SelectLeast(nodes, excess);
        long error = _maxError;
        for (int i = 0; i < excess; i++)
        {
            ref Entry dropped = ref _entries[nodes[i].Index];
            error = Math.Max(error, dropped.Count);
            dropped.Count = 0; // kept counts are at least 1
        }

        int kept = 0;
        for (int i = 0; i < _count; i++)
        {
            if (_entries[i].Count != 0)
            {
                _entries[kept++] = _entries[i];
            }
            else if (_entries[i].Length > InlineBytes)
            {
                _arenaWaste += (int)_entries[i].High;
            }
        }

        _count = kept;
        _maxError = error;
        _heapSize = 0;
        Array.Clear(_slots);
        RefillSlots();
        if (_arenaWaste > _arenaUsed / 2)
        {
            MoveKeys(_arena);
        }
    }

    /// <summary>Moves the nodes to evict to the front (Hoare's selection).</summary>
    private void SelectLeast(Node[] nodes, int wanted)
    {
        int low = 0, high = nodes.Length - 1;
        while (low < high)
        {
            // Random, so that no order of arrival makes this slow; the result does not depend on it.
            Node pivot = nodes[Random.Shared.Next(low, high + 1)];
            int i = low, j = high;
            while (i <= j)
            {
                while (GoesBefore(in nodes[i], in pivot))
                {
                    i++;
                }

                while (GoesBefore(in pivot, in nodes[j]))
                {
                    j--;
                }

                if (i <= j)
                {
                    (nodes[i], nodes[j]) = (nodes[j], nodes[i]);
                    i++;
                    j--;
                }
            }

            if (wanted - 1 <= j)
            {
                high = j;
            }
            else if (wanted - 1 >= i)
            {
                low = i;
            }
            else
            {
                return;
            }
        }
    }
}

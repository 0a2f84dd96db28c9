namespace Tidemark.Engine.Sessions;

/// <summary>
/// Short lists of numbers, each in one piece of memory of 4, 8, 16, ... places that another list uses again. Not thread-safe.
/// </summary>
internal sealed class NumberLists
{
    /// <summary>No list; its length is 0.</summary>
    public const int None = -1;

    private const int ChunkBits = 14;
    private const int LeastBits = 2;
    private const int IndexBits = 27; // a list is its size class and its number there

    private readonly SizeClass[] _classes = [.. Enumerable.Range(LeastBits, ChunkBits - LeastBits + 1).Select(bits => new SizeClass(bits))];

    /// <summary>The numbers of a list.</summary>
    /// <param name="list">The list, or <see cref="None"/>.</param>
    /// <param name="count">Their number.</param>
    public Span<int> this[int list, int count] => list < 0 ? default : _classes[list >> IndexBits].Block(list & ((1 << IndexBits) - 1))[..count];

    /// <summary>Adds a number to the end of a list, which may move it.</summary>
    /// <param name="list">The list, or <see cref="None"/>.</param>
    /// <param name="count">Its length before.</param>
    /// <param name="number">The number.</param>
    /// <returns>The list.</returns>
    public int Add(int list, int count, int number)
    {
        int size = list < 0 ? -1 : list >> IndexBits;
        if (list < 0 || count == _classes[size].Length)
        {
            int larger = ((size + 1) << IndexBits) | _classes[size + 1].Take();
            this[list, count].CopyTo(this[larger, count + 1]);
            Free(list);
            list = larger;
        }

        this[list, count + 1][count] = number;
        return list;
    }

    /// <summary>Frees a list, or none.</summary>
    public void Free(int list)
    {
        if (list >= 0)
        {
            _classes[list >> IndexBits].Free(list & ((1 << IndexBits) - 1));
        }
    }

    private sealed class SizeClass(int bits)
    {
        private readonly Stack<int> _free = [];
        private readonly List<int[]> _chunks = [];
        private int _used;

        public int Length => 1 << bits;

        public Span<int> Block(int block) =>
            _chunks[block >> (ChunkBits - bits)].AsSpan((block & ((1 << (ChunkBits - bits)) - 1)) << bits, 1 << bits);

        public int Take()
        {
            if (_free.TryPop(out int block))
            {
                return block;
            }

            if (_used >> (ChunkBits - bits) == _chunks.Count)
            {
                _chunks.Add(new int[1 << ChunkBits]);
            }

            return _used++;
        }

        public void Free(int block) => _free.Push(block);
    }
}

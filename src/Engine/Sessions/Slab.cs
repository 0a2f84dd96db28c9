using System.Runtime.CompilerServices;

namespace Tidemark.Engine.Sessions;

/// <summary>
/// Numbered places for values, in chunks: growing copies nothing and wastes at most a chunk, and a place that is free again is used again. A
/// reference stays valid until its place is freed. Not thread-safe.
/// </summary>
internal sealed class Slab<T>
    where T : struct
{
    private const int ChunkBits = 12;
    private const int ChunkLength = 1 << ChunkBits;

    private readonly Stack<int> _free = [];
    private T[][] _chunks = [];
    private int _used;

    /// <summary>The number of places in use.</summary>
    public int Count => _used - _free.Count;

    /// <summary>The numbers of all places are below this one.</summary>
    public int End => _used;

    /// <summary>The value at a place.</summary>
    public ref T this[int place]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _chunks[place >> ChunkBits][place & (ChunkLength - 1)];
    }

    /// <summary>Takes a place. Its value is what was there before.</summary>
    public int Take()
    {
        if (_free.TryPop(out int place))
        {
            return place;
        }

        if (_used == _chunks.Length << ChunkBits)
        {
            Array.Resize(ref _chunks, _chunks.Length + 1);
            _chunks[^1] = new T[ChunkLength];
        }

        return _used++;
    }

    /// <summary>Frees a place.</summary>
    public void Free(int place) => _free.Push(place);
}

namespace Tidemark.Core.Metrics;

/// <summary>Reusable buffers for encoding an accumulator. Each thread caches one instance unless it has grown large.</summary>
internal sealed class EncodeScratch
{
    private const int MaxKeptBytes = 1 << 20;

    [ThreadStatic]
    private static EncodeScratch? _kept;

    private ulong[] _words = new ulong[256];
    private int[] _indices = new int[256];

    /// <summary>The binary form so far; empty at first.</summary>
    public ByteWriter Writer { get; } = new(1024);

    /// <summary>The section being written, which is preceded by its length; empty at first.</summary>
    public ByteWriter Section { get; } = new(1024);

    /// <summary>Takes an instance for exclusive use.</summary>
    public static EncodeScratch Take()
    {
        EncodeScratch scratch = _kept ?? new EncodeScratch();
        _kept = null;
        return scratch;
    }

    /// <summary>Returns the instance to the cache.</summary>
    /// <returns>The binary form.</returns>
    public byte[] Return()
    {
        byte[] written = Writer.Written.ToArray();
        Writer.Clear();
        if (Writer.Capacity + Section.Capacity + (_words.Length * sizeof(ulong)) + (_indices.Length * sizeof(int)) <= MaxKeptBytes)
        {
            _kept = this;
        }

        return written;
    }

    /// <summary>The hashes of an exact set in ascending order; valid until the next call.</summary>
    public ReadOnlySpan<ulong> Sorted(UserSet users)
    {
        Span<ulong> words = Words((int)users.Count);
        users.CopySorted(words);
        return words;
    }

    /// <summary>The indices of a counter's entries in the order of their keys' bytes; valid until the next call.</summary>
    public ReadOnlySpan<int> InOrderOfKeys(KeyCounter counter)
    {
        if (_indices.Length < counter.Count)
        {
            _indices = new int[Math.Max(counter.Count, _indices.Length * 2)];
        }

        Span<int> indices = _indices.AsSpan(0, counter.Count);
        counter.CopyInOrderOfKeys(indices, Words(counter.Count));
        return indices;
    }

    private Span<ulong> Words(int count)
    {
        if (_words.Length < count)
        {
            _words = new ulong[Math.Max(count, _words.Length * 2)];
        }

        return _words.AsSpan(0, count);
    }
}

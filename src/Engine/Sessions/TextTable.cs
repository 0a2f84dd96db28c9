using System.Buffers.Binary;

namespace Tidemark.Engine.Sessions;

/// <summary>
/// Texts by number, each kept while it is referred to. Equal texts that are shared have one number. Their bytes lie in chunks of 64 KiB; one that
/// is mostly unused is emptied, so the memory follows what is in use. Not thread-safe.
/// </summary>
internal sealed class TextTable
{
    /// <summary>No text.</summary>
    public const int None = -1;

    private const int ChunkBytes = 1 << 16;
    private const int HeaderBytes = 6; // of a text in its chunk: its number and its length

    private readonly Slab<Entry> _entries = new();
    private readonly List<byte[]> _chunks = [];
    private readonly List<int> _liveBytes = [];
    private readonly Stack<int> _freeChunks = [];
    private int[] _heads = new int[1024]; // by hash: the number of the first entry, plus 1
    private int _shared;
    private int _current = -1;
    private int _used = ChunkBytes;

    /// <summary>The number of texts.</summary>
    public int Count => _entries.Count;

    /// <summary>The memory of the texts in bytes: of their chunks, used or not.</summary>
    public long AllocatedBytes => (long)_chunks.Count * ChunkBytes;

    /// <summary>The bytes of a text, valid until the table is changed.</summary>
    public ReadOnlySpan<byte> this[int text]
    {
        get
        {
            ref Entry entry = ref _entries[text];
            return _chunks[entry.Chunk].AsSpan(entry.Offset, entry.Length);
        }
    }

    /// <summary>The number of a text that others may share; it counts one more reference.</summary>
    /// <param name="text">At most 65,000 bytes.</param>
    /// <param name="hash">A hash, always the same for equal texts.</param>
    public int Share(ReadOnlySpan<byte> text, uint hash)
    {
        int mask = _heads.Length - 1;
        for (int place = _heads[Place(hash, mask)] - 1; place >= 0; place = _entries[place].Next)
        {
            if (_entries[place].Hash == hash && this[place].SequenceEqual(text))
            {
                _entries[place].References++;
                return place;
            }
        }

        if (_shared > _heads.Length)
        {
            Grow();
            mask = _heads.Length - 1;
        }

        int added = Own(text);
        ref Entry entry = ref _entries[added];
        entry.IsShared = true;
        entry.Hash = hash;
        entry.Next = _heads[Place(hash, mask)] - 1;
        _heads[Place(hash, mask)] = added + 1;
        _shared++;
        return added;
    }

    /// <summary>The number of a text that nobody shares.</summary>
    public int Own(ReadOnlySpan<byte> text)
    {
        int added = _entries.Take();
        ref Entry entry = ref _entries[added];
        entry = new Entry { References = 1, Next = -1, Length = checked((ushort)text.Length) };
        Store(added, ref entry, text);
        return added;
    }

    /// <summary>Counts one more reference to a text, or to none.</summary>
    public int Keep(int text)
    {
        if (text >= 0)
        {
            _entries[text].References++;
        }

        return text;
    }

    /// <summary>Takes a reference to a text, or to none, away.</summary>
    public void Release(int text)
    {
        if (text < 0 || --_entries[text].References > 0)
        {
            return;
        }

        ref Entry entry = ref _entries[text];
        if (entry.IsShared)
        {
            Unlink(text, ref entry);
        }

        int chunk = entry.Chunk;
        _entries.Free(text);
        _liveBytes[chunk] -= HeaderBytes + entry.Length;
        if (chunk != _current)
        {
            EmptyIfMostlyUnused(chunk);
        }
    }

    private static int Place(uint hash, int mask) => (int)(hash & (uint)mask);

    private void Store(int number, ref Entry entry, ReadOnlySpan<byte> text)
    {
        int bytes = HeaderBytes + text.Length;
        int before = _current;
        if (_used + bytes > ChunkBytes)
        {
            NextChunk();
        }

        Span<byte> place = _chunks[_current].AsSpan(_used, bytes);
        BinaryPrimitives.WriteInt32LittleEndian(place, number);
        BinaryPrimitives.WriteUInt16LittleEndian(place[4..], (ushort)text.Length);
        text.CopyTo(place[HeaderBytes..]);
        entry.Chunk = _current;
        entry.Offset = (ushort)(_used + HeaderBytes);
        _liveBytes[_current] += bytes;
        _used += bytes;
        if (before >= 0 && before != _current)
        {
            // Its texts may have gone while it was the current one, and nothing looks at it again when the last of them has.
            EmptyIfMostlyUnused(before);
        }
    }

    private void NextChunk()
    {
        if (_freeChunks.TryPop(out int free))
        {
            _current = free;
        }
        else
        {
            _current = _chunks.Count;
            _chunks.Add(new byte[ChunkBytes]);
            _liveBytes.Add(0);
        }

        _liveBytes[_current] = 0;
        _used = 0;
    }

    /// <summary>Moves what is in use of a chunk to the current one, if that is less than half of it.</summary>
    private void EmptyIfMostlyUnused(int chunk)
    {
        if (_liveBytes[chunk] >= ChunkBytes / 2)
        {
            return;
        }

        byte[] bytes = _chunks[chunk];
        for (int at = 0, left = _liveBytes[chunk]; left > 0;)
        {
            int number = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
            int length = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at + 4));
            ref Entry entry = ref _entries[number];
            if (entry.References > 0 && entry.Chunk == chunk && entry.Offset == at + HeaderBytes)
            {
                left -= HeaderBytes + length;
                Store(number, ref entry, bytes.AsSpan(at + HeaderBytes, length));
            }

            at += HeaderBytes + length;
        }

        _liveBytes[chunk] = 0;
        _freeChunks.Push(chunk);
    }

    private void Unlink(int text, ref Entry entry)
    {
        ref int head = ref _heads[Place(entry.Hash, _heads.Length - 1)];
        if (head - 1 == text)
        {
            head = entry.Next + 1;
        }
        else
        {
            int before = head - 1;
            while (_entries[before].Next != text)
            {
                before = _entries[before].Next;
            }

            _entries[before].Next = entry.Next;
        }

        _shared--;
    }

    private void Grow()
    {
        int[] before = _heads;
        _heads = new int[2 * before.Length];
        int mask = _heads.Length - 1;
        foreach (int head in before)
        {
            for (int place = head - 1; place >= 0;)
            {
                ref Entry entry = ref _entries[place];
                int next = entry.Next;
                entry.Next = _heads[Place(entry.Hash, mask)] - 1;
                _heads[Place(entry.Hash, mask)] = place + 1;
                place = next;
            }
        }
    }

    private struct Entry
    {
        public int Next;
        public int References;
        public uint Hash;
        public int Chunk;
        public ushort Offset;
        public ushort Length;
        public bool IsShared;
    }
}

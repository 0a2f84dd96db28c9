using System.Collections.Immutable;
using System.IO.Hashing;
using System.Text.Json;

namespace Tidemark.Cli.Sources;

/// <summary>
/// The files that were counted, known by what they say. Bounded: past <see cref="Capacity"/> the oldest are forgotten, and would be counted
/// again. Thread-safe.
/// </summary>
internal sealed class FileMemory
{
    /// <summary>Most files that are known.</summary>
    public const int Capacity = 100_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<(int HeadBytes, UInt128 Head), List<RememberedFile>> _byHead = [];
    private readonly SortedDictionary<int, int> _headLengths = [];
    private readonly Dictionary<string, RememberedFile> _byPath = new(StringComparer.Ordinal);
    private readonly Dictionary<FileIdentity, RememberedFile> _byFile = [];

    /// <summary>All of them, oldest first.</summary>
    public ImmutableList<RememberedFile> Files { get; private set; } = [];

    /// <summary>Adds a file that was counted.</summary>
    public void Add(RememberedFile file)
    {
        lock (_lock)
        {
            AddLocked(file);
        }
    }

    /// <summary>Takes a file out: it is being read again.</summary>
    public void Remove(RememberedFile file)
    {
        lock (_lock)
        {
            RemoveLocked(file);
        }
    }

    private void AddLocked(RememberedFile file)
    {
        // Nothing is known of a file of which nothing was read: it would be like every other one.
        if (file.Mark.HeadBytes == 0)
        {
            return;
        }

        Files = Files.Add(file);
        (int, UInt128) key = (file.Mark.HeadBytes, file.Mark.Head);
        if (!_byHead.TryGetValue(key, out List<RememberedFile>? same))
        {
            _byHead.Add(key, same = []);
        }

        same.Add(file);
        _byPath[file.Mark.Path] = file;
        if (file.Mark.File is { } identity)
        {
            _byFile[identity] = file;
        }

        _headLengths[file.Mark.HeadBytes] = _headLengths.GetValueOrDefault(file.Mark.HeadBytes) + 1;
        if (Files.Count > Capacity)
        {
            RemoveLocked(Files[0]);
        }
    }

    private void RemoveLocked(RememberedFile file)
    {
        Files = Files.Remove(file);
        if (_byPath.GetValueOrDefault(file.Mark.Path) == file)
        {
            _byPath.Remove(file.Mark.Path);
        }

        if (file.Mark.File is { } identity && _byFile.GetValueOrDefault(identity) == file)
        {
            _byFile.Remove(identity);
        }

        (int, UInt128) key = (file.Mark.HeadBytes, file.Mark.Head);
        if (_byHead.TryGetValue(key, out List<RememberedFile>? same) && same.Remove(file))
        {
            if (same.Count == 0)
            {
                _byHead.Remove(key);
            }

            int left = _headLengths[file.Mark.HeadBytes] - 1;
            if (left == 0)
            {
                _headLengths.Remove(file.Mark.HeadBytes);
            }
            else
            {
                _headLengths[file.Mark.HeadBytes] = left;
            }
        }
    }

    /// <summary>The last file that was counted at a path, or that was the same file; null when there is none.</summary>
    public RememberedFile? LastAt(string path, FileIdentity? file)
    {
        lock (_lock)
        {
            return _byPath.GetValueOrDefault(path) ?? (file is null ? null : _byFile.GetValueOrDefault(file));
        }
    }

    /// <summary>The files that start as a text does: likely ones first, by the same file, the same path, the farthest position.</summary>
    /// <param name="head">The first bytes of the text, up to <see cref="FileMark.SampleBytes"/>.</param>
    /// <param name="path">Where it lies.</param>
    /// <param name="file">Which file it is.</param>
    public IReadOnlyList<RememberedFile> StartingAs(ReadOnlySpan<byte> head, string path, FileIdentity? file)
    {
        List<RememberedFile> found = [];
        XxHash128 hash = new();
        int hashed = 0;
        lock (_lock)
        {
            foreach (int length in _headLengths.Keys)
            {
                if (length > head.Length)
                {
                    break;
                }

                hash.Append(head[hashed..length]);
                hashed = length;
                found.AddRange(_byHead.GetValueOrDefault((length, hash.GetCurrentHashAsUInt128())) ?? []);
            }
        }

        return
        [
            .. found.OrderByDescending(known => file is not null && known.Mark.File == file)
                .ThenByDescending(known => known.Mark.Path == path)
                .ThenByDescending(known => known.Mark.Position),
        ];
    }

}

/// <summary>A file that was counted, and the number that it is written under in the state, once it is.</summary>
internal sealed class RememberedFile(FileMark mark, long number = 0)
{
    /// <summary>How far, and how to know it.</summary>
    public FileMark Mark { get; } = mark;

    /// <summary>Its number in the state; 0 before it has one. Set by the thread that writes checkpoints.</summary>
    public long Number { get; set; } = number;

    /// <summary>The bytes that are written once.</summary>
    public byte[] ToBytes()
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            json.WriteStartObject();
            Mark.Write(json);
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    public static RememberedFile Of(ReadOnlyMemory<byte> bytes, long number)
    {
        using JsonDocument json = JsonDocument.Parse(bytes);
        return new RememberedFile(FileMark.Read(json.RootElement), number);
    }
}

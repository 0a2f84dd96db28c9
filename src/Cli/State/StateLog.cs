using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using Tidemark.Sinks;

namespace Tidemark.Cli.State;

/// <summary>
/// Checkpoints in an append-only file. One is durable when <see cref="Write"/> returns, and what was there before stays there until then: whatever
/// happens, the last durable checkpoint is found again. When most of the file is of no use any more, what is goes to a new one.
/// </summary>
/// <remarks>
/// A file is <c>state-000001.log</c>: a magic with a version, then frames (<see cref="StateFrame"/>). A tail that is cut off, or whose last
/// frame is not whole, is what a crash leaves and is dropped. A frame that is not whole with whole ones behind it is damage, and nothing is
/// guessed then. Not thread-safe.
/// </remarks>
internal sealed class StateLog : IDisposable
{
    /// <summary>Below so many useless bytes a file is never written anew.</summary>
    public const long LeastGarbageBytes = 16 << 20;

    /// <summary>The version of the files.</summary>
    public const byte Version = 1;

    private readonly string _directory;
    private readonly long _leastGarbageBytes;
    private readonly Dictionary<long, (long Offset, int Length)> _items = [];
    private FileStream? _file;
    private int _number;
    private long _length;
    private long _checkpointBytes;
    private StateException? _failure;

    private StateLog(string directory, long leastGarbageBytes)
    {
        _directory = directory;
        _leastGarbageBytes = leastGarbageBytes;
    }

    /// <summary>What a file starts with.</summary>
    private static ReadOnlySpan<byte> Magic => [(byte)'T', (byte)'M', (byte)'S', (byte)'T', (byte)'A', (byte)'T', (byte)'E', Version];

    /// <summary>The content of the last durable checkpoint; null when there is none.</summary>
    public ReadOnlyMemory<byte>? Checkpoint { get; private set; }

    /// <summary>The greatest number of a piece.</summary>
    public long LastItem { get; private set; }

    /// <summary>Bytes on the disk.</summary>
    public long Bytes => _length;

    /// <summary>The file that is written, or will be.</summary>
    public string Path => FileOf(_number);

    /// <summary>Opens the log of a directory.</summary>
    /// <param name="directory">The directory, which is there.</param>
    /// <param name="writable">Whether it will be written; nobody else may do so then.</param>
    /// <param name="leastGarbageBytes"><see cref="LeastGarbageBytes"/>, or less for tests.</param>
    /// <exception cref="StateException">It cannot be read, is damaged, or is of a later version.</exception>
    public static StateLog Open(string directory, bool writable, long leastGarbageBytes = LeastGarbageBytes)
    {
        StateLog log = new(directory, leastGarbageBytes);
        try
        {
            List<int> numbers = [.. Directory.EnumerateFiles(directory, "state-*.log").Select(NumberOf).OfType<int>().Order()];
            log._number = numbers.Count > 0 ? numbers[^1] : 1;
            if (numbers.Count > 0)
            {
                log.Load(writable);
            }

            if (writable)
            {
                log.DeleteOthers();
            }

            return log;
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            log.Dispose();
            throw new StateException($"cannot read the state in {directory}: {IoProblem.Describe(error)}", error);
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>The bytes of a piece that the last checkpoint names.</summary>
    /// <exception cref="InvalidDataException">There is no such piece.</exception>
    public ReadOnlyMemory<byte> Item(long number)
    {
        if (!_items.TryGetValue(number, out (long Offset, int Length) place))
        {
            throw new InvalidDataException($"it names a piece {number} that is not there");
        }

        byte[] bytes = new byte[place.Length];
        RandomAccess.Read(_file!.SafeFileHandle, bytes, place.Offset);
        return bytes;
    }

    /// <summary>Appends a checkpoint and waits until it is on the disk.</summary>
    /// <param name="content">The checkpoint.</param>
    /// <param name="items">The pieces that it names, the new ones with their bytes.</param>
    /// <exception cref="StateException">It cannot be written. The checkpoint before is still there.</exception>
    public void Write(ReadOnlySpan<byte> content, StateItems items)
    {
        // Pieces that went down with a failed attempt would be missing from the next checkpoint.
        if (_failure is not null)
        {
            throw _failure;
        }

        try
        {
            _file ??= Create(FileOf(_number));
            long before = _length;
            try
            {
                Append(_file, content, items);
                _file.Flush(flushToDisk: true);
                AppendFrame(_file, FrameKind.Durable, [], []);
            }
            catch
            {
                _length = before;
                TryCutTo(before);
                throw;
            }

            Compact(content, items);
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            _failure = new StateException(
                $"cannot save the state in {_directory}: {IoProblem.Describe(error)}. "
                    + "What was saved before is still there: run the same command again when that is mended.", error);
            throw _failure;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private static int? NumberOf(string path)
    {
        string name = System.IO.Path.GetFileNameWithoutExtension(path);
        return int.TryParse(name.AsSpan("state-".Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
    }

    private string FileOf(int number) =>
        System.IO.Path.Combine(_directory, string.Create(CultureInfo.InvariantCulture, $"state-{number:000000}.log"));

    private void Load(bool writable)
    {
        // One that is only read may be written anew, and deleted, by who writes it.
        _file = writable
            ? PrivateFile.Open(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete)
            : new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        StateLogReader reader = new(_file, Path, Magic.ToArray());
        reader.Read();
        foreach ((long number, (long Offset, int Length) place) in reader.Items)
        {
            _items.Add(number, place);
            LastItem = Math.Max(LastItem, number);
        }

        Checkpoint = reader.Checkpoint;
        _checkpointBytes = reader.Checkpoint?.Length ?? 0;
        _length = reader.Length;
        if (writable)
        {
            _file.SetLength(_length);
            _file.Position = _length;
            if (_length == 0)
            {
                WriteMagic(_file);
            }
        }
    }

    private void DeleteOthers()
    {
        foreach (string other in Directory.EnumerateFiles(_directory, "state-*")
            .Where(file => file != Path && (file.EndsWith(".tmp", StringComparison.Ordinal) || NumberOf(file) is not null)))
        {
            File.Delete(other);
        }
    }

    private FileStream Create(string path)
    {
        FileStream file = PrivateFile.Open(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        WriteMagic(file);
        DirectoryEntries.Flush(_directory);
        return file;
    }

    private void WriteMagic(FileStream file)
    {
        file.Write(Magic);
        _length = Magic.Length;
    }

    private void Append(FileStream file, ReadOnlySpan<byte> content, StateItems items)
    {
        Span<byte> number = stackalloc byte[8];
        foreach ((long key, byte[] bytes) in items.New)
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, key);
            long offset = AppendFrame(file, FrameKind.Item, number, bytes);
            _items[key] = (offset + number.Length, bytes.Length);
            LastItem = Math.Max(LastItem, key);
        }

        byte[] names = new byte[4 + (8 * items.Used.Count)];
        BinaryPrimitives.WriteInt32LittleEndian(names, items.Used.Count);
        for (int i = 0; i < items.Used.Count; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(names.AsSpan(4 + (8 * i)), items.Used[i]);
        }

        AppendFrame(file, FrameKind.Checkpoint, names, content);
        _checkpointBytes = names.Length + content.Length;
    }

    /// <returns>Where the payload starts.</returns>
    private long AppendFrame(FileStream file, FrameKind kind, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        int payload = first.Length + second.Length;
        int bytes = StateFrame.HeaderBytes + payload + StateFrame.TrailerBytes;
        byte[] frame = ArrayPool<byte>.Shared.Rent(bytes);
        try
        {
            StateFrame.WriteHeader(frame, kind, payload);
            Span<byte> body = frame.AsSpan(StateFrame.HeaderBytes, payload);
            first.CopyTo(body);
            second.CopyTo(body[first.Length..]);
            BinaryPrimitives.WriteUInt64LittleEndian(
                frame.AsSpan(StateFrame.HeaderBytes + payload), XxHash3.HashToUInt64(frame.AsSpan(0, StateFrame.HeaderBytes + payload)));
            file.Write(frame, 0, bytes);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(frame);
        }

        long start = _length + StateFrame.HeaderBytes;
        _length += bytes;
        return start;
    }

    private void Compact(ReadOnlySpan<byte> content, StateItems items)
    {
        long live = _checkpointBytes + items.Used.Sum(number => (long)_items[number].Length);
        if (_length - live < Math.Max(2 * live, _leastGarbageBytes))
        {
            ForgetUnused(items);
            return;
        }

        FileStream old = _file!;
        string temporary = PrivateFile.TemporaryName(FileOf(_number + 1), ".tmp");
        Dictionary<long, (long Offset, int Length)> before = new(_items);
        _file = Create(temporary);
        StateItems all = new();
        foreach (long number in items.Used)
        {
            byte[] bytes = new byte[before[number].Length];
            RandomAccess.Read(old.SafeFileHandle, bytes, before[number].Offset);
            all.Add(number, bytes);
            all.Use(number);
        }

        _items.Clear();
        Append(_file, content, all);
        _file.Flush(flushToDisk: true);
        File.Move(temporary, FileOf(_number + 1));
        DirectoryEntries.Flush(_directory);
        AppendFrame(_file, FrameKind.Durable, [], []);
        old.Dispose();
        File.Delete(FileOf(_number));
        _number++;
    }

    private void ForgetUnused(StateItems items)
    {
        if (_items.Count > items.Used.Count)
        {
            HashSet<long> used = [.. items.Used];
            foreach (long number in _items.Keys.Where(number => !used.Contains(number)).ToList())
            {
                _items.Remove(number);
            }
        }
    }

    private void TryCutTo(long length)
    {
        try
        {
            _file!.SetLength(length);
            _file.Position = length;
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            // What is there of the frame that could not be written is a tail that the next start drops.
        }
    }
}

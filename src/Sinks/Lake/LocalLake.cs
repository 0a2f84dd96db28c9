using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Tidemark.Sinks.Lake;

/// <summary>
/// A lake in a local directory. A file appears under its final name completely or not at all: it is written under a temporary name, flushed
/// to disk, and renamed. A new file never replaces one that another process has created meanwhile. A replacement checks the existing file
/// immediately before, so two processes that replace the same file at the same instant are ordered by their renames.
/// </summary>
public sealed class LocalLake : LakeFiles
{
    private const int MaxTidied = 10_000;

    private readonly object _lock = new();

    // Directories without leftover temporary files.
    private readonly HashSet<string> _tidied = [];

    private LocalLake(string root)
        : base(root)
    {
    }

    /// <summary>Opens a lake for writing, creates its directory if needed, and verifies that it is writable.</summary>
    /// <exception cref="SinkException">The directory is not writable.</exception>
    public static LocalLake Open(string directory)
    {
        string root = Path.GetFullPath(directory);
        try
        {
            Directory.CreateDirectory(root);
            string probe = TemporaryName(root, "probe");
            try
            {
                File.WriteAllBytes(probe, [0]);
            }
            finally
            {
                TryDelete(probe);
            }
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            string reason = FileAbove(root) is { } file ? $"{file} is a file" : IoProblem.Describe(error);
            throw new SinkException($"cannot write to the lake directory {root}: {reason}", error);
        }

        return new LocalLake(root);
    }

    /// <summary>Opens an existing lake for reading.</summary>
    /// <exception cref="SinkException">The directory does not exist.</exception>
    public static LocalLake OpenToRead(string directory)
    {
        string root = Path.GetFullPath(directory);
        return Directory.Exists(root)
            ? new LocalLake(root)
            : throw new SinkException($"cannot read the lake {root}: {(FileAbove(root) is { } file ? $"{file} is a file" : "No such directory")}");
    }

    /// <inheritdoc/>
    public override string FullPath(string path) => Path.Combine(Root, path.Replace('/', Path.DirectorySeparatorChar));

    internal override async Task<LakeFile?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        string file = FullPath(path);
        if (!File.Exists(file))
        {
            return null;
        }

        try
        {
            byte[] content = await File.ReadAllBytesAsync(file, cancellationToken).ConfigureAwait(false);
            return new LakeFile(content, TagOf(content));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            throw new SinkException($"cannot read {file}: {IoProblem.Describe(error)}", error);
        }
    }

    /// <remarks>Runs on a thread of its own, since it waits for the disk and the pool has few threads.</remarks>
    internal override Task<bool> WriteAsync(string path, ReadOnlyMemory<byte> content, string? tag, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(
            () => Write(FullPath(path), content.Span, tag), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    internal override Task<bool> DeleteAsync(string path, string tag, CancellationToken cancellationToken)
    {
        string file = FullPath(path);
        try
        {
            lock (_lock)
            {
                if (!File.Exists(file))
                {
                    return Task.FromResult(true);
                }

                bool isSame = TagOf(File.ReadAllBytes(file)) == tag;
                if (isSame)
                {
                    File.Delete(file);
                }

                return Task.FromResult(isSame);
            }
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            throw new SinkException($"cannot delete {file}: {IoProblem.Describe(error)}", error);
        }
    }

    internal override async IAsyncEnumerable<LakeEntry> ListAsync(string folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        DirectoryInfo directory = new(FullPath(folder));
        List<LakeEntry> entries = [];
        try
        {
            // The attributes come from the directory's entries, so a file that has been deleted meanwhile is no problem.
            foreach (FileInfo file in directory.EnumerateFiles("*", SearchOption.AllDirectories))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!file.Name.StartsWith('_') && file.Exists)
                {
                    string path = Path.GetRelativePath(Root, file.FullName).Replace(Path.DirectorySeparatorChar, '/');
                    entries.Add(new LakeEntry(path, file.Length, file.LastWriteTimeUtc));
                }
            }
        }
        catch (DirectoryNotFoundException)
        {
            // Nothing has been written there yet.
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            throw new SinkException($"cannot list {directory.FullName}: {IoProblem.Describe(error)}", error);
        }

        foreach (LakeEntry entry in entries)
        {
            yield return entry;
        }
    }

    internal override Task<IReadOnlyList<string>> ListFoldersAsync(string folder, CancellationToken cancellationToken)
    {
        string directory = FullPath(folder);
        try
        {
            IReadOnlyList<string> names = Directory.Exists(directory)
                ? [.. Directory.EnumerateDirectories(directory).Select(path => Path.GetFileName(path))
                    .Where(name => !name.StartsWith('_')).Order(StringComparer.Ordinal)]
                : [];
            return Task.FromResult(names);
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            throw new SinkException($"cannot list {directory}: {IoProblem.Describe(error)}", error);
        }
    }

    private static string TagOf(byte[] content) => Convert.ToHexString(SHA256.HashData(content));

    private bool Write(string file, ReadOnlySpan<byte> content, string? tag)
    {
        string directory = Path.GetDirectoryName(file)!;
        string temporary = TemporaryName(directory, Path.GetFileName(file));
        try
        {
            Directory.CreateDirectory(directory);
            Tidy(directory);
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            return PutInPlace(temporary, file, tag);
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            TryDelete(temporary);
            throw new SinkException($"cannot write {file}: {IoProblem.Describe(error)}", error);
        }
    }

    private bool PutInPlace(string temporary, string file, string? tag)
    {
        lock (_lock)
        {
            if (tag is not null)
            {
                bool isSame = File.Exists(file) && TagOf(File.ReadAllBytes(file)) == tag;
                if (isSame)
                {
                    File.Move(temporary, file, overwrite: true);
                }
                else
                {
                    TryDelete(temporary);
                }

                return isSame;
            }

            try
            {
                File.Move(temporary, file, overwrite: false);
                return true;
            }
            catch (IOException) when (File.Exists(file))
            {
                TryDelete(temporary);
                return false;
            }
        }
    }

    private static string? FileAbove(string directory)
    {
        string? path = directory;
        while (path is not null && !File.Exists(path))
        {
            path = Path.GetDirectoryName(path);
        }

        return path;
    }

    /// <summary>
    /// A name that query engines ignore and nobody can guess, so that no link waits there: it starts with <c>_</c>, and ends with the
    /// writer's process id rather than <c>.parquet</c>.
    /// </summary>
    internal static string TemporaryName(string directory, string name) => Path.Combine(directory, string.Create(
        CultureInfo.InvariantCulture, $"_{name}.{RandomNumberGenerator.GetHexString(16, lowercase: true)}.{Environment.ProcessId}"));

    /// <summary>Deletes temporary files of processes that were killed, once per directory.</summary>
    private void Tidy(string directory)
    {
        lock (_lock)
        {
            if (_tidied.Count >= MaxTidied)
            {
                _tidied.Clear();
            }

            if (!_tidied.Add(directory))
            {
                return;
            }
        }

        foreach (string file in Directory.EnumerateFiles(directory, "_*.parquet.*"))
        {
            if (int.TryParse(Path.GetExtension(file.AsSpan()).TrimStart('.'), NumberStyles.None, CultureInfo.InvariantCulture, out int process)
                && !IsRunning(process))
            {
                TryDelete(file);
            }
        }
    }

    private static bool IsRunning(int process)
    {
        try
        {
            using Process running = Process.GetProcessById(process);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            // The first error is the one to report; a leftover temporary file is harmless.
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using Parquet.Serialization;

namespace Tidemark.Storage.Lake;

/// <summary>
/// A lake in a local directory. A file appears under its final name whole or not at all: it is written under a temporary name, flushed to
/// the disk, and renamed.
/// </summary>
public sealed class LocalLake
{
    private readonly string _root;

    // Directories that hold no leftovers.
    private readonly HashSet<string> _tidied = [];

    private LocalLake(string root) => _root = root;

    /// <summary>Opens a lake, making its directory if need be, and proves that it can be written.</summary>
    /// <exception cref="SinkException">It cannot.</exception>
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

    /// <summary>The directory.</summary>
    public string Root => _root;

    /// <summary>The absolute path of a file of the lake.</summary>
    public string FullPath(string path) => Path.Combine(_root, path.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>The row of a window's file, or null when there is no such file.</summary>
    /// <exception cref="SinkException">The file is there and cannot be read.</exception>
    internal async Task<LakeRow?> ReadRowAsync(string path, CancellationToken cancellationToken)
    {
        string file = FullPath(path);
        if (!File.Exists(file))
        {
            return null;
        }

        try
        {
            await using FileStream stream = File.OpenRead(file);
            var rows = await ParquetSerializer.DeserializeAsync<LakeRow>(stream, cancellationToken: cancellationToken).ConfigureAwait(false);
            return rows.Data.Count == 1 ? rows.Data[0] : throw new InvalidDataException($"expected one row, found {rows.Data.Count}");
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            string reason = IoProblem.Is(error) ? IoProblem.Describe(error) : error.Message.TrimEnd('.');
            throw new SinkException($"cannot read {file}, which should hold an earlier result of this window: {reason}. Move the file away or choose another --lake directory.", error);
        }
    }

    /// <summary>Puts a file in place of what is there.</summary>
    /// <exception cref="SinkException">It cannot be written; what was there still is.</exception>
    internal void Replace(string path, ReadOnlySpan<byte> content)
    {
        string file = FullPath(path);
        string directory = Path.GetDirectoryName(file)!;
        string temporary = TemporaryName(directory, Path.GetFileName(file));
        try
        {
            Directory.CreateDirectory(directory);
            if (_tidied.Add(directory))
            {
                RemoveLeftovers(directory);
            }

            using (FileStream stream = new(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, file, overwrite: true);
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            TryDelete(temporary);
            throw new SinkException($"cannot write {file}: {IoProblem.Describe(error)}", error);
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

    /// <summary>A name that no query engine reads: it starts with <c>_</c> and does not end in <c>.parquet</c>. It says who writes it.</summary>
    private static string TemporaryName(string directory, string name) => Path.Combine(directory, $"_{name}.{Environment.ProcessId}");

    /// <summary>Removes the temporary files of processes that were killed.</summary>
    private static void RemoveLeftovers(string directory)
    {
        foreach (string file in Directory.EnumerateFiles(directory, "_*.parquet.*"))
        {
            if (int.TryParse(Path.GetExtension(file.AsSpan()).TrimStart('.'), NumberStyles.None, CultureInfo.InvariantCulture, out int process) && !IsRunning(process))
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
            // The first error is the one to tell; a temporary file is harmless.
        }
    }
}

using System.IO.Compression;

namespace Tidemark.Cli.Generate;

/// <summary>
/// Where a command writes its lines: standard output, a file, or a pipe or device that has a path. A file appears under its own name
/// only when it is complete; until then the lines are in a file next to it.
/// </summary>
internal sealed class OutputTarget : IDisposable
{
    /// <summary>The path that stands for standard output.</summary>
    public const string StandardOutputPath = "-";

    private readonly string? _temporary;
    private readonly string? _final;
    private readonly Stream _bottom;
    private bool _done;

    private OutputTarget(Stream bottom, bool compress, string? temporary = null, string? final = null)
    {
        _bottom = bottom;
        _temporary = temporary;
        _final = final;
        Stream = compress ? new GZipStream(bottom, CompressionLevel.Fastest) : bottom;
    }

    /// <summary>Write here.</summary>
    public Stream Stream { get; }

    /// <summary>Whether a path means standard output. Opening /dev/stdout anew would overwrite what the shell put into the file before.</summary>
    public static bool IsStandardOutput(string path) => path is StandardOutputPath or "/dev/stdout";

    /// <summary>Opens a target.</summary>
    /// <param name="path"><c>-</c> or a path; one that ends in <c>.gz</c> is compressed.</param>
    /// <param name="openStandardOutput">Called for <c>-</c>.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be written.</exception>
    public static OutputTarget Open(string path, Func<Stream> openStandardOutput)
    {
        if (IsStandardOutput(path))
        {
            return new OutputTarget(openStandardOutput(), compress: false);
        }

        string full = Path.GetFullPath(path);
        if (Directory.Exists(full) || Path.EndsInDirectorySeparator(path))
        {
            throw new IOException("Is a directory");
        }

        bool compress = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

        // Replace what a link points at, not the link.
        string final = new FileInfo(full) is { LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName : full;
        if (OpenInPlace(full, final) is { } inPlace)
        {
            return new OutputTarget(inPlace, compress);
        }

        string temporary = PrivateFile.TemporaryName(final, ".partial");
        return new OutputTarget(
            new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0), compress, temporary, final);
    }

    /// <summary>Finishes the output and, for a file, gives it its name.</summary>
    public void Complete()
    {
        Stream.Flush();
        if (Stream != _bottom)
        {
            Stream.Dispose();
        }

        _bottom.Dispose();
        if (_temporary is not null)
        {
            File.Move(_temporary, _final!, overwrite: true);
        }

        _done = true;
    }

    /// <summary>Without <see cref="Complete"/> before it, removes the unfinished file.</summary>
    public void Dispose()
    {
        if (_done)
        {
            return;
        }

        _done = true;
        try
        {
            // Not the compressing stream: it would write its end, and what cannot be written is not wanted any more.
            _bottom.Dispose();
            if (_temporary is not null)
            {
                File.Delete(_temporary);
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // The reason why the output is unfinished is being reported; a second one would hide it.
        }
    }

    // A device or a named pipe cannot be replaced by a file. Opening also finds out whether an existing file may be written, which
    // renaming over it would not ask.
    private static FileStream? OpenInPlace(string full, string final)
    {
        bool device = PrivateFile.IsDevice(full) || PrivateFile.IsDevice(final);
        if (!device && !File.Exists(final))
        {
            return null;
        }

        var existing = new FileStream(full, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        if (device || !existing.CanSeek)
        {
            return existing;
        }

        existing.Dispose();
        return null;
    }
}

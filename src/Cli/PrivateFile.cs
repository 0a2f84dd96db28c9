using System.Security.Cryptography;

namespace Tidemark.Cli;

/// <summary>
/// Files that hold users and pages: a new one can be read and written by its owner alone, and a name never leads elsewhere. Who may write
/// the directory could else have put a symbolic link there, and another file would be emptied or filled.
/// </summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Opens or makes one, unbuffered.</summary>
    /// <param name="path">Where.</param>
    /// <param name="mode">What if it is there, or is not. One that is there is emptied only when it is known to be no link.</param>
    /// <param name="access">For reading or writing.</param>
    /// <param name="share">What others may do meanwhile.</param>
    /// <exception cref="IOException">It cannot be opened, or is a symbolic link.</exception>
    public static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share)
    {
        if (new FileInfo(path).LinkTarget is { } target && !IsDevice(path))
        {
            throw new IOException($"it is a symbolic link to {target}; give the file itself");
        }

        FileStreamOptions options = new()
        {
            Mode = mode == FileMode.Create ? FileMode.OpenOrCreate : mode, Access = access, Share = share, BufferSize = 0,
        };
        if (mode != FileMode.Open && !OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        FileStream file = new(path, options);
        try
        {
            if (!IsDevice(path) && !FileIdentity.IsAt(file.SafeFileHandle, path))
            {
                throw new IOException("it was replaced while it was opened");
            }

            if (mode == FileMode.Create)
            {
                file.SetLength(0);
            }

            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Takes from all others the right to read and write a file.</summary>
    public static void Close(FileStream file)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file.SafeFileHandle, OwnerOnly);
        }
    }

    /// <summary>A name for a temporary file beside another, which nobody can guess. Make it with <see cref="FileMode.CreateNew"/>.</summary>
    /// <param name="path">The other file.</param>
    /// <param name="ending">The ending, with its dot.</param>
    public static string TemporaryName(string path, string ending) => $"{path}.{RandomNumberGenerator.GetHexString(16, lowercase: true)}{ending}";

    /// <summary>Whether a path is one of the system's, such as <c>/dev/stderr</c>, whose links lead to the streams of the process itself.</summary>
    public static bool IsDevice(string path)
    {
        string full = Path.GetFullPath(path);
        return full.StartsWith("/dev/", StringComparison.Ordinal) && !full.StartsWith("/dev/shm/", StringComparison.Ordinal);
    }
}

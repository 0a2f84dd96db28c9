namespace Tidemark.Cli;

/// <summary>Files that hold users and pages: a new one can be read and written by its owner alone.</summary>
internal static class PrivateFile
{
    /// <summary>Opens or makes one, unbuffered.</summary>
    /// <param name="path">Where.</param>
    /// <param name="mode">What if it is there, or is not.</param>
    /// <param name="access">For reading or writing.</param>
    /// <param name="share">What others may do meanwhile.</param>
    public static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share)
    {
        FileStreamOptions options = new() { Mode = mode, Access = access, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }
}

namespace Tidemark.Local.Generate;

/// <summary>Says in the words of the operating system, without our temporary names, why something could not be written.</summary>
internal static class WriteProblem
{
    private const int WindowsCode = unchecked((int)0x80070000);

    /// <summary>Whether <see cref="Describe"/> knows the exception as a failure to write.</summary>
    public static bool Is(Exception problem) => problem is IOException or UnauthorizedAccessException;

    /// <summary>The reason alone.</summary>
    public static string Describe(Exception problem) => problem switch
    {
        UnauthorizedAccessException => "Permission denied",
        DirectoryNotFoundException => "No such directory",
        FileNotFoundException => "No such file or directory",
        PathTooLongException => "File name too long",
        IOException { HResult: 28 or (WindowsCode | 0x70) } => "No space left on device",
        IOException { HResult: 32 or (WindowsCode | 0x6D) or (WindowsCode | 0xE8) } => "Broken pipe",
        IOException { HResult: 27 } => "File too large",
        IOException { HResult: 30 } => "Read-only file system",
        IOException { HResult: 36 } => "File name too long",
        IOException { HResult: 122 } => "Disk quota exceeded",

        // The runtime appends the path after a colon.
        _ => problem.Message.Split(" : '", 2)[0],
    };
}

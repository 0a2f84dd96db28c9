namespace Tidemark.Sinks;

/// <summary>Describes I/O failures in the words of the operating system, without paths and without names of temporary files.</summary>
public static class IoProblem
{
    private const int WindowsCode = unchecked((int)0x80070000);

    /// <summary>Whether an exception is a failure of a file, a pipe or a device that <see cref="Describe"/> can describe.</summary>
    public static bool Is(Exception problem) => problem is IOException or UnauthorizedAccessException or NotSupportedException || IsTooLarge(problem);

    /// <summary>Whether an exception says that nobody reads a pipe any more.</summary>
    public static bool IsBrokenPipe(Exception problem) =>
        problem is IOException { HResult: 32 or (WindowsCode | 0x6D) or (WindowsCode | 0xE8) };

    /// <summary>The reason of a failure.</summary>
    /// <param name="problem">The exception.</param>
    /// <param name="path">The path that was opened, to distinguish a directory from a file without permission.</param>
    public static string Describe(Exception problem, string? path = null) => problem switch
    {
        null => throw new ArgumentNullException(nameof(problem)),
        UnauthorizedAccessException when Directory.Exists(path) => "Is a directory",
        UnauthorizedAccessException => "Permission denied",
        DirectoryNotFoundException => "No such directory",
        FileNotFoundException => "No such file or directory",
        PathTooLongException => "File name too long",
        IOException { HResult: 17 or (WindowsCode | 0xB7) } => "A file is in the way",
        IOException { HResult: 28 or (WindowsCode | 0x70) } => "No space left on device",
        _ when IsBrokenPipe(problem) => "Broken pipe",
        IOException { HResult: 27 } => "File too large",
        _ when IsTooLarge(problem) => "File too large",
        IOException { HResult: 30 } => "Read-only file system",
        IOException { HResult: 36 } => "File name too long",
        IOException { HResult: 122 } => "Disk quota exceeded",

        // The runtime appends the path after a colon.
        _ => problem.Message.Split(" : '", 2)[0],
    };

    // The runtime's exception for EFBIG: a file beyond the size limit of the process or the file system.
    private static bool IsTooLarge(Exception problem) => problem is ArgumentOutOfRangeException { ParamName: "value" };
}

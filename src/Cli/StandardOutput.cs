using Microsoft.Win32.SafeHandles;

namespace Tidemark.Cli;

/// <summary>Standard output as a stream that reports a reader who has gone.</summary>
public static class StandardOutput
{
    /// <summary>Opens it, unbuffered. Closing the stream leaves standard output open.</summary>
    public static Stream Open()
    {
        if (OperatingSystem.IsWindows())
        {
            return Console.OpenStandardOutput();
        }

        // The console's stream takes "broken pipe" for success, so that `... | head` would never end.
        var direct = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);

        // For a regular file the console's stream is the right one: it writes at the position that is shared with the shell.
        return direct.CanSeek ? Console.OpenStandardOutput() : direct;
    }
}

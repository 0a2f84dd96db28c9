using System.Runtime.InteropServices;

namespace Tidemark.Cli;

/// <summary>
/// Tells which standard streams the process was started without, as by <c>&lt;&amp;-</c> in a shell. The runtime then opens something of its own
/// under the number, which must be neither read nor written.
/// </summary>
internal static class StandardStream
{
    /// <summary>The descriptor of standard input.</summary>
    public const int Input = 0;

    /// <summary>The descriptor of standard output.</summary>
    public const int Output = 1;

    /// <summary>The descriptor of standard error.</summary>
    public const int Error = 2;

    private const int GetDescriptorFlags = 1;
    private const int CloseOnExec = 1;

    /// <summary>
    /// Whether a descriptor was not inherited. Had it had the flag that the runtime gives to whatever it opens, it would have been closed
    /// when the process began.
    /// </summary>
    public static bool IsClosed(int descriptor)
    {
        if (OperatingSystem.IsWindows())
        {
            return false;
        }

        int flags = fcntl(descriptor, GetDescriptorFlags);
        return flags < 0 || (flags & CloseOnExec) != 0;
    }

#pragma warning disable SYSLIB1054 // Generated marshalling would want unsafe code in the whole project, for one call.
    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fcntl(int descriptor, int command);
#pragma warning restore SYSLIB1054
}

using System.Runtime.InteropServices;
using System.Text;

namespace Tidemark.Cli.State;

/// <summary>The names in a directory, which reach the disk apart from what the files hold.</summary>
internal static class DirectoryEntries
{
    /// <summary>Waits until new names and renames in a directory are on the disk. Where the system has no such call, nothing is done.</summary>
    public static void Flush(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        nint opened = opendir([.. Encoding.UTF8.GetBytes(directory), 0]);
        if (opened == 0)
        {
            return;
        }

        _ = fsync(dirfd(opened));
        _ = closedir(opened);
    }

#pragma warning disable SYSLIB1054 // Generated marshalling would want unsafe code in the whole project.
    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint opendir(byte[] name);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int dirfd(nint directory);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fsync(int descriptor);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int closedir(nint directory);
#pragma warning restore SYSLIB1054
}

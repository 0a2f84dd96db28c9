using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Tidemark.Cli;

/// <summary>
/// Which regular file an open handle stands for, whatever links and names led to it. Pipes, terminals and devices have none: nothing is
/// lost when they are written while they are read.
/// </summary>
internal sealed record FileIdentity(ulong Device, ulong Inode)
{
    private const int StandardInputDescriptor = 0;

    // The longest `struct stat` is shorter; of `struct statx` this is the size.
    private const int BufferBytes = 256;

    private const int TypeAndInode = 0x101;
    private const int TypeMask = 0xF000;
    private const int RegularFile = 0x8000;

    /// <summary>The file that stdin was redirected from; null when it is none, or the system cannot tell.</summary>
    public static FileIdentity? OfStandardInput()
    {
        using SafeFileHandle input = new(StandardInputDescriptor, ownsHandle: false);
        return Of(input);
    }

    /// <summary>
    /// The regular file at a path, links followed, without opening it, which may wait; null when it is none, there is nothing, or the
    /// system cannot tell.
    /// </summary>
    public static FileIdentity? At(string path)
    {
        byte[] name = [.. System.Text.Encoding.UTF8.GetBytes(path), 0];
        byte[] buffer = new byte[BufferBytes];
        try
        {
            const int FromHere = -100;
            return OperatingSystem.IsLinux() ? (statx(FromHere, name, 0, TypeAndInode, buffer) == 0 ? OfStatx(buffer) : null)
                : OperatingSystem.IsMacOS() ? OfStat(MacStat(name, buffer), buffer)
                : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The file of a handle; null when it is no regular file, or the system cannot tell.</summary>
    public static FileIdentity? Of(SafeFileHandle handle)
    {
        byte[] buffer = new byte[BufferBytes];
        try
        {
            return OperatingSystem.IsLinux() ? OnLinux(handle, buffer)
                : OperatingSystem.IsMacOS() ? OnMac(handle, buffer)
                : null;
        }
        catch (EntryPointNotFoundException)
        {
            // A C library of before 2018.
            return null;
        }
    }

    /// <summary>
    /// Whether a path itself names what a handle stands for, of whatever kind: not through a symbolic link in its last part, and not
    /// something that has taken its place. True where the system cannot tell.
    /// </summary>
    public static bool IsAt(SafeFileHandle handle, string path)
    {
        byte[] name = [.. System.Text.Encoding.UTF8.GetBytes(path), 0];
        byte[] open = new byte[BufferBytes];
        byte[] named = new byte[BufferBytes];
        try
        {
            const int FromHere = -100;
            const int NoFollow = 0x100;
            const int EmptyPath = 0x1000;
            if (OperatingSystem.IsLinux())
            {
                return statx(handle, [0], EmptyPath, TypeAndInode, open) == 0 && statx(FromHere, name, NoFollow, TypeAndInode, named) == 0
                    && open.AsSpan(136, 8).SequenceEqual(named.AsSpan(136, 8)) && open.AsSpan(32, 8).SequenceEqual(named.AsSpan(32, 8));
            }

            return !OperatingSystem.IsMacOS()
                || (MacStat(handle, open) == 0 && MacLinkStat(name, named) == 0
                    && open.AsSpan(0, 4).SequenceEqual(named.AsSpan(0, 4)) && open.AsSpan(8, 8).SequenceEqual(named.AsSpan(8, 8)));
        }
        catch (EntryPointNotFoundException)
        {
            return true;
        }
    }

    // Unlike `struct stat`, the layout of `struct statx` is the same on every processor.
    private static FileIdentity? OnLinux(SafeFileHandle handle, byte[] buffer)
    {
        const int EmptyPath = 0x1000;
        return statx(handle, [0], EmptyPath, TypeAndInode, buffer) == 0 ? OfStatx(buffer) : null;
    }

    // The numbers of the device: major and minor.
    private static FileIdentity? OfStatx(byte[] buffer) => (BitConverter.ToUInt16(buffer, 28) & TypeMask) == RegularFile
        ? new FileIdentity(((ulong)BitConverter.ToUInt32(buffer, 136) << 32) | BitConverter.ToUInt32(buffer, 140), BitConverter.ToUInt64(buffer, 32))
        : null;

    private static FileIdentity? OnMac(SafeFileHandle handle, byte[] buffer) => OfStat(MacStat(handle, buffer), buffer);

    private static int MacStat(SafeFileHandle handle, byte[] buffer) =>
        RuntimeInformation.ProcessArchitecture == Architecture.X64 ? fstat64(handle, buffer) : fstat(handle, buffer);

    private static int MacLinkStat(byte[] name, byte[] buffer) =>
        RuntimeInformation.ProcessArchitecture == Architecture.X64 ? lstat64(name, buffer) : lstat(name, buffer);

    private static int MacStat(byte[] name, byte[] buffer) =>
        RuntimeInformation.ProcessArchitecture == Architecture.X64 ? stat64(name, buffer) : stat(name, buffer);

    private static FileIdentity? OfStat(int failed, byte[] buffer)
    {
        if (failed != 0 || (BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(4)) & TypeMask) != RegularFile)
        {
            return null;
        }

        return new FileIdentity(BinaryPrimitives.ReadUInt32LittleEndian(buffer), BinaryPrimitives.ReadUInt64LittleEndian(buffer.AsSpan(8)));
    }

#pragma warning disable SYSLIB1054 // Generated marshalling would want unsafe code in the whole project, for a few calls.
    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int statx(SafeFileHandle directory, byte[] path, int flags, uint mask, byte[] result);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int statx(int directory, byte[] path, int flags, uint mask, byte[] result);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int stat(byte[] path, byte[] result);

    [DllImport("libc", EntryPoint = "stat$INODE64")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int stat64(byte[] path, byte[] result);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int lstat(byte[] path, byte[] result);

    [DllImport("libc", EntryPoint = "lstat$INODE64")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int lstat64(byte[] path, byte[] result);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fstat(SafeFileHandle file, byte[] result);

    // On Intel the plain name is the call of before 2005, with 32-bit inodes.
    [DllImport("libc", EntryPoint = "fstat$INODE64")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fstat64(SafeFileHandle file, byte[] result);
#pragma warning restore SYSLIB1054
}

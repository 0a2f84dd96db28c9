using System.Globalization;
using Tidemark.Sinks;

namespace Tidemark.Cli.State;

/// <summary>
/// A file that one process at a time holds open for itself. The system lets go of it when the process ends, however that is. In a file
/// beside it stands who holds it: the one that is held cannot be opened by others.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private const int LinuxWouldBlock = 11, MacWouldBlock = 35, WindowsSharing = unchecked((int)0x80070020);

    private const string HolderSuffix = ".holder";

    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>Takes the lock if nobody holds it.</summary>
    /// <param name="path">The file; its directory is there.</param>
    /// <param name="state">The state that the holder keeps, for others to read; empty for none.</param>
    /// <exception cref="StateException">The file cannot be written.</exception>
    public static FileLock? TryTake(string path, string state)
    {
        try
        {
            FileLock held = new(PrivateFile.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            using FileStream holder = PrivateFile.Open(path + HolderSuffix, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
            holder.Write(System.Text.Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n{state}\n")));
            return held;
        }
        catch (IOException error) when (error.HResult is LinuxWouldBlock or MacWouldBlock or WindowsSharing)
        {
            return null;
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            throw new StateException($"cannot write {path}: {IoProblem.Describe(error, path)}", error);
        }
    }

    /// <summary>Who holds the lock: the process id and the state it keeps. Empty texts when that cannot be read.</summary>
    public static (string Process, string State) HolderOf(string path)
    {
        try
        {
            using FileStream file = new(path + HolderSuffix, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
            using StreamReader text = new(file);
            return (text.ReadLine() ?? "", text.ReadLine() ?? "");
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            return ("", "");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}

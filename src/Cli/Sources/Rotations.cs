using System.Diagnostics.CodeAnalysis;
using Tidemark.Sinks;

namespace Tidemark.Cli.Sources;

/// <summary>
/// Finds what became of a followed file while nobody watched: it was renamed, or copied and emptied, perhaps several times. Its rest, and the files that came between, lie
/// beside it under names that start with its own.
/// </summary>
internal sealed class Rotations
{
    private readonly HashSet<string> _looked = new(StringComparer.Ordinal);

    /// <summary>The files to read before the one at a path, oldest first. Once for each path: afterwards it is watched.</summary>
    public bool TryTake(string path, FileMemory? memory, Action<string> say, [NotNullWhen(true)] out IReadOnlyList<string>? rotated)
    {
        rotated = null;
        if (memory is null || !_looked.Add(path))
        {
            return false;
        }

        string full = Path.GetFullPath(path);
        if (memory.Files.FindLast(file => file.Mark.Path == full) is not { } last || FileOpener.IsSame(path, last.Mark))
        {
            return false;
        }

        List<FileInfo> beside = Beside(full);
        if (beside.Find(file => FileOpener.IsSame(file.FullName, last.Mark)) is not { } old)
        {
            if (!last.Mark.IsEnded)
            {
                say($"{path} was replaced while nobody watched, and the file that was counted to line {last.Mark.Lines:N0} is not found beside it: what was added to it after that is not counted");
            }

            return false;
        }

        rotated = [old.FullName, .. beside.Where(file => file.LastWriteTimeUtc > old.LastWriteTimeUtc && !IsKnown(file, memory)).OrderBy(file => file.LastWriteTimeUtc).Select(file => file.FullName)];
        return true;
    }

    private static List<FileInfo> Beside(string full)
    {
        try
        {
            string name = Path.GetFileName(full);
            return
            [
                .. new DirectoryInfo(Path.GetDirectoryName(full)!).EnumerateFiles()
                    .Where(file => file.Name.Length > name.Length && file.Name.StartsWith(name, StringComparison.Ordinal) && file.Name[name.Length] is ('.' or '-' or '_')),
            ];
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            return [];
        }
    }

    private static bool IsKnown(FileInfo file, FileMemory memory) => memory.Files.Exists(known => FileOpener.IsSame(file.FullName, known.Mark));
}

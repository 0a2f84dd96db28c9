using Tidemark.Sinks;

namespace Tidemark.Cli.Sources;

/// <summary>
/// Finds what became of a followed file: it was renamed, or copied and emptied, perhaps several times before anybody looked. Its rest, and
/// the files that came between, lie beside it under names that start with its own, as logrotate gives them: <c>access.log.1</c>,
/// <c>access.log-20261128.gz</c>.
/// </summary>
internal static class Rotations
{
    private static readonly string[] NotText = [".xz", ".lz4", ".zip", ".7z", ".tmp"];

    /// <summary>
    /// The files to read before the one at a path, oldest first: those that are counted in part only, and those that came after what is
    /// counted.
    /// </summary>
    /// <param name="path">The path that is followed.</param>
    /// <param name="memory">What is counted, all of it that was read.</param>
    public static IReadOnlyList<string> Before(string path, FileMemory memory)
    {
        List<(FileInfo File, KnownFile? Known)> beside =
            [.. Beside(Path.GetFullPath(path)).Select(file => (file, FileOpener.Find(file.FullName, memory)))];
        IEnumerable<DateTime> known = beside.Where(file => file.Known is not null).Select(file => file.File.LastWriteTimeUtc);
        if (!known.Any())
        {
            return [];
        }

        DateTime lastKnown = known.Max();
        return
        [
            .. beside.Where(file => file.Known is { } counted ? !counted.Mark.IsEnded || counted.HasMore : file.File.LastWriteTimeUtc >= lastKnown)
                .OrderBy(file => file.File.LastWriteTimeUtc)
                .ThenBy(file => file.File.Name, StringComparer.Ordinal).Select(file => file.File.FullName),
        ];
    }

    /// <summary>
    /// The mark of what was counted at a path and is not found any more, though it was not read to its end; null when nothing is missing.
    /// </summary>
    public static FileMark? Missing(string path, FileMemory memory)
    {
        string full = Path.GetFullPath(path);
        return memory.Files.FindLast(file => file.Mark.Path == full)?.Mark is { IsEnded: false } last
            && !FileOpener.IsSame(path, last) && !Beside(full).Exists(file => FileOpener.IsSame(file.FullName, last))
                ? last
                : null;
    }

    private static List<FileInfo> Beside(string full)
    {
        try
        {
            string name = Path.GetFileName(full);
            return [.. new DirectoryInfo(Path.GetDirectoryName(full)!).EnumerateFiles().Where(file => IsRotated(file.Name, name))];
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            return [];
        }
    }

    private static bool IsRotated(string file, string name) =>
        file.Length > name.Length + 1 && file.StartsWith(name, StringComparison.Ordinal)
            && file[name.Length] is ('.' or '-' or '_') && char.IsAsciiDigit(file[name.Length + 1])
        && !NotText.Contains(Path.GetExtension(file));
}

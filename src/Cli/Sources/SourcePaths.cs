using System.IO.Enumeration;
using Tidemark.Sinks;

namespace Tidemark.Cli.Sources;

/// <summary>
/// Finds the files that <c>--source</c> stands for: a path is itself, a directory its files, a pattern what matches it, each in the order
/// of names.
/// </summary>
internal static class SourcePaths
{
    /// <summary>What stands for stdin.</summary>
    public const string StandardInput = "-";

    /// <summary>The paths that were given, one after the other, each expanded; one that comes twice counts once.</summary>
    /// <param name="given">As on the command line.</param>
    /// <exception cref="SourceException">A directory is empty or cannot be listed, or nothing matches a pattern.</exception>
    public static IReadOnlyList<string> Expand(IEnumerable<string> given) => [.. given.SelectMany(ExpandOne).Distinct(StringComparer.Ordinal)];

    /// <summary>Whether opening a path may wait, and more may come at any time: stdin, a named pipe, a device.</summary>
    public static bool IsPipe(string path) =>
        path == StandardInput || (!OperatingSystem.IsWindows() && File.Exists(path) && FileIdentity.At(path) is null);

    private static IEnumerable<string> ExpandOne(string path)
    {
        try
        {
            if (path == StandardInput || File.Exists(path))
            {
                return [path];
            }

            if (Directory.Exists(path))
            {
                return Found(path, FilesOf(path, "*"), "it is a directory without files");
            }

            if (path.AsSpan().IndexOfAny('*', '?') >= 0)
            {
                return Found(path, Match(path), "no file matches");
            }

            // What is not there is told when it is opened, or waited for.
            return [path];
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            throw new SourceException($"cannot read {path}: {IoProblem.Describe(error)}", error);
        }
    }

    private static string[] Found(string path, IEnumerable<string> files, string otherwise)
    {
        string[] found = [.. files.Order(StringComparer.Ordinal)];
        return found.Length > 0 ? found : throw new SourceException($"cannot read {path}: {otherwise}");
    }

    /// <summary>The files of a directory; hidden ones, and those that query engines pass over too, are left out.</summary>
    private static IEnumerable<string> FilesOf(string directory, string pattern) =>
        Directory.EnumerateFiles(directory)
            .Where(file => Path.GetFileName(file) is var name && name[0] is not ('.' or '_')
                && FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false));

    private static IEnumerable<string> Match(string pattern)
    {
        string? parent = Path.GetDirectoryName(pattern);
        IEnumerable<string> directories = string.IsNullOrEmpty(parent) ? [""] : MatchDirectories(parent);
        string name = Path.GetFileName(pattern);
        return directories.SelectMany(directory => FilesOf(directory.Length == 0 ? "." : directory, name)
            .Select(file => directory.Length == 0 ? Path.GetFileName(file) : file));
    }

    private static IEnumerable<string> MatchDirectories(string pattern)
    {
        if (pattern.AsSpan().IndexOfAny('*', '?') < 0)
        {
            return Directory.Exists(pattern) ? [pattern] : [];
        }

        string? parent = Path.GetDirectoryName(pattern);
        string name = Path.GetFileName(pattern);
        IEnumerable<string> above = string.IsNullOrEmpty(parent) ? ["."] : MatchDirectories(parent);
        return above.SelectMany(Directory.EnumerateDirectories)
            .Where(directory => FileSystemName.MatchesSimpleExpression(name, Path.GetFileName(directory), ignoreCase: false));
    }
}

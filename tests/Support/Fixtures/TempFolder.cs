namespace Tidemark.Support.Fixtures;

/// <summary>A folder for one test, gone with it.</summary>
public sealed class TempFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tidemark-test-");

    public string Path => _folder.FullName;

    public void Dispose() => _folder.Delete(recursive: true);

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Every file below a folder, by its path from there, with its bytes as text that can be compared.</summary>
    public static SortedDictionary<string, string> Contents(string folder) =>
        new(Files(folder).ToDictionary(
            file => System.IO.Path.GetRelativePath(folder, file),
            file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.IO.File.ReadAllBytes(file)))),
            StringComparer.Ordinal);

    /// <summary>Every file below a folder, but for what a run remembers there: no two of those are alike.</summary>
    public static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => !file.Contains("/_state/", StringComparison.Ordinal));
}

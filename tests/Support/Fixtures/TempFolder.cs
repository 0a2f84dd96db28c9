namespace Tidemark.Support.Fixtures;

/// <summary>A folder for one test, deleted with it.</summary>
public sealed class TempFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tidemark-test-");

    public string Path => _folder.FullName;

    public void Dispose() => _folder.Delete(recursive: true);

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>All files below a folder by relative path, with their bytes as comparable text.</summary>
    public static SortedDictionary<string, string> Contents(string folder) =>
        new(Files(folder).ToDictionary(
            file => System.IO.Path.GetRelativePath(folder, file),
            file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.IO.File.ReadAllBytes(file)))),
            StringComparer.Ordinal);

    /// <summary>All files below a folder, except for the state of runs, which always differs.</summary>
    public static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => !file.Contains("/_state/", StringComparison.Ordinal));
}

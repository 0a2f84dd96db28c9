namespace Tidemark.Support.Fixtures;

/// <summary>The folder of the checkout that the tests were built in.</summary>
public static class RepositoryRoot
{
    /// <summary>Its full path.</summary>
    public static string Path { get; } = Find();

    /// <summary>A file in it.</summary>
    /// <param name="name">The path from there.</param>
    public static string File(string name) => System.IO.Path.Combine(Path, name);

    private static string Find()
    {
        DirectoryInfo root = new(AppContext.BaseDirectory);
        while (!System.IO.File.Exists(System.IO.Path.Combine(root.FullName, "Functions.sln")))
        {
            root = root.Parent ?? throw new InvalidOperationException($"Expected Functions.sln above {AppContext.BaseDirectory}.");
        }

        return root.FullName;
    }
}

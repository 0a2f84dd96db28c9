using System.Reflection;
using Tidemark.Dashboard.Api;

namespace Tidemark.Dashboard.Page;

/// <summary>The files of the page, which the assembly contains.</summary>
public static class PageFiles
{
    private const string Prefix = "page/";

    private static readonly Dictionary<string, ApiResponse> Files = Load();

    /// <summary>The paths of all files.</summary>
    public static IReadOnlyCollection<string> Paths => Files.Keys;

    /// <summary>The file at a path, as it is; null when there is none.</summary>
    public static ApiResponse? Find(string path) => Files.GetValueOrDefault(path == "/" ? "/index.html" : path);

    /// <summary>The file that a request asks for, in a form that its client accepts, or 304; null when there is none.</summary>
    public static ApiResponse? Answer(ApiRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Find(request.Path)?.For(request);
    }

    private static Dictionary<string, ApiResponse> Load()
    {
        Assembly assembly = typeof(PageFiles).Assembly;
        Dictionary<string, ApiResponse> files = [];
        foreach (string name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using Stream stream = assembly.GetManifestResourceStream(name)!;
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            files.Add("/" + name[Prefix.Length..].Replace('\\', '/'), ApiResponse.OfKept(TypeOf(name), bytes, SecurityHeaders.Page));
        }

        return files;
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new NotSupportedException($"No media type is known for {other}."),
    };
}

using System.Text.Json;

namespace Tidemark.Functions.Tests.Hosting;

/// <summary>
/// Files of the repository: those at its root that the Functions host reads, and pages with figures that a test measures.
/// </summary>
internal static class RepositoryFiles
{
    public static JsonElement HostJson() => Json("host.json");

    public static Dictionary<string, string?> SampleSettings() => Json("local.settings.sample.json").GetProperty("Values").EnumerateObject()
        .ToDictionary(setting => setting.Name.Replace("__", ":", StringComparison.Ordinal), setting => setting.Value.GetString());

    public static string Text(string path)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Functions.sln")))
        {
            folder = folder.Parent;
        }

        return File.ReadAllText(Path.Combine(folder.FullName, path));
    }

    public static JsonElement Json(string name)
    {
        using JsonDocument document = JsonDocument.Parse(Text(name));
        return document.RootElement.Clone();
    }
}

using System.Text.Json;

namespace Tidemark.Functions.Tests.Hosting;

/// <summary>The files at the root of the repository that the Functions host reads.</summary>
internal static class RepositoryFiles
{
    public static JsonElement HostJson() => Read("host.json");

    public static Dictionary<string, string?> SampleSettings() => Read("local.settings.sample.json").GetProperty("Values").EnumerateObject()
        .ToDictionary(setting => setting.Name.Replace("__", ":", StringComparison.Ordinal), setting => setting.Value.GetString());

    private static JsonElement Read(string name)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Functions.sln")))
        {
            folder = folder.Parent;
        }

        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder.FullName, name)));
        return document.RootElement.Clone();
    }
}

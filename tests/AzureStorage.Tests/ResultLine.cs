using System.Text.Json;
using System.Text.Json.Nodes;
using Tidemark.Support.AzureStorageHost;

namespace Tidemark.AzureStorage.Tests;

/// <summary>A closing as an instance wrote it.</summary>
/// <param name="Key">The window and its revision.</param>
/// <param name="Content">What the events decide: the whole of it but when and why it was published.</param>
internal sealed record ResultLine(string Key, string Content)
{
    private static readonly string[] OfThePublication = ["phase", "revision", "watermark", "sequence"];

    public static IEnumerable<ResultLine> Closings(AppFolder folder) =>
        folder.ResultLines().Select(line => JsonNode.Parse(line)!.AsObject()).Where(result => (string)result["phase"]! != "live").Select(Of);

    private static ResultLine Of(JsonObject result)
    {
        string key = $"{result["window"]} {result["window_start"]} {result["window_end"]} r{result["revision"]}";
        Array.ForEach(OfThePublication, field => result.Remove(field));
        return new ResultLine(key, result.ToJsonString(JsonSerializerOptions.Default));
    }
}

using System.Text.Json.Nodes;
using Tidemark.Cli.Tests.State;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Sinks.Redis;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Torture;

/// <summary>
/// What a stream led to: the content of every window in the lake and in Redis, of every session in the lake, and the dead letters in order.
/// </summary>
public sealed record TortureOutcome(
    IReadOnlyDictionary<string, string> Lake, IReadOnlyDictionary<string, string> Redis, IReadOnlyDictionary<string, string> Sessions,
    IReadOnlyList<string> Letters)
{
    public static TortureOutcome Nothing { get; } =
        new(new Dictionary<string, string>(), new Dictionary<string, string>(), new Dictionary<string, string>(), []);

    public static async Task<TortureOutcome> OfAsync(string lake, RedisServer redis, string letters) =>
        new(await StateRuns.ContentsAsync(lake), await ContentsAsync(redis), await StateRuns.SessionsAsync(lake), Read(letters));

    /// <summary>The content of every window in Redis.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> ContentsAsync(RedisServer server)
    {
        await using RedisConnection connection = await RedisConnection.OpenAsync(server.Options, TimeProvider.System, default);
        RedisReader reader = new(connection);
        SortedDictionary<string, string> contents = new(StringComparer.Ordinal);
        foreach (string family in await reader.ListFamiliesAsync(default))
        {
            await foreach (WindowResult result in reader.ReadAsync(family, new Interval(long.MinValue, long.MaxValue), default))
            {
                contents.Add($"{family} {result.StartMs} {result.EndMs}", StateRuns.ContentOf(result));
            }
        }

        return contents;
    }

    /// <summary>Why and what, in order; the names of the sources and the lines' numbers in them differ.</summary>
    public static IReadOnlyList<string> Read(string letters) =>
        [.. File.ReadLines(letters).Select(line => JsonNode.Parse(line)!.AsObject())
            .Select(letter => $"{letter["reason"]} {letter["missed_minute"]} {letter["value"] ?? letter["value_base64"]}")];

    /// <summary>Fails with what differs.</summary>
    public void Require(TortureOutcome actual)
    {
        StateRuns.RequireSame(Lake, actual.Lake);
        StateRuns.RequireSame(Redis, actual.Redis);
        StateRuns.RequireSame(Sessions, actual.Sessions);
        int same = Letters.Zip(actual.Letters).TakeWhile(pair => pair.First == pair.Second).Count();
        Assert.True(
            same == Letters.Count && same == actual.Letters.Count,
            $"{actual.Letters.Count} dead letters instead of {Letters.Count}; "
                + $"number {same} is {actual.Letters.ElementAtOrDefault(same)} instead of {Letters.ElementAtOrDefault(same)}");
    }
}

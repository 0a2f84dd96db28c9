using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using StackExchange.Redis;
using Tidemark.Core.Results;
using Tidemark.Dashboard.Tests.Support;
using Tidemark.Sinks;
using Tidemark.Sinks.Redis;
using Tidemark.Support.Fixtures;
using static Tidemark.Support.Samples.SessionSamples;

namespace Tidemark.Dashboard.Tests.Grafana;

/// <summary>Goal: every query of the dashboards for Grafana finds what it names. Method: the queries of the files, put to running servers.</summary>
public sealed partial class GrafanaTests
{
    private const long Now = Shop.Midnight + (3 * Shop.Hour);

    [Theory]
    [InlineData("tidemark-api.json", 12)]
    [InlineData("tidemark-sessions.json", 9)]
    public async Task Api_EveryQuery_FindsEveryColumnThatItNames(string file, int queries)
    {
        using LiveServer server = LiveServer.Start(Now, columns: Visits.Columns);
        await server.WriteAsync(
            Shop.Windows.SelectMany(window => Visits.In(Shop.Range(window.Name, Now - (2 * Shop.Hour), Now - Shop.Hour))));
        await server.Results.WriteSessionsAsync(Ended(Now, 1, Session("ada", Now - Shop.Hour)), CancellationToken.None);
        await server.WriteAsync(Shop.Window("1min", Now, Phase.Live, 1));
        using HttpClient http = new() { BaseAddress = server.Url };
        JsonElement[] targets = [.. Targets(file)];
        Assert.Equal(queries, targets.Length);

        foreach (JsonElement target in targets)
        {
            string url = Fill(target.GetProperty("url").GetString()!);
            JsonElement found = JsonDocument.Parse(await http.GetStringAsync(new Uri(url, UriKind.Relative))).RootElement;
            string root = target.GetProperty("root_selector").GetString()!;
            found = root.Length == 0 ? found : found.GetProperty(root);
            found = found.ValueKind == JsonValueKind.Array ? found[0] : found;
            foreach (JsonElement column in target.GetProperty("columns").EnumerateArray())
            {
                JsonElement value = found.GetProperty(column.GetProperty("selector").GetString()!);
                bool isNumber = column.GetProperty("type").GetString() == "number";
                Assert.Equal((url, isNumber ? JsonValueKind.Number : JsonValueKind.String), (url, value.ValueKind));
            }
        }
    }

    [Fact]
    public async Task Redis_EveryQuery_FindsSomething()
    {
        using RedisServer redis = RedisServer.Start();
        IResultSink sink = await new RedisPlan(redis.Options)
            .OpenAsync(new SinkContext(Shop.Windows, OthersWrite: false, TimeProvider.System), CancellationToken.None);
        await sink.WriteAsync(
            [
                .. Shop.Windows.SelectMany(window => Shop.Range(window.Name, Now - (2 * Shop.Hour), Now - Shop.Hour)),
                Shop.Window("1min", Now, Phase.Live, 1),
            ],
            CancellationToken.None);
        await sink.MarkFinalAsync("1min", Now - (2 * Shop.Hour), CancellationToken.None);
        await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(redis.Endpoint);
        JsonElement[] targets = [.. Targets("tidemark-redis.json")];
        Assert.Equal(7, targets.Length);

        foreach (JsonElement target in targets)
        {
            string query = Fill(target.GetProperty("query").GetString()!);
            string[] words = [.. Word().Matches(query).Select(word => word.Groups[1].Success ? word.Groups[1].Value : word.Value)];
            RedisResult answer = await connection.GetDatabase().ExecuteAsync(words[0], [.. words.Skip(1)]);

            string[] values = answer.Resp2Type == ResultType.Array ? (string[])answer! : [(string)answer!];
            Assert.NotEmpty(values);
            Assert.All(values, value => Assert.False(string.IsNullOrEmpty(value), query));
            if (query.StartsWith("EVAL", StringComparison.Ordinal) && values.Length > 1)
            {
                Assert.Equal(60, values.Length);
                Assert.All(values, value => Assert.True(ResultJson.Read(System.Text.Encoding.UTF8.GetBytes(value)).TotalEvents > 0));
            }
        }
    }

    /// <summary>As Grafana fills its variables in.</summary>
    private static string Fill(string query)
    {
        const long From = Now - (2 * Shop.Hour);
        const long To = Now - Shop.Hour - 1;
        string filled = query
            .Replace("${__from:date:seconds}", (From / 1000).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("${__to:date:seconds}", (To / 1000).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("${__from}", From.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("${__to}", To.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        Assert.DoesNotContain("${", filled, StringComparison.Ordinal);
        return filled;
    }

    private static IEnumerable<JsonElement> Targets(string file)
    {
        string path = Path.Combine(BrowserFixture.Artifacts, "..", "..", "docs", "grafana", file);
        return JsonDocument.Parse(File.ReadAllText(path)).RootElement.GetProperty("panels").EnumerateArray()
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray());
    }

    [GeneratedRegex("\"([^\"]*)\"|[^ \"]+")]
    private static partial Regex Word();
}

using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Tidemark.Cli.Configuration;
using Tidemark.Cli.Tests.Help;
using Tidemark.Sinks.Redis;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Configuration;

/// <summary>
/// Goal: the schema for editors says what the reader of the configuration takes. Method: both are walked, key by key, so that a key that one
/// of them lacks fails here. A new key goes into <c>src/Cli/Configuration/tidemark.schema.json</c>.
/// </summary>
public sealed class ConfigSchemaTests : IDisposable
{
    private const string Unknown = "zzzzzzzzzzzz";

    private static readonly JsonObject Schema = Load();

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Schema_Keys_AreThoseThatTheReaderKnows()
    {
        List<(string Key, Func<string, string> Around, JsonObject Schema)> objects =
            [.. Nodes().Where(node => node.Schema["properties"] is not null)];
        Assert.Equal(
            ["", "windows[0]", "fields", "fields.timestamp", "breakdowns[0]", "counters[0]", "sessions", "redis"],
            objects.Select(node => node.Key).Where(key => !key.StartsWith("fields.", StringComparison.Ordinal) || key == "fields.timestamp"));
        foreach ((string key, Func<string, string> around, JsonObject schema) in objects)
        {
            string path = key.Length == 0 ? Unknown : $"{key}.{Unknown}";
            string mistake = Assert.Single(Mistakes(around($"{{\"{Unknown}\":\"x\"}}")),
                mistake => mistake.StartsWith(path + ": ", StringComparison.Ordinal));
            Match known = Regex.Match(mistake.Split(", got ")[0], @"expected (?:one of )?([\w.]+(?:, [\w.]+)*)(?: or ([\w.]+))?");
            Assert.Equal(
                [.. known.Groups[1].Value.Split(", ").Append(known.Groups[2].Value).Where(name => name.Length > 0).Order(StringComparer.Ordinal)],
                [.. schema["properties"]!.AsObject().Select(member => member.Key)
                    .Where(name => name != ConfigSchema.Key).Order(StringComparer.Ordinal)],
                StringComparer.Ordinal);
        }
    }

    [Fact]
    public void Schema_Values_AreTakenByTheReaderAndOthersAreNot()
    {
        int values = 0;
        foreach ((string key, Func<string, string> around, JsonObject schema) in Nodes())
        {
            // The reader has rules of its own for these: what is compared as a number or an identity is not normalized, and a session has room
            // for two gaps at least.
            if (key.Length == 0 || Regex.IsMatch(key, @"^fields\.(timestamp|user_id|metadata\.amount|currency)\.(normalize|constant)")
                || key == "sessions.maxLength")
            {
                continue;
            }

            foreach (string good in Good(schema))
            {
                AssertTaken(key, around(good), isTaken: true);
                values++;
            }

            foreach (string bad in Bad(schema))
            {
                AssertTaken(key, around(bad), isTaken: false);
                values++;
            }
        }

        Assert.True(values > 100, $"only {values} values were tried");
    }

    [Fact]
    public void Schema_ExampleOfTheDocumentation_HasNoOtherKeys()
    {
        string text = File.ReadAllText(RepositoryRoot.File("docs/CONFIGURATION.md"));
        JsonObject example = JsonNode.Parse(text.Split("```json\n")[1].Split("```")[0])!.AsObject();

        Assert.Subset(Schema["properties"]!.AsObject().Select(member => member.Key).ToHashSet(), example.Select(member => member.Key).ToHashSet());
        Assert.Empty(Mistakes(example.ToJsonString()));
    }

    [Fact]
    public void Read_TheNameOfTheSchema_IsNoMistake()
    {
        Assert.Empty(Mistakes("""{"$schema":"./tidemark.schema.json","topPages":3}"""));
        Assert.Single(Mistakes("""{"redis":{"$schema":"./tidemark.schema.json"}}"""));
    }

    [Fact]
    public async Task RunAsync_ConfigSchema_PrintsTheSchema()
    {
        using CommandLineRun run = new();

        Assert.Equal(CommandRunner.Done, await run.RunAsync("config", "schema"));

        Assert.True(JsonNode.DeepEquals(Schema, JsonNode.Parse(run.Output)), "something else was printed");
    }

    [Theory]
    [InlineData("config", "expected schema, got nothing")]
    [InlineData("config scheme", "expected schema, got 'scheme'")]
    public async Task RunAsync_ConfigOfSomethingElse_IsAMistake(string arguments, string expected)
    {
        using CommandLineRun run = new();

        Assert.Equal(CommandRunner.Usage, await run.RunAsync(arguments.Split(' ')));

        Assert.StartsWith("tidemark: " + expected, run.Error, StringComparison.Ordinal);
    }

    private static JsonObject Load()
    {
        using MemoryStream schema = new();
        ConfigSchema.CopyTo(schema);
        return JsonNode.Parse(schema.ToArray())!.AsObject();
    }

    /// <summary>Every value that the schema describes: its key as mistakes have it, and how a configuration looks around it.</summary>
    private static IEnumerable<(string Key, Func<string, string> Around, JsonObject Schema)> Nodes() => Walk("", value => value, Schema);

    private static IEnumerable<(string Key, Func<string, string> Around, JsonObject Schema)> Walk(
        string key, Func<string, string> around, JsonObject schema)
    {
        schema = Resolve(schema);
        yield return (key, around, schema);
        foreach (JsonNode? variant in schema["anyOf"]?.AsArray() ?? [])
        {
            // What one variant does not allow, another one may.
            foreach ((string Key, Func<string, string> Around, JsonObject Schema) node in Walk(key, around, variant!.AsObject()))
            {
                JsonObject one = node.Schema.DeepClone().AsObject();
                one["isVariant"] = node.Key == key || ((bool?)one["isVariant"] ?? false);
                yield return node with { Schema = one };
            }
        }

        foreach ((string name, JsonNode? member) in schema["properties"]?.AsObject() ?? [])
        {
            // The others of a required pair, so that nothing else is wrong.
            string with = string.Concat((schema["required"]?.AsArray() ?? []).Select(other => (string)other!).Where(other => other != name)
                .Select(other => $",\"{other}\":\"{(other == "size" ? "30d" : "a")}\""));
            string path = key.Length == 0 ? name : $"{key}.{name}";
            foreach ((string, Func<string, string>, JsonObject) node in
                Walk(path, value => around($"{{\"{name}\":{value}{with}}}"), member!.AsObject()))
            {
                yield return node;
            }
        }

        if (schema["items"] is JsonObject items && schema["maxItems"] is not null)
        {
            foreach ((string, Func<string, string>, JsonObject) node in Walk($"{key}[0]", value => around($"[{value}]"), items))
            {
                yield return node;
            }
        }
    }

    private static JsonObject Resolve(JsonObject schema) =>
        schema["$ref"] is { } reference ? Schema["definitions"]![((string)reference!).Split('/')[^1]]!.AsObject() : schema;

    private static IEnumerable<string> Good(JsonObject schema)
    {
        IEnumerable<string> texts = (schema["enum"] ?? schema["examples"])?.AsArray().Select(value => value!.ToJsonString()) ?? [];
        IEnumerable<string> numbers = schema["type"]?.ToString() == "integer" ? [$"{schema["minimum"]}", $"{schema["maximum"]}"] : [];
        return [.. texts, .. numbers, .. schema["type"]?.ToString() == "boolean" ? ["true", "false"] : Array.Empty<string>()];
    }

    private static IEnumerable<string> Bad(JsonObject schema)
    {
        string type = schema["type"]?.ToString() ?? "";
        return (bool?)schema["isVariant"] ?? false ? []
            : schema["enum"] is not null || schema["examples"] is not null ? [$"\"{Unknown}\""]
            : type == "integer" ? [$"{(long)schema["minimum"]! - 1}", $"{(long)schema["maximum"]! + 1}", "1.5", "\"1\""]
            : type is "boolean" or "object" ? ["\"yes\""]
            : type == "array" ? ["\"yes\""]
            : type == "string" && schema["pattern"] is not null ? ["\"!\"", "5"] : [];
    }

    private void AssertTaken(string key, string json, bool isTaken)
    {
        IReadOnlyList<string> mistakes = [.. Mistakes(json).Where(mistake => mistake.StartsWith(key + ":", StringComparison.Ordinal))];
        Assert.True(
            (mistakes.Count == 0) == isTaken,
            $"{json}: the schema {(isTaken ? "allows" : "does not allow")} it; the reader says: {string.Join("; ", mistakes)}");
    }

    private List<string> Mistakes(string json)
    {
        string path = _folder.File("tidemark.json");
        File.WriteAllText(path, json, new UTF8Encoding(false));
        IReadOnlyList<string> mistakes = ConfigFile.Read(path, out _, out RedisOptions redis);

        // Those of Redis are checked once its server is known; some need TLS.
        return [.. mistakes.Select(mistake => mistake[(path.Length + 2)..]), .. (redis with { Endpoint = "localhost:6379", Tls = true }).Validate()];
    }
}

using System.Text.Json;

namespace Tidemark.Core.Parsing;

/// <content>The members of breakdowns and counters.</content>
public static partial class InputJson
{
    private static List<AddedBreakdown> Breakdowns(JsonElement json, ICollection<string> mistakes)
    {
        List<AddedBreakdown> breakdowns = [];
        foreach ((string key, JsonElement item) in Items(json, "breakdowns", mistakes))
        {
            RequireKnown(item, key, mistakes, "name", "field", "constant", "normalize");
            string? name = Required(item, key, "name", "a name such as browser", mistakes);
            FieldSource source = Source(item, key, "field", mistakes);
            if (name is not null)
            {
                breakdowns.Add(new AddedBreakdown(name, source));
            }
        }

        return breakdowns;
    }

    private static List<AddedCounter> Counters(JsonElement json, ICollection<string> mistakes)
    {
        List<AddedCounter> counters = [];
        foreach ((string key, JsonElement item) in Items(json, "counters", mistakes))
        {
            RequireKnown(item, key, mistakes, "name", "when");
            string? name = Required(item, key, "name", "a name such as signups", mistakes);
            string? when = Required(item, key, "when", "an event type such as sign_up", mistakes);
            if (name is not null && when is not null)
            {
                counters.Add(new AddedCounter(name, when));
            }
        }

        return counters;
    }

    /// <summary>Writes both by name: their order decides nothing but the order of columns.</summary>
    private static void WriteAdded(Utf8JsonWriter json, InputOptions options)
    {
        if (options.Breakdowns.Count > 0)
        {
            json.WriteStartArray("breakdowns");
            foreach (AddedBreakdown breakdown in options.Breakdowns.OrderBy(breakdown => breakdown.Name, StringComparer.Ordinal))
            {
                json.WriteStartObject();
                json.WriteString("name", breakdown.Name);
                WriteSource(json, "field", breakdown.Source);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (options.Counters.Count > 0)
        {
            json.WriteStartArray("counters");
            foreach (AddedCounter counter in options.Counters.OrderBy(counter => counter.Name, StringComparer.Ordinal))
            {
                json.WriteStartObject();
                json.WriteString("name", counter.Name);
                json.WriteString("when", counter.EventType);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
    }

    /// <summary>The objects of an array, each with its key.</summary>
    private static IEnumerable<(string Key, JsonElement Item)> Items(JsonElement json, string name, ICollection<string> mistakes)
    {
        if (!json.TryGetProperty(name, out JsonElement array))
        {
            yield break;
        }

        if (array.ValueKind != JsonValueKind.Array)
        {
            mistakes.Add($"{name}: expected an array of objects, got {JsonExcerpt.Of(array)}");
            yield break;
        }

        int i = 0;
        foreach (JsonElement item in array.EnumerateArray())
        {
            string key = $"{name}[{i++}]";
            if (item.ValueKind == JsonValueKind.Object)
            {
                yield return (key, item);
            }
            else
            {
                mistakes.Add($"{key}: expected an object, got {JsonExcerpt.Of(item)}");
            }
        }
    }

    private static string? Required(JsonElement json, string key, string name, string expected, ICollection<string> mistakes)
    {
        if (json.TryGetProperty(name, out JsonElement value))
        {
            return AsText(value, $"{key}.{name}", mistakes);
        }

        mistakes.Add($"{key}.{name}: expected {expected}, got nothing");
        return null;
    }

    private static void RequireKnown(JsonElement json, string key, ICollection<string> mistakes, params string[] known)
    {
        foreach (JsonProperty member in json.EnumerateObject().Where(member => !known.Contains(member.Name)))
        {
            mistakes.Add($"{key}.{member.Name}: expected {string.Join(", ", known[..^1])} or {known[^1]}");
        }
    }
}

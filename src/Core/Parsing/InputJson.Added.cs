using System.Text.Json;

namespace Tidemark.Core.Parsing;

/// <content>The members of breakdowns and counters.</content>
public static partial class InputJson
{
    // What could not be read is kept with an empty name, so that the others keep their numbers in further mistakes.
    private static List<AddedBreakdown> Breakdowns(JsonElement json, ICollection<string> mistakes) =>
        [.. Items(json, "breakdowns", mistakes).Select(entry => entry is not (var key, { } item)
            ? new AddedBreakdown("", new FieldSource())
            : new AddedBreakdown(
                Required(item, key, "name", "a name such as browser", mistakes),
                Source(RequireKnown(item, key, mistakes, "name", "field", "constant", "normalize"), key, "field", mistakes)))];

    private static List<AddedCounter> Counters(JsonElement json, ICollection<string> mistakes) =>
        [.. Items(json, "counters", mistakes).Select(entry => entry is not (var key, { } item)
            ? new AddedCounter("", "")
            : new AddedCounter(
                Required(item, key, "name", "a name such as signups", mistakes),
                Required(RequireKnown(item, key, mistakes, "name", "when"), key, "when", "an event type such as sign_up", mistakes)))];

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

    /// <summary>The objects of a list, each with its key; null in place of what is none.</summary>
    private static IEnumerable<(string Key, JsonElement? Item)> Items(JsonElement json, string name, ICollection<string> mistakes)
    {
        if (!json.TryGetProperty(name, out JsonElement array))
        {
            yield break;
        }

        if (array.ValueKind != JsonValueKind.Array)
        {
            mistakes.Add($"{name}: expected a list of objects, got {JsonExcerpt.Of(array)}");
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
                yield return (key, null);
            }
        }
    }

    private static string Required(JsonElement json, string key, string name, string expected, ICollection<string> mistakes)
    {
        if (json.TryGetProperty(name, out JsonElement value))
        {
            return AsText(value, $"{key}.{name}", mistakes) ?? "";
        }

        mistakes.Add($"{key}.{name}: expected {expected}, got nothing");
        return "";
    }

    private static JsonElement RequireKnown(JsonElement json, string key, ICollection<string> mistakes, params string[] known)
    {
        foreach (JsonProperty member in json.EnumerateObject().Where(member => !known.Contains(member.Name)))
        {
            mistakes.Add($"{key}.{member.Name}: expected {string.Join(", ", known[..^1])} or {known[^1]}");
        }

        return json;
    }
}

using System.Text.Json;

namespace Tidemark.Core.Parsing;

/// <summary>
/// Reads and writes <see cref="InputOptions"/> as the members <c>schema</c>, <c>fields</c>, <c>eventTypes</c>, <c>breakdowns</c>,
/// <c>counters</c>, <c>timestampUnit</c> and <c>defaultZone</c> of a JSON object.
/// </summary>
public static partial class InputJson
{
    private static readonly string[] Units = ["auto", "s", "ms", "us", "ns"];

    private static readonly (string Name, Normalization Value)[] Normalizations =
    [
        ("hostOnly", Normalization.HostOnly), ("stripFragment", Normalization.StripFragment), ("stripQuery", Normalization.StripQuery),
        ("stripTrailingSlash", Normalization.StripTrailingSlash), ("lower", Normalization.Lower), ("upper", Normalization.Upper),
    ];

    /// <summary>The members that are read.</summary>
    public static IReadOnlyList<string> Keys { get; } = ["schema", "fields", "eventTypes", "breakdowns", "counters", "timestampUnit", "defaultZone"];

    /// <summary>Reads options.</summary>
    /// <param name="json">The object; members of other names are not looked at.</param>
    /// <param name="mistakes">Receives what is of the wrong type. What the values mean is checked by <see cref="InputOptions.Validate"/>.</param>
    /// <returns>The options; what could not be read has its default.</returns>
    public static InputOptions Read(JsonElement json, ICollection<string> mistakes)
    {
        ArgumentNullException.ThrowIfNull(mistakes);
        InputOptions options = new()
        {
            Schema = Text(json, "schema", "", mistakes),
            DefaultZone = Text(json, "defaultZone", "", mistakes),
        };
        if (Text(json, "timestampUnit", "", mistakes) is { } unit)
        {
            int index = Array.IndexOf(Units, unit);
            if (index < 0)
            {
                mistakes.Add($"timestampUnit: expected one of {string.Join(", ", Units)}, got '{unit}'{NearNames.Hint(unit, Units)}");
            }

            options = options with { TimestampUnit = (TimestampUnit)Math.Max(index, 0) };
        }

        return options with
        {
            Fields = Members(json, "fields", mistakes).ToDictionary(
                member => member.Name, member => Source(member.Value, $"fields.{member.Name}", mistakes), StringComparer.Ordinal),
            EventTypes = Members(json, "eventTypes", mistakes)
                .ToDictionary(
                    member => member.Name, member => AsText(member.Value, $"eventTypes.{member.Name}", mistakes) ?? "?", StringComparer.Ordinal),
            Breakdowns = Breakdowns(json, mistakes),
            Counters = Counters(json, mistakes),
        };
    }

    /// <summary>Reads options from the text of a JSON object.</summary>
    /// <param name="text">The text.</param>
    /// <param name="mistakes">Receives what is wrong with it, members of other names included.</param>
    public static InputOptions Read(string text, ICollection<string> mistakes)
    {
        ArgumentNullException.ThrowIfNull(mistakes);
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                foreach (JsonProperty member in document.RootElement.EnumerateObject().Where(member => !Keys.Contains(member.Name)))
                {
                    mistakes.Add($"{member.Name}: expected one of {string.Join(", ", Keys)}{NearNames.Hint(member.Name, Keys)}");
                }

                return Read(document.RootElement, mistakes);
            }
        }
        catch (JsonException)
        {
            // Said below.
        }

        mistakes.Add("expected a JSON object such as {\"schema\":\"segment\"}");
        return new InputOptions();
    }

    /// <summary>Options as a text that is the same for the same options, whatever the order in which they were given.</summary>
    public static string Write(InputOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            WriteText(json, "schema", options.Schema);
            WriteFields(json, options.Fields);
            if (options.EventTypes.Count > 0)
            {
                json.WriteStartObject("eventTypes");
                foreach ((string from, string to) in options.EventTypes.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    json.WriteString(from, to);
                }

                json.WriteEndObject();
            }

            WriteAdded(json, options);
            WriteText(json, "timestampUnit", options.TimestampUnit is { } unit ? Units[(int)unit] : null);
            WriteText(json, "defaultZone", options.DefaultZone);
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void WriteFields(Utf8JsonWriter json, IReadOnlyDictionary<string, FieldSource> fields)
    {
        if (fields.Count == 0)
        {
            return;
        }

        json.WriteStartObject("fields");
        foreach ((string field, FieldSource source) in fields.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            json.WriteStartObject(field);
            WriteSource(json, "path", source);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteSource(Utf8JsonWriter json, string pathMember, FieldSource source)
    {
        WriteTexts(json, pathMember, source.Paths);
        WriteText(json, "constant", source.Constant);
        WriteTexts(json, "normalize", Normalizations.Where(known => source.Normalization.HasFlag(known.Value)).Select(known => known.Name));
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static FieldSource Source(JsonElement json, string key, ICollection<string> mistakes)
    {
        if (json.ValueKind is JsonValueKind.String or JsonValueKind.Array)
        {
            return new FieldSource { Paths = Texts(json, key, mistakes) };
        }

        if (json.ValueKind != JsonValueKind.Object)
        {
            mistakes.Add($"{key}: expected a path, a list of paths, or an object with path, constant or normalize, got {JsonExcerpt.Of(json)}");
            return new FieldSource();
        }

        RequireKnown(json, key, mistakes, "path", "constant", "normalize");
        return Source(json, key, "path", mistakes);
    }

    /// <summary>Reads the members of a source.</summary>
    private static FieldSource Source(JsonElement json, string key, string pathMember, ICollection<string> mistakes)
    {
        Normalization normalization = Normalization.None;
        foreach (string name in json.TryGetProperty("normalize", out JsonElement changes) ? Texts(changes, $"{key}.normalize", mistakes) : [])
        {
            if (Normalizations.FirstOrDefault(known => known.Name == name) is not { Name: not null } found)
            {
                string[] names = [.. Normalizations.Select(known => known.Name)];
                mistakes.Add($"{key}.normalize: expected one of {string.Join(", ", names)}, got '{name}'{NearNames.Hint(name, names)}");
                continue;
            }

            normalization |= found.Value;
        }

        return new FieldSource
        {
            Paths = json.TryGetProperty(pathMember, out JsonElement paths) ? Texts(paths, $"{key}.{pathMember}", mistakes) : [],
            Constant = Text(json, "constant", key + ".", mistakes),
            Normalization = normalization,
        };
    }

    private static string[] Texts(JsonElement json, string key, ICollection<string> mistakes) =>
        [.. (json.ValueKind == JsonValueKind.Array ? json.EnumerateArray() : (IEnumerable<JsonElement>)[json])
            .Select(item => AsText(item, key, mistakes)).OfType<string>()];

    private static string? Text(JsonElement json, string name, string prefix, ICollection<string> mistakes) =>
        json.TryGetProperty(name, out JsonElement value) ? AsText(value, prefix + name, mistakes) : null;

    private static string? AsText(JsonElement json, string key, ICollection<string> mistakes)
    {
        if (json.ValueKind == JsonValueKind.String)
        {
            return json.GetString();
        }

        mistakes.Add($"{key}: expected a text, got {JsonExcerpt.Of(json)}");
        return null;
    }

    /// <summary>The members of an object, of duplicates the last one.</summary>
    private static IEnumerable<(string Name, JsonElement Value)> Members(JsonElement json, string name, ICollection<string> mistakes)
    {
        if (!json.TryGetProperty(name, out JsonElement value))
        {
            return [];
        }

        if (value.ValueKind == JsonValueKind.Object)
        {
            return value.EnumerateObject().GroupBy(member => member.Name, StringComparer.Ordinal).Select(group => (group.Key, group.Last().Value));
        }

        mistakes.Add($"{name}: expected an object, got {JsonExcerpt.Of(value)}");
        return [];
    }
}

using System.Text.Json;
using Tidemark.Core;
using Tidemark.Core.Parsing;

namespace Tidemark.Cli.Configuration;

/// <summary>A JSON object read value by value; what does not fit is noted with its key and reads as null.</summary>
internal sealed class ConfigObject
{
    private readonly string _path;
    private readonly JsonElement _json;
    private readonly List<string> _mistakes;

    /// <param name="path">Where the object stands, such as <c>windows[2]</c>; empty for the root.</param>
    /// <param name="json">The object.</param>
    /// <param name="mistakes">Where mistakes are noted.</param>
    public ConfigObject(string path, JsonElement json, List<string> mistakes)
    {
        _path = path;
        _json = json;
        _mistakes = mistakes;
        if (json.ValueKind != JsonValueKind.Object)
        {
            mistakes.Add($"{(path.Length == 0 ? "the file" : path)}: expected an object, got {JsonExcerpt.Of(json)}");
            _json = default;
        }
    }

    /// <summary>Notes every key that is not one of the known ones, given with commas between them.</summary>
    public void RequireKnown(string known)
    {
        if (_json.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        string[] keys = known.Split(", ");
        foreach (JsonProperty property in _json.EnumerateObject().Where(property => !keys.Contains(property.Name) && !IsForEditors(property.Name)))
        {
            _mistakes.Add(NearNames.Find(property.Name, keys) is { } near
                ? $"{Key(property.Name)}: unknown; did you mean '{near}'? It is one of {known}"
                : $"{Key(property.Name)}: unknown; expected one of {known}");
        }
    }

    private bool IsForEditors(string name) => _path.Length == 0 && name == ConfigSchema.Key;

    /// <summary>Notes that a value is missing, unless it was given and already found wrong.</summary>
    public T? Required<T>(T? value, string key, string expected)
    {
        if (value is null && _json.ValueKind == JsonValueKind.Object && !_json.TryGetProperty(key, out _))
        {
            _mistakes.Add($"{Key(key)}: expected {expected}, got nothing");
        }

        return value;
    }

    public string? Text(string key) => Read(key, "a text", JsonValueKind.String)?.GetString();

    public bool? Boolean(string key)
    {
        JsonElement? value = Read(key, "true or false", JsonValueKind.True, JsonValueKind.False);
        return value?.GetBoolean();
    }

    public int? Number(string key)
    {
        if (Read(key, "a whole number", JsonValueKind.Number) is not { } value)
        {
            return null;
        }

        if (value.TryGetInt32(out int number))
        {
            return number;
        }

        _mistakes.Add($"{Key(key)}: expected a whole number, got {JsonExcerpt.Of(value)}");
        return null;
    }

    /// <summary>A duration that may be <c>off</c>, which is null.</summary>
    public TimeSpan? DurationOrOff(string key, TimeSpan? whenAbsent) =>
        Read(key, "a duration such as 10s, or off", JsonValueKind.String) is not { } value ? whenAbsent
        : value.GetString() == "off" ? null : Duration(key, value) ?? whenAbsent;

    public TimeSpan? Duration(string key) =>
        Read(key, "a duration such as 10s", JsonValueKind.String) is { } value ? Duration(key, value) : null;

    private TimeSpan? Duration(string key, JsonElement value)
    {
        if (Durations.TryParse(value.GetString(), out TimeSpan duration, out string? mistake))
        {
            return duration;
        }

        _mistakes.Add($"{Key(key)}: {mistake}");
        return null;
    }

    public ConfigObject? Object(string key) =>
        Read(key, "an object", JsonValueKind.Object) is { } value ? new ConfigObject(Key(key), value, _mistakes) : null;

    public IReadOnlyList<ConfigObject>? Objects(string key) =>
        Read(key, "a list of objects", JsonValueKind.Array) is { } value
            ? [.. value.EnumerateArray().Select((item, i) => new ConfigObject($"{Key(key)}[{i}]", item, _mistakes))]
            : null;

    /// <summary>How records are read, from the members of <see cref="InputJson"/>.</summary>
    public InputOptions Input() => _json.ValueKind == JsonValueKind.Object ? InputJson.Read(_json, _mistakes) : new InputOptions();

    /// <summary>All properties as texts: each a text, a number or a boolean.</summary>
    public IReadOnlyDictionary<string, string> Texts()
    {
        Dictionary<string, string> texts = new(StringComparer.Ordinal);
        foreach (JsonProperty property in _json.ValueKind == JsonValueKind.Object ? [.. _json.EnumerateObject()] : Array.Empty<JsonProperty>())
        {
            if (property.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False)
            {
                texts[property.Name] = property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString()! : property.Value.GetRawText();
            }
            else
            {
                _mistakes.Add($"{Key(property.Name)}: expected a text, a number, true or false, "
                    + $"got {property.Value.ValueKind.ToString().ToLowerInvariant()}");
            }
        }

        return texts;
    }

    private JsonElement? Read(string key, string expected, params ReadOnlySpan<JsonValueKind> kinds)
    {
        if (_json.ValueKind != JsonValueKind.Object || !_json.TryGetProperty(key, out JsonElement value))
        {
            return null;
        }

        if (kinds.Contains(value.ValueKind))
        {
            return value;
        }

        _mistakes.Add($"{Key(key)}: expected {expected}, got {JsonExcerpt.Of(value)}");
        return null;
    }

    private string Key(string key) => _path.Length == 0 ? key : $"{_path}.{key}";
}

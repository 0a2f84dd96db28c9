using System.Text.Json;
using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Results;

namespace Tidemark.Sinks;

/// <summary>Reads the JSON of <see cref="ResultJson"/>. Unknown members are ignored.</summary>
internal static class ResultJsonReader
{
    public static WindowResult Read(ReadOnlyMemory<byte> utf8, out DateTimeOffset? emittedAt)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8);
            JsonElement root = document.RootElement;
            emittedAt = root.TryGetProperty(ResultJson.EmittedAt, out JsonElement emitted) ? Time(ResultJson.EmittedAt, emitted) : null;
            WindowResult result = WindowResult.Blank;
            foreach (ResultColumn column in ResultColumns.All)
            {
                result = Read(column, root, result);
            }

            return result;
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"not a window's result: {error.Message}", error);
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException or OverflowException)
        {
            throw new InvalidDataException($"not a window's result: {error.Message}", error);
        }
    }

    private static WindowResult Read(ResultColumn column, JsonElement root, WindowResult result)
    {
        JsonElement parent = root;
        if (column is BytesColumn || (column.Group is { } group && !root.TryGetProperty(group, out parent)))
        {
            return result;
        }

        if (!parent.TryGetProperty(column.JsonName, out JsonElement value))
        {
            return column.IsLater || column.IsLiveOnly ? result : throw new InvalidDataException($"'{column.JsonName}' is missing");
        }

        return column switch
        {
            TextColumn text => text.With(result, value.GetString() ?? throw new InvalidDataException($"'{text.JsonName}' is null")),
            CountColumn count => count.With(result, value.GetInt64()),
            FlagColumn flag => flag.With(result, value.GetBoolean()),
            TimeColumn { IsNullable: true } time when value.ValueKind == JsonValueKind.Null => time.With(result, null),
            TimeColumn time => time.With(result, Time(time.JsonName, value).ToUnixTimeMilliseconds()),
            AmountColumn amount => amount.With(result, value.GetDecimal()),
            MapColumn map => map.With(result, map.Get(result) with { Counts = Counts(value) }),
            _ => throw new NotSupportedException($"No JSON is known for a {column.GetType().Name}."),
        };
    }

    private static List<KeyCount> Counts(JsonElement map) =>
        [.. map.EnumerateObject().Select(entry => new KeyCount(entry.Name, entry.Value.GetInt64()))];

    private static DateTimeOffset Time(string name, JsonElement value) =>
        TimeText.TryParse(value.GetString() ?? "", out DateTimeOffset time) ? time : throw new InvalidDataException($"'{name}' is no time");
}

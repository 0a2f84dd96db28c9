using System.Text.Json;
using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Results;

namespace Tidemark.Sinks;

/// <summary>
/// Reads the JSON of <see cref="ResultJson"/>. A whole number that is no column of every result is a counter, and an object of whole numbers
/// with an error bound a breakdown, which the configuration added; other unknown members are ignored.
/// </summary>
internal static class ResultJsonReader
{
    private static readonly HashSet<string> Known =
        [.. ResultColumns.All.Select(column => column.Group ?? column.JsonName), ResultJson.EmittedAt];

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

            return AddedColumns(root).Aggregate(result, (result, column) => Read(column, root, result));
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
            AmountColumn { IsNullable: true } amount when value.ValueKind == JsonValueKind.Null => amount.With(result, null),
            AmountColumn amount => amount.With(result, value.GetDecimal()),
            AmountMapColumn map =>
                map.With(result, [.. value.EnumerateObject().Select(entry => new KeyAmount(entry.Name, entry.Value.GetDecimal()))]),
            MapColumn map => map.With(result, map.Get(result) with { Counts = Counts(value) }),
            _ => throw new NotSupportedException($"No JSON is known for a {column.GetType().Name}."),
        };
    }

    private static IEnumerable<ResultColumn> AddedColumns(JsonElement root)
    {
        if (root.TryGetProperty(ResultColumns.Sessions[0].Name, out _))
        {
            foreach (ResultColumn column in ResultColumns.Sessions)
            {
                yield return column;
            }
        }

        foreach (JsonProperty member in root.EnumerateObject().Where(member => !Known.Contains(member.Name)))
        {
            if (member.Value.ValueKind == JsonValueKind.Object && member.Name == ResultColumns.RevenueByCurrencyName)
            {
                yield return ResultColumns.RevenueByCurrency;
            }
            else if (!ResultColumns.CanBeAdded(member.Name))
            {
                continue;
            }
            else if (member.Value.ValueKind == JsonValueKind.Object && root.TryGetProperty(member.Name + ResultColumns.ErrorSuffix, out _))
            {
                yield return ResultColumns.AddedBreakdown(member.Name);
                yield return ResultColumns.AddedMaxError(member.Name);
            }
            else if (member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetInt64(out _))
            {
                yield return ResultColumns.AddedCounter(member.Name);
            }
        }
    }

    private static List<KeyCount> Counts(JsonElement map) =>
        [.. map.EnumerateObject().Select(entry => new KeyCount(entry.Name, entry.Value.GetInt64()))];

    internal static DateTimeOffset Time(string name, JsonElement value) =>
        TimeText.TryParse(value.GetString() ?? "", out DateTimeOffset time) ? time : throw new InvalidDataException($"'{name}' is no time");
}

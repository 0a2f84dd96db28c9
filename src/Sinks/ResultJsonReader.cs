using System.Text.Json;
using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Results;

namespace Tidemark.Sinks;

/// <summary>The way back from <see cref="ResultJson"/>. Fields that it does not know are passed over.</summary>
internal static class ResultJsonReader
{
    public static WindowResult Read(ReadOnlyMemory<byte> utf8, out DateTimeOffset? emittedAt)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8);
            JsonElement root = document.RootElement;
            emittedAt = root.TryGetProperty("emitted_at", out JsonElement emitted) ? Time("emitted_at", emitted) : null;
            return Read(root);
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException or OverflowException)
        {
            throw new InvalidDataException($"not a window's result: {error.Message}", error);
        }
    }

    private static WindowResult Read(JsonElement root) => new()
    {
        Window = Field(root, "window").GetString() ?? throw new InvalidDataException("not a window's result: 'window' is null"),
        StartMs = Milliseconds(root, "window_start"),
        EndMs = Milliseconds(root, "window_end"),
        Phase = PhaseOf(Field(root, "phase").GetString()),
        Revision = Number(root, "revision"),
        Sequence = root.TryGetProperty("sequence", out JsonElement sequence) ? sequence.GetInt64() : 0,
        WatermarkMs = Field(root, "watermark").ValueKind == JsonValueKind.Null ? null : Milliseconds(root, "watermark"),
        TotalEvents = Number(root, "total_events"),
        UniqueUsers = Number(root, "unique_users"),
        UniqueUsersExact = Field(root, "unique_users_exact").GetBoolean(),
        UsersSketch = default,
        PageViews = Number(root, "page_views"),
        Clicks = Number(root, "clicks"),
        Purchases = Number(root, "purchases"),
        Revenue = Field(root, "revenue").GetDecimal(),
        RevenueOverflow = Field(root, "revenue_overflow").GetBoolean(),
        InvalidAmounts = Number(root, "invalid_amounts"),
        TopPages = Map(root, "top_pages"),
        Devices = Map(root, "device_breakdown"),
        Countries = Map(root, "country_breakdown"),
        EventTypes = Map(root, "event_types"),
        Averages = root.TryGetProperty("average_per_minute", out JsonElement averages) ? AveragesOf(averages) : null,
    };

    private static AveragePerMinute AveragesOf(JsonElement averages) => new(
        Field(averages, "events").GetDecimal(),
        Field(averages, "page_views").GetDecimal(),
        Field(averages, "clicks").GetDecimal(),
        Field(averages, "purchases").GetDecimal(),
        Field(averages, "revenue").GetDecimal());

    private static Breakdown Map(JsonElement root, string name)
    {
        List<KeyCount> counts = [];
        foreach (JsonProperty entry in Field(root, name).EnumerateObject())
        {
            counts.Add(new KeyCount(entry.Name, entry.Value.GetInt64()));
        }

        return new Breakdown(counts, Number(root, name + "_max_error"));
    }

    private static Phase PhaseOf(string? name)
    {
        foreach (Phase phase in Enum.GetValues<Phase>())
        {
            if (ResultJson.PhaseName(phase) == name)
            {
                return phase;
            }
        }

        throw new InvalidDataException($"not a window's result: unknown phase '{name}'");
    }

    private static JsonElement Field(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) ? value : throw new InvalidDataException($"not a window's result: '{name}' is missing");

    private static long Number(JsonElement element, string name) => Field(element, name).GetInt64();

    private static long Milliseconds(JsonElement root, string name) => Time(name, Field(root, name)).ToUnixTimeMilliseconds();

    private static DateTimeOffset Time(string name, JsonElement value) =>
        TimeText.TryParse(value.GetString() ?? "", out DateTimeOffset time) ? time : throw new InvalidDataException($"not a window's result: '{name}' is no time");
}

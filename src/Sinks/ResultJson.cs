using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Tidemark.Core;
using Tidemark.Core.Results;

namespace Tidemark.Sinks;

/// <summary>
/// A result as one JSON object, snake_case, always the same bytes for the same result. Text is not escaped for HTML: whoever shows
/// it on a page must do that.
/// </summary>
public static class ResultJson
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Appends the object, without a line end.</summary>
    /// <param name="result">The result.</param>
    /// <param name="destination">Where the UTF-8 bytes go.</param>
    /// <param name="emittedAt">When the result was sent, to the millisecond: adds <c>emitted_at</c>.</param>
    public static void Write(WindowResult result, IBufferWriter<byte> destination, DateTimeOffset? emittedAt = null)
    {
        ArgumentNullException.ThrowIfNull(result);
        using Utf8JsonWriter json = new(destination, WriterOptions);
        json.WriteStartObject();
        json.WriteString("window", result.Window);
        WriteTime(json, "window_start", result.StartMs);
        WriteTime(json, "window_end", result.EndMs);
        json.WriteNumber("total_events", result.TotalEvents);
        json.WriteNumber("unique_users", result.UniqueUsers);
        json.WriteNumber("page_views", result.PageViews);
        json.WriteNumber("clicks", result.Clicks);
        json.WriteNumber("purchases", result.Purchases);
        json.WriteNumber("revenue", Plain(result.Revenue));
        WriteMap(json, "top_pages", result.TopPages);
        WriteMap(json, "device_breakdown", result.Devices);
        WriteMap(json, "country_breakdown", result.Countries);
        WriteMap(json, "event_types", result.EventTypes);
        WriteAverages(json, result.Averages);
        json.WriteString("phase", PhaseName(result.Phase));
        json.WriteNumber("revision", result.Revision);
        if (result.Phase == Phase.Live || result.Sequence != 0)
        {
            json.WriteNumber("sequence", result.Sequence);
        }

        if (result.WatermarkMs is { } watermark)
        {
            WriteTime(json, "watermark", watermark);
        }
        else
        {
            json.WriteNull("watermark");
        }

        json.WriteNumber("invalid_amounts", result.InvalidAmounts);
        json.WriteBoolean("unique_users_exact", result.UniqueUsersExact);
        json.WriteBoolean("revenue_overflow", result.RevenueOverflow);
        json.WriteNumber("top_pages_max_error", result.TopPages.MaxError);
        json.WriteNumber("device_breakdown_max_error", result.Devices.MaxError);
        json.WriteNumber("country_breakdown_max_error", result.Countries.MaxError);
        json.WriteNumber("event_types_max_error", result.EventTypes.MaxError);
        if (emittedAt is { } emitted)
        {
            WriteTime(json, "emitted_at", emitted.ToUnixTimeMilliseconds());
        }

        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="Write"/> wrote: every field of the result but its sketch, which is empty.</summary>
    /// <exception cref="InvalidDataException">The text is no result; the message names the field.</exception>
    public static WindowResult Read(ReadOnlyMemory<byte> utf8) => Read(utf8, out _);

    /// <summary>Reads what <see cref="Write"/> wrote, and when it was sent.</summary>
    /// <param name="utf8">One JSON object.</param>
    /// <param name="emittedAt">Null when the text does not say.</param>
    /// <exception cref="InvalidDataException">The text is no result; the message names the field.</exception>
    public static WindowResult Read(ReadOnlyMemory<byte> utf8, out DateTimeOffset? emittedAt) => ResultJsonReader.Read(utf8, out emittedAt);

    /// <summary>The name of a phase: <c>live</c>, <c>on_time</c>, <c>corrected</c>.</summary>
    public static string PhaseName(Phase phase) => phase switch
    {
        Phase.Live => "live",
        Phase.OnTime => "on_time",
        Phase.Corrected => "corrected",
        _ => throw new ArgumentOutOfRangeException(nameof(phase), phase, null),
    };

    /// <summary>The phase of a name; null for other texts.</summary>
    public static Phase? PhaseOf(string name) => name switch
    {
        "live" => Phase.Live,
        "on_time" => Phase.OnTime,
        "corrected" => Phase.Corrected,
        _ => null,
    };

    private static void WriteMap(Utf8JsonWriter json, string name, Breakdown breakdown)
    {
        json.WriteStartObject(name);
        foreach (var entry in breakdown.Counts)
        {
            json.WriteNumber(entry.Key, entry.Count);
        }

        json.WriteEndObject();
    }

    private static void WriteAverages(Utf8JsonWriter json, AveragePerMinute? averages)
    {
        if (averages is null)
        {
            return;
        }

        json.WriteStartObject("average_per_minute");
        json.WriteNumber("events", Plain(averages.Events));
        json.WriteNumber("page_views", Plain(averages.PageViews));
        json.WriteNumber("clicks", Plain(averages.Clicks));
        json.WriteNumber("purchases", Plain(averages.Purchases));
        json.WriteNumber("revenue", Plain(averages.Revenue));
        json.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter json, string name, long epochMs) => json.WriteString(name, TimeText.Format(epochMs));

    /// <summary>The same amount without trailing zeros, so that equal amounts have equal text.</summary>
    private static decimal Plain(decimal amount) => amount / 1.0000000000000000000000000000m;
}

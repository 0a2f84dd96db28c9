using System.Buffers;
using System.Text;
using System.Text.Json;
using Tidemark.Core;
using Tidemark.Core.Windows;

namespace Tidemark.Sinks.Lake;

/// <summary>
/// The windows of a file, written in its metadata (key <see cref="Name"/>): in a table where a window may have any number of rows, the revision
/// of one that has none is nowhere else.
/// </summary>
internal static class LakeHeld
{
    /// <summary>The key of the metadata.</summary>
    public const string Name = "tidemark.minutes";

    /// <summary>The metadata of a file that holds these windows, minutes all of them.</summary>
    public static Dictionary<string, string> Write(IReadOnlyList<LakeKey> held)
    {
        ArrayBufferWriter<byte> text = new();
        using (Utf8JsonWriter json = new(text))
        {
            json.WriteStartArray();
            foreach (LakeKey key in held)
            {
                json.WriteStartObject();
                json.WriteNumber("start", key.Window.StartMs / 1000);
                json.WriteNumber("revision", key.Revision);
                if (key.OtherDays.Count > 0)
                {
                    json.WriteStartArray("other_days");
                    foreach (long day in key.OtherDays)
                    {
                        json.WriteNumberValue(day / 1000);
                    }

                    json.WriteEndArray();
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return new Dictionary<string, string> { [Name] = Encoding.UTF8.GetString(text.WrittenSpan) };
    }

    /// <summary>Reads the metadata of a file.</summary>
    /// <exception cref="InvalidDataException">They are not there, or unreadable.</exception>
    public static IReadOnlyList<LakeKey> Read(IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata?.GetValueOrDefault(Name) is not { } text)
        {
            throw new InvalidDataException($"expected the metadata {Name}, found none");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return document.RootElement.GetArrayLength() > 0
                ? [.. document.RootElement.EnumerateArray().Select(Read)]
                : throw new InvalidDataException($"expected minutes with revisions in the metadata {Name}, found none");
        }
        catch (Exception error) when (
            error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or OverflowException)
        {
            throw new InvalidDataException($"expected minutes with revisions in the metadata {Name}, found something else: {error.Message}", error);
        }
    }

    private static LakeKey Read(JsonElement key)
    {
        long startMs = Ms(key.GetProperty("start"));
        return new LakeKey(new Interval(startMs, startMs + EventTime.MinuteMs), key.GetProperty("revision").GetInt64())
        {
            OtherDays = key.TryGetProperty("other_days", out JsonElement days) ? [.. days.EnumerateArray().Select(Ms)] : [],
        };
    }

    private static long Ms(JsonElement seconds) => checked(seconds.GetInt64() * 1000);
}

using System.Text.Json;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;

namespace Tidemark.Benchmarks;

/// <summary>The plain way: Utf8JsonReader over each line, names compared one by one, the same values taken.</summary>
internal static class BaselineReader
{
    private static ulong s_sink;

    public static int Count(ReadOnlySpan<byte> text)
    {
        int good = 0;
        while (text.Length > 0)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            try
            {
                good += Read(line) ? 1 : 0;
            }
            catch (JsonException)
            {
                // A broken line.
            }
        }

        return good;
    }

    private static bool Read(ReadOnlySpan<byte> line)
    {
        Utf8JsonReader reader = new(line);
        bool timed = false, typed = false;
        string parent = "";
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            if (reader.CurrentDepth == 1)
            {
                parent = "";
                if (reader.ValueTextEquals("timestamp"u8))
                {
                    reader.Read();
                    timed = reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out DateTimeOffset _);
                }
                else if (reader.ValueTextEquals("event_type"u8))
                {
                    reader.Read();
                    Keep(EventKey.Hash(reader.ValueSpan));
                    typed = true;
                }
                else if (reader.ValueTextEquals("user_id"u8))
                {
                    reader.Read();
                    Keep(MurmurHash64A.Hash(reader.ValueSpan));
                }
                else if (reader.ValueTextEquals("page_url"u8))
                {
                    reader.Read();
                    Keep(EventKey.Hash(reader.ValueSpan));
                }
                else
                {
                    parent = reader.ValueTextEquals("geo"u8) ? "geo" : reader.ValueTextEquals("device"u8)
                        ? "device" : reader.ValueTextEquals("metadata"u8) ? "metadata" : "";
                }
            }
            else if (reader.CurrentDepth == 2)
            {
                bool wanted = parent switch
                {
                    "geo" => reader.ValueTextEquals("country"u8),
                    "device" => reader.ValueTextEquals("type"u8),
                    "metadata" => reader.ValueTextEquals("amount"u8),
                    _ => false,
                };
                if (wanted)
                {
                    reader.Read();
                    Keep(EventKey.Hash(reader.ValueSpan));
                }
            }
        }

        return timed && typed;
    }

    private static void Keep(ulong value) => s_sink += value & 1;
}

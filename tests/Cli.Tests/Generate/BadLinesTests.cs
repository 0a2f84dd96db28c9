using System.Text;
using System.Text.Json;
using Tidemark.Cli.Generate;
using static Tidemark.Cli.Tests.Generate.GeneratedStream;

namespace Tidemark.Cli.Tests.Generate;

/// <summary>Goal: bad lines have every reason of docs/SEMANTICS.md. Method: a slow reading of that page's table over System.Text.Json.</summary>
public class BadLinesTests
{
    private const int Lines = 40_000;

    [Fact]
    public void WriteNext_OnlyBadLines_HaveEveryReasonInItsShare()
    {
        Dictionary<string, int> reasons = Count(Of(Lines) with { BadPercent = 100, LatePercent = 0, DuplicatePercent = 0 });

        int eighth = Lines / 8;
        Assert.Equal(7, reasons.Count);
        Assert.InRange(reasons["malformed_json"], 2 * eighth - 400, 2 * eighth + 400);
        foreach (string reason in new[] { "not_an_object", "missing_timestamp",
            "bad_timestamp", "missing_event_type", "future_timestamp", "accepted" })
        {
            Assert.InRange(reasons[reason], eighth - 300, eighth + 300);
        }
    }

    [Fact]
    public void WriteNext_BadPercent_IsThatManyBadLines()
    {
        Dictionary<string, int> reasons = Count(Of(Lines) with { BadPercent = 8 });

        // Seven in eight of 8 %.
        Assert.InRange(Lines - reasons["accepted"], Lines * 6 / 100, Lines * 8 / 100);
    }

    [Fact]
    public void WriteNext_NoBadLines_AreAllAccepted() => Assert.Equal(["accepted"], Count(Of(Lines) with { BadPercent = 0 }).Keys);

    private static Dictionary<string, int> Count(GeneratorOptions options)
    {
        var reasons = new Dictionary<string, int>();
        foreach ((ReadOnlyMemory<byte> line, EventGenerator generator) in GeneratedStream.Lines(options))
        {
            Assert.False(line.Span.Contains((byte)'\n'));
            string reason = Reason(line, generator.LatestEventTimeMs + 300_000);
            reasons[reason] = reasons.GetValueOrDefault(reason) + 1;
        }

        return reasons;
    }

    private static string Reason(ReadOnlyMemory<byte> line, long latestMs)
    {
        JsonElement root;
        try
        {
            // JsonDocument leaves UTF-8 inside strings unchecked.
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(line.Span);
            using JsonDocument document = JsonDocument.Parse(line);
            root = document.RootElement.Clone();
        }
        catch (Exception problem) when (problem is JsonException or DecoderFallbackException)
        {
            return "malformed_json";
        }

        if (root.ValueKind != JsonValueKind.Object)
        {
            return "not_an_object";
        }

        if (!Has(root, "timestamp", out JsonElement timestamp))
        {
            return "missing_timestamp";
        }

        if (!TryReadTime(timestamp, out long ms))
        {
            return "bad_timestamp";
        }

        return !Has(root, "event_type", out _) ? "missing_event_type" : ms > latestMs ? "future_timestamp" : "accepted";
    }

    private static bool Has(JsonElement root, string name, out JsonElement value) =>
        root.TryGetProperty(name, out value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number;

    private static bool TryReadTime(JsonElement value, out long ms)
    {
        if (value.ValueKind == JsonValueKind.Number)
        {
            return value.TryGetInt64(out ms);
        }

        // Times are cut to the millisecond; .NET cannot read nine digits.
        string text = System.Text.RegularExpressions.Regex.Replace(value.GetString()!, @"(\.\d{3})\d*", "$1");
        bool read = DateTimeOffset.TryParseExact(
            text, ["yyyy-MM-dd'T'HH:mm:ss.fffzzz", "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"], null,
            System.Globalization.DateTimeStyles.AssumeUniversal, out DateTimeOffset time);
        ms = time.ToUnixTimeMilliseconds();
        return read;
    }
}

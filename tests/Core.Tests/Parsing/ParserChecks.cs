using System.Text;
using Tidemark.Core.Parsing;

namespace Tidemark.Core.Tests.Parsing;

/// <summary>Runs the parser over a text and compares every record with the reference.</summary>
internal static class ParserChecks
{
    /// <summary>2024-06-01T00:00:00Z</summary>
    public const long LatestMs = 1_717_200_000_000;

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>Compares on a fresh parser of every kind, each twice so that the second pass runs on learned shapes.</summary>
    public static void CheckEverywhere(ReadOnlySpan<byte> text)
    {
        foreach (IndexPath path in Enum.GetValues<IndexPath>())
        {
            if (StructuralIndex.IsSupported(path))
            {
                EventParser parser = new(path);
                Check(parser, text, 0x20);
                Check(parser, text, (byte)'}');
                Check(parser, text, (byte)'"');
            }
        }
    }

    public static void CheckLine(string line) => CheckLine(Utf8(line));

    /// <summary>Checks a line alone, with and without LF, and among good lines.</summary>
    public static void CheckLine(byte[] line)
    {
        byte[] good = Utf8("{\"timestamp\":\"2024-05-01T10:00:00.123Z\",\"event_type\":\"click\",\"user_id\":\"u1\"}\n");
        CheckEverywhere(line);
        CheckEverywhere([.. line, (byte)'\n']);
        CheckEverywhere([.. good, .. line, (byte)'\n', .. line, (byte)'\r', (byte)'\n', .. good, .. line]);
    }

    /// <summary>Parses the text, with the given byte after it, and compares.</summary>
    public static List<ExpectedRecord> Check(EventParser parser, ReadOnlySpan<byte> text, byte padding, long latestMs = LatestMs)
    {
        List<ExpectedRecord> expected = ReferenceEvents.Read(text, latestMs, out int lines);
        byte[] buffer = new byte[text.Length + EventParser.Padding];
        text.CopyTo(buffer);
        buffer.AsSpan(text.Length).Fill(padding);
        Compare(expected, lines, Parse(parser, buffer, text.Length, latestMs));
        return expected;
    }

    public static EventBatch Parse(EventParser parser, byte[] buffer, int length, long latestMs = LatestMs)
    {
        EventBatch batch = new();
        parser.ParseLines(buffer, length, latestMs, batch);
        return batch;
    }

    public static void Compare(List<ExpectedRecord> expected, int lines, EventBatch batch)
    {
        Assert.Equal(lines, batch.Lines);
        for (int i = 0; i < Math.Min(expected.Count, batch.Count); i++)
        {
            string? difference = Difference(expected[i], batch, batch.Records[i]);
            if (difference is not null)
            {
                ReadOnlySpan<byte> line = batch.Text.Span.Slice(expected[i].LineOffset, Math.Min(expected[i].LineLength, 4096));
                Assert.Fail($"{difference}\nin record {i}: {Encoding.UTF8.GetString(line)}\n{Convert.ToHexString(line)}");
            }
        }

        Assert.Equal(expected.Count, batch.Count);
    }

    /// <summary>Parses by a schema and compares with the reference that reads by the same paths and names.</summary>
    public static List<ExpectedRecord> CheckMapped(
        EventParser parser, ReadOnlySpan<byte> text, byte padding,
        IReadOnlyDictionary<string, string[]> paths, IReadOnlyDictionary<string, string> types)
    {
        List<ExpectedRecord> expected = ReferenceEvents.Read(text, LatestMs, out int lines, paths, types);
        byte[] buffer = new byte[text.Length + EventParser.Padding];
        text.CopyTo(buffer);
        buffer.AsSpan(text.Length).Fill(padding);
        Compare(expected, lines, Parse(parser, buffer, text.Length));
        return expected;
    }

    private static string? Difference(ExpectedRecord e, EventBatch batch, EventRecord r)
    {
        if (r.LineOffset != e.LineOffset || r.LineLength != e.LineLength || r.Index != e.Index)
        {
            return $"line: {r.LineOffset}+{r.LineLength} #{r.Index}, expected {e.LineOffset}+{e.LineLength} #{e.Index}";
        }

        if (r.Outcome != e.Outcome)
        {
            return $"rejection: {r.Outcome}, expected {e.Outcome}";
        }

        if (r.TimestampMs != e.TimestampMs || r.Kind != e.Kind)
        {
            return $"timestamp or kind: {r.TimestampMs} {r.Kind}, expected {e.TimestampMs} {e.Kind}";
        }

        if (r.Amount != e.Amount || (r.Amount == AmountState.Valid && r.AmountTenThousandths != e.AmountTenThousandths))
        {
            return $"amount: {r.Amount} {r.AmountTenThousandths}, expected {e.Amount} {e.AmountTenThousandths}";
        }

        if (r.HasUser != (e.User is not null) || (r.HasUser && r.UserHash != ReferenceEvents.Murmur(e.User!)))
        {
            return $"user: {r.HasUser} {r.UserHash:x16}";
        }

        return Difference("event_type", e.EventType, batch, r.EventType) ?? Difference("page", e.Page, batch, r.Page)
            ?? Difference("country", e.Country, batch, r.Country) ?? Difference("device", e.Device, batch, r.Device);
    }

    private static string? Difference(string name, byte[]? expected, EventBatch batch, KeyRef key)
    {
        bool same = expected is null
            ? key == KeyRef.Absent
            : key.IsPresent && batch.Bytes(key).SequenceEqual(expected) && key.Hash == EventKey.Hash(expected);
        return same ? null : $"{name}: {(key.IsPresent ? Encoding.UTF8.GetString(batch.Bytes(key)) : "absent")}, "
            + $"expected {(expected is null ? "absent" : Encoding.UTF8.GetString(expected))}";
    }
}

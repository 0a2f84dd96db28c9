using System.Globalization;
using System.Text;

namespace Tidemark.Support.Oracle;

/// <summary>Lines of events at a given time, in every form the format allows, and lines that are no events.</summary>
public sealed class LineGenerator
{
    private static readonly string[] Types =
        ["page_view", "page_view", "page_view", "click", "purchase", "add_to_cart", "search", "Page_View", "", "схема", "x\ty"];
    private static readonly string[] Countries = ["DE", "US", "FR", "", "日本", "\ud83c\uddeb\ud83c\uddee", "\uffee", "de"];
    private static readonly string[] Devices = ["mobile", "desktop", "tablet", "", "\"tv\"", "\\"];

    private static readonly string[] ValidAmounts =
        ["1", "0", "-0", "19.99", "-5.25", "+3", ".5", "5.", " 7.5\\t", "\\u000b8\\f",
            "00012.3400", "0.0001", "-0.0001", "0.00010000000", "000000000000000000001",
         "99999999999999.9999", "-99999999999999.9999", "12345678901234"];

    private static readonly string[] InvalidAmounts =
        ["", " ", ".", "-", "+.", "NaN", "1e9", "10f", "Infinity", "1,5", "1 2", "- 1",
            "--1", "0x10", "1.00001", "123456789012345", "\\u00a01", "1_000", "٣",
         "1.2.3", "$5", "1\\u0000"];

    private static readonly string[] NumberAmounts =
        ["1", "0", "-0", "-0.0", "19.99", "-5.25", "1e2", "1E-2", "0.00001", "123456789012345", "2.50000"];

    private readonly Random random;
    private readonly int users;
    private readonly int pages;
    private readonly bool plain;

    public LineGenerator(Random random)
    {
        this.random = random;
        users = new[] { 1, 3, 20, 20, 100_000 }[random.Next(5)];
        pages = new[] { 1, 5, 15, 40 }[random.Next(4)];
        plain = random.Next(3) == 0;
    }

    public byte[] Event(long time)
    {
        var type = plain ? Types[random.Next(7)] : Types[random.Next(Types.Length)];
        var members =
            new List<string> { "\"timestamp\":" + Timestamp(time), "\"event_type\":" + (Odd(150) ? "42" : Odd(150) ? LongKey() : Text(type)) };
        Maybe(members, User(), "user_id");
        Maybe(members, Odd(60) ? LongKey() : Text($"/p/{random.Next(pages)}" + (Odd(10) ? "?ü=\ud83d\ude00" : "")), "page_url");
        Maybe(members, Odd(60)
            ? NoObject()
            : Nested("country", Odd(100) ? LongKey() : Text(Countries[random.Next(plain ? 3 : Countries.Length)])), "geo");
        Maybe(members,
            Odd(60) ? NoObject() : Nested("type", Odd(100) ? LongKey() : Text(Devices[random.Next(plain ? 3 : Devices.Length)])), "device");
        Maybe(members, Odd(60) ? NoObject() : Nested("amount", Amount()), "metadata");
        if (!plain)
        {
            Shuffle(members);
            Disturb(members);
        }

        var space = plain ? "" : new[] { "", "", " ", "\t", " \r" }[random.Next(5)];
        var line = space + "{" + string.Join("," + space, members) + "}" + space;
        return Encoding.UTF8.GetBytes(Odd(20) ? line + "\r" : line);
    }

    /// <summary>White space only: no record.</summary>
    public byte[] Blank() => Encoding.UTF8.GetBytes(new[] { "", " ", "\t", "\r", "  \t \r" }[random.Next(5)]);

    /// <summary>A line at the limit of the size: the last that is read, or the first that is not.</summary>
    public byte[] Huge(long time)
    {
        var line = Event(time);
        var huge = Enumerable.Repeat((byte)' ', OracleReader.MaxRecordBytes + random.Next(2)).ToArray();
        line.CopyTo(huge, 0);
        return huge;
    }

    /// <summary>A record that must be rejected, near the given time.</summary>
    public byte[] Garbage(long time)
    {
        var stamp = Timestamp(time);
        var valid = Encoding.UTF8.GetString(Event(time)).Trim();
        if (random.Next(12) == 0)
        {
            var bytes = new byte[random.Next(1, 60)];
            random.NextBytes(bytes);
            bytes[0] = 0xff; // Never a blank line, never JSON.
            return bytes.Select(b => b == (byte)'\n' ? (byte)'x' : b).ToArray();
        }

        if (random.Next(12) == 0)
        {
            // Not UTF-8, inside a string that nobody needs: an encoded surrogate, an over-long form, a cut sequence.
            byte[][] bad = [[0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xe2, 0x82], [0x80], [0xf4, 0x90, 0x80, 0x80]];
            return [.. "{\"note\":\""u8, .. bad[random.Next(bad.Length)], .. Encoding.UTF8.GetBytes("\"," + valid[1..])];
        }

        string[] lines =
        [
            valid[..random.Next(1, valid.Length)], valid + "{}", valid + ",", "\ufeff" + valid, valid[..^1] + ",}", "/*c*/" + valid,
            "{'timestamp':" + stamp + "}", valid[..^1] + ",\"a\":01}", valid[..^1] + ",\"a\":NaN}",
            valid[..^1] + ",\"a\":\"\t\"}", valid[..^1] + ",\"a\":\"\\x\"}",
            valid[..^1] + ",\"deep\":" + new string('[', 64) + new string(']', 64) + "}", "\u00a0", "\f",
            "[]", "[" + valid + "]", "\"text\"", "123", "null", "true", " null\r",
            "{}", "{\"event_type\":\"click\"}", "{\"timestamp\":null,\"event_type\":\"click\"}",
            "{\"timestamp\":[" + stamp + "],\"event_type\":\"click\"}",
            "{\"timestamp\":true,\"event_type\":\"click\"}", "{\"metadata\":{\"timestamp\":"
                + stamp + "},\"event_type\":\"click\"}", valid[..^1] + ",\"timestamp\":{}}",
            "{\"timestamp\":" + BadTimestamp() + ",\"event_type\":\"click\"}", "{\"timestamp\":" + BadTimestamp() + "}",
            "{\"timestamp\":" + BadTimestamp() + ",\"event_type\":\"click\"}", "{\"timestamp\":" + BadTimestamp() + ",\"event_type\":\"click\"}",
            "{\"timestamp\":" + stamp + "}", "{\"timestamp\":" + stamp + ",\"event_type\":null}",
            "{\"timestamp\":" + stamp + ",\"event_type\":false}",
            "{\"timestamp\":" + stamp + ",\"event_type\":{\"event_type\":\"click\"}}", valid[..^1] + ",\"event_type\":[]}",
        ];
        return Encoding.UTF8.GetBytes(lines[random.Next(lines.Length)]);
    }

    private string BadTimestamp()
    {
        string[] bad =
        [
            "\"\"", "\"2026-11-22\"", "\"2026-11-22T10:00:00\"", "\"2026-02-29T10:00:00Z\"", "\"1900-02-29T00:00:00Z\"",
            "\"2026-13-01T00:00:00Z\"",
            "\"2026-00-01T00:00:00Z\"", "\"2026-04-31T00:00:00Z\"",
            "\"2026-11-22T24:00:00Z\"", "\"2026-11-22T10:60:00Z\"", "\"2026-11-22T10:00:60Z\"",
            "\"2026-11-22T23:59:60+01:00\"",
            "\"2026-11-22T23:59:61Z\"", "\"2026-11-22T10:00:00.Z\"", "\"2026-11-22T10:00:00.1234567890Z\"", 
            "\"2026-11-22T10:00:00+24:00\"",
            "\"2026-11-22T10:00:00+01:60\"", "\" 2026-11-22T10:00:00Z\"", "\"2026-11-22T10:00:00Z \"", "\"2026-11-22_10:00:00Z\"",
            "\"2026-11-22  10:00:00Z\"",
            "\"26-11-22T10:00:00Z\"", "\"+2026-11-22T10:00:00Z\"", "\"２026-11-22T10:00:00Z\"", "\"0001-12-31T23:59:59.999Z\"",
            "\"9999-01-01T00:00:00Z\"", "\"0000-01-01T00:00:00Z\"",
            "\"0002-01-01T00:00:00+00:01\"", "\"9998-12-31T23:59:59-00:01\"",
            "253402300800000000000", "-62104060800000000001", "253370764800000000000",
            "99999999999999999999999", "-92233720368547758090",
        ];
        return bad[random.Next(bad.Length)];
    }

    /// <summary>The time as a number, in a unit that its magnitude tells; each reads back as exactly this millisecond.</summary>
    private string Epoch(long time)
    {
        // Small milliseconds are taken for seconds, so such times are written as seconds.
        var seconds = (time < 0 ? "-" : "") + string.Create(CultureInfo.InvariantCulture, $"{Math.Abs(time) / 1000}.{Math.Abs(time) % 1000:D3}");
        return (plain ? 0 : random.Next(6)) switch
        {
            _ when Math.Abs(time) < 100_000_000_000 => time % 1000 == 0 && Odd(2) ? seconds[..^4] : seconds,
            1 => seconds,
            2 => string.Create(CultureInfo.InvariantCulture, $"{(time * 1000) + random.Next(1000)}"),
            3 when Math.Abs(time) < 9_000_000_000_000 =>
                string.Create(CultureInfo.InvariantCulture, $"{(time * 1_000_000) + random.Next(1_000_000)}"),
            4 when time > 0 => $"\"{(Odd(2) ? seconds : time.ToString(CultureInfo.InvariantCulture))}\"",
            _ => time.ToString(CultureInfo.InvariantCulture),
        };
    }

    /// <summary>The time in one of its textual forms; each reads back as exactly this millisecond.</summary>
    private string Timestamp(long time)
    {
        if (Math.Abs(time) < 100_000_000_000_000 && random.Next(plain ? 8 : 3) == 0)
        {
            return Epoch(time);
        }

        // Offsets that would leave the years 1 to 9999 are not tried.
        var offset = plain ? 0 : new[] { 0, 0, 60, -60, 330, -570, 845, 1439, -1439 }[random.Next(9)];
        var utc = DateTimeOffset.FromUnixTimeMilliseconds(time);
        var local = utc.UtcDateTime.AddMinutes(offset);
        var second = utc.UtcDateTime.TimeOfDay.TotalSeconds >= 86_399 && Odd(3) ? "60" : local.ToString("ss", CultureInfo.InvariantCulture);
        var fraction = local.ToString("fff", CultureInfo.InvariantCulture);
        if (!plain)
        {
            fraction = Odd(3) ? fraction + random.Next(1_000_000).ToString("D6", CultureInfo.InvariantCulture)[..random.Next(1, 7)] : fraction;
            fraction = Odd(2) ? fraction.TrimEnd('0') : fraction;
        }

        var zone = offset == 0
            ? plain ? "Z" : new[] { "Z", "Z", "z", "+00:00", "-00:00" }[random.Next(5)]
            : string.Create(CultureInfo.InvariantCulture, $"{(offset < 0 ? '-' : '+')}{Math.Abs(offset) / 60:D2}:{Math.Abs(offset) % 60:D2}");
        var separator = plain ? "T" : new[] { "T", "T", "t", " " }[random.Next(4)];
        var date = local.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var clock = local.ToString("HH:mm:", CultureInfo.InvariantCulture) + second;
        if (!plain && Odd(4))
        {
            zone = zone.Length == 6 && Odd(2) ? zone.Replace(":", "", StringComparison.Ordinal)
                : zone.EndsWith(":00", StringComparison.Ordinal) ? zone[..3] : zone == "Z" ? "UTC" : zone;
            zone = Odd(2) ? " " + zone : zone;
        }

        return "\"" + date + separator + clock + (fraction.Length == 0 ? "" : (!plain && Odd(4) ? "," : ".") + fraction) + zone + "\"";
    }

    private string User() => random.Next(plain ? 1 : 12) switch
    {
        1 => Text("\ud83d\ude00" + random.Next(users)),
        2 => random.Next(users).ToString(CultureInfo.InvariantCulture),
        3 => Text(random.Next(users).ToString(CultureInfo.InvariantCulture)), // The same users as the numbers.
        4 => random.Next(users).ToString(CultureInfo.InvariantCulture) + ".0",
        5 => "\"\"",
        6 => new[] { "\"\\ud800\"", "\"\\uFFFD\"", "\"\\udc00\"", "\"\\ud800\\ud800\"", "\"\\ud83d\\u0041\"", "\"\\u0000\"" }[random.Next(6)],
        7 => new[] { "true", "[\"u1\"]", "{\"id\":1}", "null" }[random.Next(4)],
        _ => Text($"user-{random.Next(users)}"),
    };

    private string Amount() => random.Next(4) switch
    {
        0 => "\"" + InvalidAmounts[random.Next(InvalidAmounts.Length)] + "\"",
        1 => NumberAmounts[random.Next(NumberAmounts.Length)],
        2 when Odd(4) => new[] { "null", "true", "[1]", "{}" }[random.Next(4)],
        _ => "\"" + ValidAmounts[random.Next(ValidAmounts.Length)] + "\"",
    };

    private static string Nested(string name, string value) =>
        "{\"city\":\"x\",\"" + name + "\":" + value + ",\"other\":[1,{\"country\":\"no\",\"type\":\"no\"}]}";

    private string NoObject() => new[] { "null", "\"DE\"", "7", "[]", "[{\"country\":\"XX\"}]", "{}", "false" }[random.Next(7)];

    /// <summary>Around the limit, often alike in the first 512 bytes, of characters of one to four bytes so that the cut falls into some.</summary>
    private string LongKey()
    {
        var character = new[] { "a", "é", "€", "\ud83d\ude00" }[random.Next(4)];
        var text = new StringBuilder("/").Insert(1, character, (508 / Encoding.UTF8.GetByteCount(character)) + random.Next(3));
        return Text(text.Append('b', random.Next(8)).ToString());
    }

    private void Maybe(List<string> members, string value, string name)
    {
        if (!Odd(6))
        {
            members.Add("\"" + name + "\":" + value);
        }
        else if (Odd(2))
        {
            members.Add("\"" + name + "\":null");
        }
    }

    private void Disturb(List<string> members)
    {
        if (Odd(8))
        {
            members.Insert(0, "\"timestamp\":\"not the last\"");
        }

        if (Odd(8))
        {
            members.Insert(0, "\"user_id\":\"first\",\"geo\":{\"country\":\"first\"},\"event_type\":null");
        }

        if (Odd(12))
        {
            members.Add(Odd(2) ? "\"geo\":null" : "\"d\\u0065vice\":{\"type\":\"last\"}");
        }

        if (Odd(8))
        {
            members.Insert(random.Next(members.Count),
                "\"unknown\":[{\"timestamp\":0,\"event_type\":\"no\"},-1.5e-7,\"\\ud800\"],\"\\udfff\":1,\"Timestamp\":1");
        }
    }

    private void Shuffle(List<string> members)
    {
        var shuffled = members.ToArray();
        random.Shuffle(shuffled);
        members.Clear();
        members.AddRange(shuffled);
    }

    /// <summary>A JSON string; now and then with characters escaped that need not be.</summary>
    private string Text(string text)
    {
        var json = new StringBuilder("\"");
        var always = !plain && Odd(10);
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => json.Append("\\\""),
                '\\' => json.Append("\\\\"),
                '/' when always => json.Append("\\/"),
                < ' ' => json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ when always => json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
                _ => json.Append(c),
            };
        }

        return json.Append('"').ToString();
    }

    private bool Odd(int oneIn) => random.Next(oneIn) == 0;
}

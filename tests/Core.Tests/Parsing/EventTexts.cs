using System.Globalization;
using System.Text;

namespace Tidemark.Core.Tests.Parsing;

/// <summary>Generates records, usual ones and odd ones, and spoils them.</summary>
internal sealed class EventTexts(Random random)
{
    private static readonly string[] Types =
        ["page_view", "click", "purchase", "add_to_cart", "search", "page_view", "purchase", "", "pagé", "page_views", "clic\\u006b"];

    private static readonly string[] Timestamps =
    [
        "2024-05-01T10:11:12.345Z", "2024-05-01T10:11:12Z", "2024-05-01t10:11:12.3z",
        "2024-05-01 10:11:12.345678901+02:30", "2024-02-30T10:11:12.345Z",
        "2024-02-29T23:59:60.999Z", "2024-05-01T24:00:00.000Z",
        "2024-05-01T10:11:12.345+00:00", "1969-12-31T23:59:59.999Z", "0002-01-01T00:00:00.000Z",
        "9998-12-31T23:59:59.999Z", "0001-12-31T23:59:59.999Z", "2024-05-01T10:60:12.345Z",
        "2024-05-01T10:11:61.345Z", "2030-05-01T10:11:12.345Z", "", "x",
        "2024-05-01T10:11:12.345\\u005a", "2024-05-0110:11:12.345ZZ",
    ];

    private static readonly string[] Scalars =
        ["0", "-0", "1", "12.5", "-73.9857", "1e9", "1E-2", "1.5e+300", "1e999", "true",
            "false", "null", "1714558272345", "12345678901234567890", "100.00", "14.99"];

    private static readonly string[] BadScalars =
        ["01", "1.", ".5", "+1", "-", "1e", "1.e2", "00", "-01", "tru", "nulls", "NaN", "1 2", "'a'", "1a", "\f1", "0.1.2", "--1", "1-"];

    private static readonly string[] Amounts = ["19.99", "-5", "+3.5", ".5", "5.", ".", "", " 7.25 ", "1e9",
        "NaN", "00012.3400", "99999999999999.9999", "100000000000000", "0.00001", "\\t1\\u000b", "1 2", "10f"];

    private static readonly string[] Odd =
    [
        "", "a", "é", "日本語", "🙂", "\\n", "\\/", "\\\"", "\\\\", "\\u0041", "\\ud83d\\ude00",
        "\\ud800", "\\udc00x", "\\ud800\\ud800", "\\ud83d\\u0041", "\u2028", "\u007f",
        "\\u0000", "true", "null", "{", "}", ",", "\\u12", "\\x", "https:\\/\\/shop.example\\/p\\/1",
    ];

    private static readonly byte[] Interesting = "\"\\{}[]:,tfn0-9.eE+ \t\r\n/ux\0\f"u8.ToArray();

    /// <summary>A record that is usually good; LF not included.</summary>
    public byte[] Record()
    {
        List<string> members = [];
        Member(members, 1, "event_id", () => Text(Guid(), 40));
        Member(members, 40, "timestamp", () => Odds(12) ? Scalar() : "\"" + (Odds(4) ? Pick(Timestamps) : Moment()) + "\"");
        Member(members, 40, "event_type", () => Odds(30) ? Scalar() : "\"" + Pick(Types) + "\"");
        Member(members, 8, "user_id", () => Odds(12) ? Scalar() : Text("user_" + random.Next(1000), 12));
        Member(members, 8, "session_id", () => Text("s" + random.Next(100000), 40));
        Member(members, 8, "page_url", () => Text("https://shop.example/p/" + new string('x', Odds(40) ? random.Next(1200) : random.Next(40)), 8));
        Member(members, 8, "referrer", () => Odds(3) ? "null" : Text("https://search.example/?q=" + random.Next(100), 12));
        Member(members, 8, "geo", () => Nested(["country", "city", "latitude", "longitude"]));
        Member(members, 8, "device", () => Nested(["type", "os", "browser"]));
        Member(members, 8, "metadata", () => Nested(["amount", "currency", "items", "timestamp", "geo"]));
        Extras(members);
        if (Odds(8))
        {
            string[] shuffled = [.. members];
            random.Shuffle(shuffled);
            members = [.. shuffled];
        }

        string space = Odds(20) ? " " : "";
        string tail = Odds(30) ? "\r" : Odds(60) ? " \t" : "";
        return Encoding.UTF8.GetBytes("{" + space + string.Join(space + "," + space, members) + space + "}" + tail);
    }

    /// <summary>Changes a few bytes of a record.</summary>
    public byte[] Mutate(byte[] record, byte[] other)
    {
        List<byte> bytes = [.. record];
        for (int changes = random.Next(1, 4); changes > 0 && bytes.Count > 0; changes--)
        {
            int at = random.Next(bytes.Count);
            byte b = Odds(2) ? Interesting[random.Next(Interesting.Length)] : (byte)random.Next(256);
            switch (random.Next(7))
            {
                case 0:
                    bytes[at] = b;
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.Insert(at, b);
                    break;
                case 3:
                    bytes.RemoveRange(at, Math.Min(bytes.Count - at, random.Next(1, 8)));
                    break;
                case 4:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 5:
                    int from = random.Next(other.Length);
                    bytes.InsertRange(at, other[from..Math.Min(other.Length, from + random.Next(1, 60))]);
                    break;
                default:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Pick(Odd)));
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>A text of records, of which about one in <paramref name="spoiled"/> is mutated.</summary>
    public byte[] Block(int records, int spoiled)
    {
        List<byte> text = [];
        byte[] last = Record();
        for (int i = 0; i < records; i++)
        {
            byte[] record = Record();
            text.AddRange(Odds(spoiled) ? Mutate(record, last) : record);
            text.Add((byte)'\n');
            if (Odds(50))
            {
                text.AddRange(Odds(2) ? "\n"u8 : " \t\r\n"u8);
            }

            last = record;
        }

        if (Odds(2))
        {
            text.RemoveAt(text.Count - 1);
        }

        return [.. text];
    }

    private bool Odds(int oneIn) => random.Next(oneIn) == 0;

    private string Pick(string[] from) => from[random.Next(from.Length)];

    private string Scalar() => Pick(Odds(100) ? BadScalars : Scalars);

    private string Moment() =>
        DateTimeOffset.FromUnixTimeMilliseconds(1_714_500_000_000 + random.Next(200_000_000))
            .ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private string Guid()
    {
        byte[] bytes = new byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes).ToString();
    }

    private string Text(string usual, int odd) => "\"" + (Odds(odd) ? usual[..(usual.Length / 2)] + Pick(Odd) + Pick(Odd) : usual) + "\"";

    private void Member(List<string> members, int missing, string name, Func<string> value)
    {
        if (missing == 1 || !Odds(missing))
        {
            members.Add(Name(name) + ":" + value());
        }
    }

    private string Name(string name) => Odds(200) ? "\"" + name.Replace("t", "\\u0074", StringComparison.Ordinal) + "\"" : "\"" + name + "\"";

    private string Nested(string[] names)
    {
        if (Odds(30))
        {
            return Odds(2) ? Scalar() : Odds(2) ? "{}" : "[{\"country\":\"XX\"},[1,\"a\"]]";
        }

        List<string> members = [];
        foreach (string name in names)
        {
            if (name == "amount" || !Odds(5))
            {
                members.Add(Name(name) + ":" + (name switch
                {
                    "amount" => Odds(2) ? Scalar() : "\"" + Pick(Amounts) + "\"",
                    "latitude" or "longitude" => Scalar(),
                    "items" => Odds(2) ? "[1,{\"amount\":5},\"\\/\"]" : "[]",
                    "geo" => "{\"country\":\"no\",\"amount\":1,\"type\":\"t\",\"deep\":{\"er\":{}}}",
                    _ => Text(name + random.Next(20), 20),
                }));
            }
        }

        return "{" + string.Join(",", members) + "}";
    }

    private void Extras(List<string> members)
    {
        if (Odds(10))
        {
            // A duplicate of a key that matters, of any kind.
            string[] names = ["timestamp", "event_type", "user_id", "page_url", "geo", "device", "metadata"];
            string value = Odds(2) ? Scalar() : Odds(2) ? Text("dup", 2) : Nested(["country", "type", "amount"]);
            members.Insert(random.Next(members.Count + 1), Name(Pick(names)) + ":" + value);
        }

        if (Odds(10))
        {
            members.Add("\"\":" + (Odds(2) ? "{\"timestamp\":1,\"country\":2}" : "[[[[]]],{}]"));
        }
    }
}

using System.Globalization;
using System.Text;

namespace Tidemark.Benchmarks;

/// <summary>What is special about the events of one measurement.</summary>
internal enum EventVariant
{
    Main,
    CrLf,
    Broken,
    NonAscii,
    EscapesElsewhere,
    EscapedUrls,
    Optional,
    RandomOrder,
    Arrays,
    OffsetTimes,

    /// <summary>Every record has a name that no other has, at its end: the worst that can be done to learned shapes.</summary>
    NewNames,
}

/// <summary>Writes realistic events of about 520 bytes with every field: 500,000 users, 5,000 pages, always the same for a seed.</summary>
internal sealed class EventGenerator(EventVariant variant)
{
    private static readonly string[] Types = ["page_view", "page_view", "page_view", "click", "click", "search", "add_to_cart", "purchase"];
    private static readonly string[] Countries = ["US", "DE", "GB", "FR", "JP", "BR", "IN", "CA", "AU", "NL"];
    private static readonly string[] Cities = ["New York", "Berlin", "London", "Paris", "Tokyo", "Recife", "Mumbai", "Toronto", "Sydney", "Utrecht"];
    private static readonly string[] Agents =
    [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/124.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4) Mobile/15E148",
        "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Firefox/125.0",
    ];

    private readonly Random _random = new(42);
    private DateTime _time = new(2024, 5, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>A text of at least that many bytes, and how many lines it has.</summary>
    public byte[] Generate(int bytes, out int lines)
    {
        MemoryStream text = new(bytes + 4096);
        lines = 0;
        while (text.Length < bytes)
        {
            byte[] line = Encoding.UTF8.GetBytes(Event());
            if (variant == EventVariant.Broken && _random.Next(20) == 0)
            {
                line = Break(line);
            }

            text.Write(line);
            text.Write(variant == EventVariant.CrLf ? "\r\n"u8 : "\n"u8);
            lines++;
        }

        return text.ToArray();
    }

    private string Event()
    {
        _time = _time.AddMilliseconds(_random.Next(8));
        string type = Pick(Types);
        string url = "https://shop.example.com/category-" + _random.Next(50) + "/item-" + (int)(5000 * Math.Pow(_random.NextDouble(), 3));
        if (variant == EventVariant.EscapedUrls)
        {
            url = url.Replace("/", "\\/", StringComparison.Ordinal);
        }

        List<string> members =
        [
            Text("event_id", NewGuid()),
            Text("timestamp", _time.ToString(variant == EventVariant.OffsetTimes
                ? "yyyy-MM-dd'T'HH:mm:ss'+00:00'"
                : "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)),
            Text("event_type", type),
            Text("user_id", "user_" + _random.Next(500_000).ToString("D6", CultureInfo.InvariantCulture)),
        ];
        Optional(members, Text("session_id", "sess_" + _random.NextInt64(1L << 40).ToString("x10", CultureInfo.InvariantCulture)));
        Optional(members, Text("page_url", url));
        Optional(members, Text("referrer", "https://www.google.com/"));
        Optional(members, Text("user_agent", Pick(Agents) + (variant == EventVariant.EscapesElsewhere ? " \\\"q\\\" a\\/b\\n" : "")));
        Optional(members, Text("ip_address", _random.Next(1, 255) + "." + _random.Next(255) + "." + _random.Next(255) + "." + _random.Next(255)));
        int place = _random.Next(Countries.Length);
        string city = variant == EventVariant.NonAscii ? "Zürich–東京" : Cities[place];
        Optional(members, "\"geo\":{" + Text("country", Countries[place]) + "," + Text("city", city)
            + ",\"latitude\":" + Coordinate(90) + ",\"longitude\":" + Coordinate(180) + "}");
        members.Add("\"device\":{" + Text("type", Pick(["desktop", "mobile", "tablet"])) + "," + Text("os", Pick(["Windows", "iOS", "Linux"]))
            + "," + Text("browser", Pick(["Chrome", "Safari", "Firefox"])) + "}");
        members.Add(Metadata(type));
        if (variant == EventVariant.NewNames)
        {
            members.Add("\"k" + _random.NextInt64().ToString("x16", CultureInfo.InvariantCulture) + "\":1");
        }

        if (variant == EventVariant.RandomOrder)
        {
            string[] shuffled = [.. members];
            _random.Shuffle(shuffled);
            members = [.. shuffled];
        }

        return "{" + string.Join(",", members) + "}";
    }

    private string Metadata(string type)
    {
        string extra = variant == EventVariant.Arrays ? ",\"items\":[\"" + string.Join("\",\"", Enumerable.Range(0, _random.Next(5))) + "\"]" : "";
        return type == "purchase"
            ? "\"metadata\":{\"amount\":\"" + (_random.Next(100, 50_000) / 100m)
                .ToString(CultureInfo.InvariantCulture) + "\"," + Text("currency", "USD") + extra + "}"
            : "\"metadata\":{" + Text("campaign", "spring_" + _random.Next(20)) + extra + "}";
    }

    private void Optional(List<string> members, string member)
    {
        if (variant != EventVariant.Optional || _random.Next(2) == 0)
        {
            members.Add(member);
        }
    }

    private byte[] Break(byte[] line)
    {
        int at = _random.Next(line.Length);
        switch (_random.Next(4))
        {
            case 0:
                return line[..at];
            case 1:
                line[at] = 0xFF;
                return line;
            case 2:
                line[at] = (byte)'"';
                return line;
            default:
                return [.. line[..at], (byte)'}', .. line[at..]];
        }
    }

    private string NewGuid()
    {
        byte[] bytes = new byte[16];
        _random.NextBytes(bytes);
        return new Guid(bytes).ToString();
    }

    private string Coordinate(int limit) => ((_random.NextDouble() * 2 * limit) - limit).ToString("F4", CultureInfo.InvariantCulture);

    private string Pick(string[] from) => from[_random.Next(from.Length)];

    private static string Text(string name, string value) => "\"" + name + "\":\"" + value + "\"";
}

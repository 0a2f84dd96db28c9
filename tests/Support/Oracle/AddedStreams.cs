using System.Text;

namespace Tidemark.Support.Oracle;

/// <summary>The streams of <see cref="StreamGenerator"/> with members that a configuration adds to what is counted.</summary>
public static class AddedStreams
{
    private static readonly string[][] Paths =
    [
        ["ref"], ["ab", "variant"], ["device", "type"], ["geo", "country"], ["geo", "city"], ["event_type"], ["page_url"], ["user_id"],
        ["metadata", "amount"], ["a.b"], ["nowhere", "at", "all"],
    ];

    private static readonly string[] Texts = ["\"a\"", "\"b\"", "\"\"", "\"\\u00e4\\n\"", "42", "1.50", "null", "true", "{}", "[\"a\"]", "\"日本\""];

    private static readonly string[] Currencies =
    [
        "\"EUR\"", "\"eur\"", "\" Usd\\t\"", "\"SEK\"", "\"JPY\"", "\"\"", "\"  \"", "null", "42", "\"BTC\"", "\"äö\"", "\"more than 16 bytes\"",
        "\"a\\u0001\"", "{\"code\":\"EUR\"}",
    ];

    private static readonly string[] Types = ["page_view", "click", "purchase", "схема", "x\ty", "42", "signup"];

    public static (OracleOptions Options, List<(int Partition, byte[] Line)> Records) Next(int seed)
    {
        var (options, records) = StreamGenerator.Next(seed);
        var random = new Random(seed + 1_000_000);
        var added = new OracleAdditions
        {
            Breakdowns = [.. Enumerable.Range(0, random.Next(9)).Select(i => new OracleBreakdown(
                $"b{i}", Paths[random.Next(Paths.Length)], random.Next(4) == 0 ? "none" : null))],
            Counters = [.. Enumerable.Range(0, random.Next(9)).Select(i => new OracleCounter($"c_{i}", Types[random.Next(Types.Length)]))],
            CurrencyPath = random.Next(3) == 0 ? null : random.Next(2) == 0 ? ["currency"] : ["money", "currency"],
            CurrencyConstant = random.Next(4) == 0 ? "usd" : null,
        };

        // Mostly one currency; now and then more of them than have sums of their own.
        var currencies = random.Next(3) switch { 0 => 1, 1 => 2, _ => Currencies.Length };
        var many = random.Next(3) == 0;
        return (options with { Added = added }, [.. records.Select(record => (record.Partition, With(record.Line)))]);

        byte[] With(byte[] line)
        {
            if (line.Length > 10_000 || !OracleJson.TryParse(line, out var root) || root.Members is not { Count: > 0 } || random.Next(10) == 0)
            {
                return line;
            }

            var currency = many && random.Next(8) > 0 ? $"\"x{random.Next(200)}\"" : Currencies[random.Next(currencies)];
            var money = random.Next(2) == 0
                ? $"\"currency\":{currency},\"money\":{{\"currency\":{currency}}}" : $"\"money\":{{}},\"currency\":{currency}";
            string[] members =
            [
                $"\"ref\":{Text()}", $"\"ab\":{{\"variant\":{Text()},\"other\":1}}", $"\"a.b\":{Text()}", money,
            ];
            random.Shuffle(members);
            var text = Encoding.UTF8.GetString(line).TrimEnd();
            var purchase = many && random.Next(8) > 0
                ? $",\"event_type\":\"purchase\",\"metadata\":{{\"amount\":{random.Next(-9, 10)}}},{money}" : "";
            return Encoding.UTF8.GetBytes(text[..^1] + "," + string.Join(',', members[..random.Next(1, members.Length + 1)]) + purchase + "}");
        }

        string Text() => Texts[random.Next(Texts.Length)];
    }
}

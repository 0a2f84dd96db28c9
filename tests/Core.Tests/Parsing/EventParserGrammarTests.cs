using System.Text;
using Tidemark.Core.Parsing;

namespace Tidemark.Core.Tests.Parsing;

/// <summary>What is well formed, on hand-made records: every line also runs against the reference, on all paths, warm and cold.</summary>
public class EventParserGrammarTests
{
    private const string Head = "{\"timestamp\":\"2024-05-01T10:00:00.123Z\",\"event_type\":\"page_view\"";

    public static TheoryData<string> AcceptedValues =>
    [
        "0", "-0", "1", "-1", "10", "1.5", "-0.0", "1e5", "1E+5", "1e-5", "1.0e0", "1e999",
        "123456789012345678901234567890", "0.00000000000000000000001", "-12345678901234.5",
        "true", "false", "null", "{}", "[]", "[ ]", "{ }", "[1,\"a\",null]", "[[[]]]", "{\"\":\"\"}",
        "\"\"", "\"\u007f\"", "\"\u2028\"", "\"\\u0000\"", "\"\\/\"", "\"\\\"\\\\\\b\\f\\n\\r\\t\"",
        "\"\\uD83D\\uDE00\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"é日🙂\"", " 1 ", "\t\"x\"\t",
        "\r1\r", "{\"a\":{\"b\":{\"c\":[{}]}}}", "\"\\\\\"", "\"\\\\\\\"\"", "\"{}[],:\"",
    ];

    public static TheoryData<string> RefusedValues =>
    [
        "", "01", "-01", "00", "1.", ".5", "+1", "-", "--1", "1e", "1e+", "1.e1", "0x10", "1_0",
        "NaN", "Infinity", "-Infinity", "tru", "truex", "True", "nul", "nulll", "undefined", "'a'",
        "\"", "\"a", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12G4\"", "\"\\u\"", "\"\\", "\"\t\"",
        "\"\u0001\"", "\"\u001f\"", "[", "]", "{", "}", "[1", "[1,]", "[,1]", "[1 2]", "[1}", "{]",
        "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{a:1}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{1:2}", "{\"a\"::1}",
        "1 2", "1,", "\"a\"\"b\"", "\f1", "\v1", "\u00a01", "// c\r1", "/**/1", "1/**/", "\uFEFF1", "1\0", "\\u0031",
    ];

    public static TheoryData<string> Escapes =>
    [
        "\\/", "\\u0041", "a\\/b\\/c", "\\ud83d\\ude00", "x\\ud83d\\ude00y", "\\ud800", "\\ud800x",
        "x\\ud800", "\\udc00", "\\udc00\\ud800", "\\ud800\\ud800", "\\ud800\\ud800\\udc00",
        "\\ud800\\u0041", "\\ud800\\ue000", "\\udbff\\uffff", "\\ud83d\\ud83d\\ude00", "\\ud800\\udbff", "\\ud800\\n", "\\ud83d\u20ac",
        "\\uDBFF\\uDFFF", "\\uFFFD",
        "\\uffff", "\\u0000", "\\u007f", "\\u0080", "\\u07FF", "\\u0800", "\\\"", "\\\\", "\\\\\\\"", "\\\\u0041", "\\b\\f\\n\\r\\t",
        "page_vie\\u0077", "\\u0070age_view", "purchas\\u0065", "\\ud800\\\\udc00",
    ];

    [Theory]
    [MemberData(nameof(AcceptedValues))]
    public void ParseLines_WellFormedValueAnywhere_IsAccepted(string value)
    {
        Assert.Equal(RecordOutcome.Counted, First($"{Head},\"x\":{value}}}").Outcome);
        ParserChecks.CheckLine($"{Head},\"x\":{value}}}");
        ParserChecks.CheckLine(
            $"{{\"x\":{value},\"x\":[{value},{value}],{Head[1..]},\"geo\":{{\"x\":{value},\"country\":{value}}},\"user_id\":{value}}}");
        ParserChecks.CheckLine(value);
        foreach (string name in (string[])["timestamp", "event_type", "user_id", "page_url", "geo", "device", "metadata"])
        {
            ParserChecks.CheckLine($"{Head},\"{name}\":{value}}}");
        }
    }

    [Theory]
    [MemberData(nameof(RefusedValues))]
    public void ParseLines_MalformedValueAnywhere_IsMalformedJson(string value)
    {
        Assert.Equal(RecordOutcome.MalformedJson, First($"{Head},\"x\":{value}}}").Outcome);
        ParserChecks.CheckLine($"{Head},\"x\":{value}}}");
        ParserChecks.CheckLine($"{Head},\"x\":[{value}]}}");
        ParserChecks.CheckLine($"{Head},\"user_id\":{value},\"geo\":{{\"country\":\"DE\"}}}}");
        ParserChecks.CheckLine($"{Head}}}{value}");
        ParserChecks.CheckLine(value);
    }

    [Theory]
    [MemberData(nameof(AcceptedValues))]
    [MemberData(nameof(RefusedValues))]
    public void ParseLines_ValueWhereAShapeExpectsAnother_EqualsReference(string value)
    {
        // The parser knows each template with a number, a string, an array and an object before it meets the value.
        foreach (string template in (string[])["{@,\"x\":~}", "{@,\"x\":~,\"y\":1}", "{\"x\":~,@}",
            "{@,\"geo\":{\"latitude\":~,\"country\":\"DE\"}}", "{@,\"metadata\":{\"amount\":~}}", "{@,\"user_id\":~ }"])
        {
            string form = template.Replace("@", Head[1..].Replace("page_view", "purchase", StringComparison.Ordinal), StringComparison.Ordinal);
            StringBuilder text = new();
            foreach (string usual in (string[])["12.5", "\"a\"", "[1]", "{\"z\":2}", "12.5"])
            {
                text.Append(form.Replace("~", usual, StringComparison.Ordinal)).Append('\n')
                    .Append(form.Replace("~", value, StringComparison.Ordinal)).Append('\n');
            }

            ParserChecks.CheckEverywhere(ParserChecks.Utf8(text.ToString()));
        }
    }

    [Fact]
    public void ParseLines_RecordThatGoesOnAfterTheText_IsCutAtItsEnd()
    {
        byte[] line = ParserChecks.Utf8("{\"x\":[1,{\"y\":2}, 34],\"t\":true,\"n\":null,\"e\":\"\\u0041\\\"\\\\é\","
            + Head[1..] + ",\"geo\":{\"country\":\"D\\u0045\",\"latitude\":-12.5e+3},\"user_id\":12}");
        EventParser warm = new();
        for (int cut = 0; cut <= line.Length; cut++)
        {
            // The rest of the record lies in the padding, or on the next line.
            byte[] buffer = [.. line, .. new byte[EventParser.Padding]];
            List<ExpectedRecord> expected = ReferenceEvents.Read(line.AsSpan(0, cut), ParserChecks.LatestMs, out int lines);
            ParserChecks.Compare(expected, lines, ParserChecks.Parse(new EventParser(), buffer, cut));
            ParserChecks.Compare(expected, lines, ParserChecks.Parse(warm, buffer, cut));
            ParserChecks.Check(warm, [.. line, (byte)'\n', .. line[..cut], (byte)'\n', .. line[cut..], (byte)'\n', .. line], 0);
        }
    }

    [Theory]
    [MemberData(nameof(Escapes))]
    public void ParseLines_EscapesInNamesAndValues_ReadAsTheirText(string escape)
    {
        ParserChecks.CheckLine(
            $"{{\"timestamp\":\"2024-05-01T10:00:00.123Z\",\"event_type\":\"{escape}\",\"user_id\":\"{escape}\",\"page_url\":\"{escape}\"}}");
        ParserChecks.CheckLine(
            $"{Head},\"page_url\":\"https:{escape}\",\"user_id\":\"u{escape}u\","
                + $"\"geo\":{{\"country\":\"{escape}\"}},\"device\":{{\"{escape}\":1,\"type\":\"{escape}\"}}}}");
        ParserChecks.CheckLine($"{Head},\"{escape}\":{{\"{escape}\":[\"{escape}\"]}},\"user_agent\":\"{escape}\"}}");
    }

    [Theory]
    [InlineData("{\"time\\u0073tamp\":\"2024-05-01T10:00:00Z\",\"\\u0065vent_type\":\"click\",\"user\\u005fid\":\"u\"}")]
    [InlineData("{\"timestamp\":1,\"event_type\":\"page_view\",\"g\\u0065o\":{\"countr\\u0079\":\"DE\"},"
        + "\"devic\\u0065\":{\"typ\\u0065\":\"tv\"},\"page\\u005Furl\":\"p\"}")]
    [InlineData("{\"timestamp\":1,\"event_type\":\"purchase\","
        + "\"\\u006d\\u0065\\u0074\\u0061\\u0064\\u0061\\u0074\\u0061\":{\"\\u0061\\u006d\\u006f\\u0075\\u006e\\u0074\":5}}")]
    [InlineData("{\"\\u0065\\u0076\\u0065\\u006e\\u0074\\u005f\\u0074\\u0079\\u0070\\u0065\":\"click\",\"timestamp\":1}")]
    [InlineData("{\"timestamp\":1,\"event_type\":\"click\",\"metadata\":{\"timestamp\":\"x\",\"geo\":{\"country\":\"no\"}},"
        + "\"x\":{\"country\":\"no\",\"type\":\"no\",\"timestamp\":2}}")]
    [InlineData("{\"timestamp\":1,\"event_type\":\"click\",\"geo\":{\"device\":{\"type\":\"no\",\"country\":\"no\"},"
        + "\"type\":\"no\",\"geo\":{\"country\":\"no\"}}}")]
    [InlineData("{\"timestamp\":1,\"event_type\":\"purchase\",\"metadata\":{\"x\":{\"amount\":1}},\"geo\":{\"x\":{\"y\":1},\"amount\":2}}")]
    [InlineData("{\"timestamp\":1,\"event_type\":\"purchase\",\"geo\":{\"x\":{\"y\":1},\"amount\":2},\"metadata\":{\"x\":{\"y\":1},\"amount\":2}}")]
    [InlineData("{\"timestamp\":1,\"event_type\":\"click\",\"geo\":[{\"country\":\"no\"}],\"device\":[\"type\",\"no\"]}")]
    [InlineData("[{\"timestamp\":1,\"event_type\":\"click\",\"geo\":{\"country\":\"no\"}}]")]
    [InlineData("{\"\":{\"\":\"\"},\"timestamp\":1,\"event_type\":\"\",\"user_id\":\"\",\"geo\":{\"country\":\"\"},\"device\":{\"type\":\"\"}}")]
    [InlineData("{}")]
    [InlineData(" { } ")]
    [InlineData("null")]
    [InlineData("{\"timestamp\":null,\"event_type\":\"click\"}")]
    [InlineData("{\"timestamp\":1,\"event_type\":null}")]
    [InlineData("{\"timestamp\":1,\"event_type\":true}")]
    [InlineData("{\"timestamp\":[],\"event_type\":{}}")]
    [InlineData("{\"timestamp\":1,\"event_type\":[\"a\"]}")]
    [InlineData("{\"timestamp\":1,\"event_type\":4.20,\"user_id\":4.20,\"geo\":{\"country\":1e5},\"device\":{\"type\":-0}}")]
    [InlineData("{\"event_type\":\"click\"}")]
    [InlineData("{\"timestamp\":9999999999999}")]
    [InlineData("{\"timestamp\":1717200000001,\"event_type\":\"click\"}")]
    [InlineData("{\"timestamp\":1717200000000,\"event_type\":\"click\"}")]
    public void ParseLines_NamesAtTheirPlaceOrNot_EqualsReference(string line) => ParserChecks.CheckLine(line);

    [Theory]
    [InlineData("\"user_id\":\"a\"", "\"user_id\":null")]
    [InlineData("\"user_id\":\"a\"", "\"user_id\":{\"user_id\":\"b\"}")]
    [InlineData("\"user_id\":\"a\\n\"", "\"user_id\":\"b\"")]
    [InlineData("\"user_id\":\"a\"", "\"user_id\":\"b\\n\"")]
    [InlineData("\"user_id\":\"a\\x\"", "\"user_id\":\"b\"")]
    [InlineData("\"user_id\":\"a\\ud800\"", "\"user_\\u0069d\":5")]
    [InlineData("\"geo\":{\"country\":\"DE\"}", "\"geo\":null")]
    [InlineData("\"geo\":{\"country\":\"DE\"}", "\"geo\":{}")]
    [InlineData("\"geo\":{\"country\":\"DE\"}", "\"geo\":[]")]
    [InlineData("\"geo\":{\"country\":\"DE\",\"country\":\"FR\"}", "\"g\\u0065o\":\"x\"")]
    [InlineData("\"geo\":{\"country\":\"DE\"}", "\"geo\":{\"city\":\"Bonn\"}")]
    [InlineData("\"device\":{\"type\":\"tv\"}", "\"device\":7")]
    [InlineData("\"device\":{\"type\":\"tv\",\"type\":{}}", "\"device\":{\"type\":\"pc\"}")]
    [InlineData("\"metadata\":{\"amount\":1}", "\"metadata\":{\"amount\":2}")]
    [InlineData("\"metadata\":{\"amount\":1,\"amount\":null}", "\"x\":1")]
    [InlineData("\"event_type\":\"purchase\"", "\"metadata\":{\"amount\":\"1.50\"}")]
    [InlineData("\"event_type\":\"purchase\"", "\"metadata\":{\"amount\":true}")]
    [InlineData("\"event_type\":\"a\"", "\"event_type\":false")]
    [InlineData("\"timestamp\":\"x\"", "\"timestamp\":\"2024-05-01T10:00:00Z\"")]
    [InlineData("\"timestamp\":5", "\"timestamp\":[5]")]
    [InlineData("\"geo\":{},\"device\":{},\"metadata\":{}", "\"user_id\":\"a\"")]
    public void ParseLines_DuplicateNames_LastOneWinsWhole(string first, string second)
    {
        ParserChecks.CheckLine($"{Head},{first},{second}}}");
        ParserChecks.CheckLine($"{Head},{second},{first}}}");
        ParserChecks.CheckLine($"{{{first},{second},{Head[1..]}}}");
        ParserChecks.CheckLine($"{{{first},{Head[1..]},{second},{first}}}");
    }

    [Theory]
    [InlineData("80")]
    [InlineData("BF")]
    [InlineData("C0AF")]
    [InlineData("C1BF")]
    [InlineData("E080AF")]
    [InlineData("E09FBF")]
    [InlineData("EDA080")]
    [InlineData("EDBFBF")]
    [InlineData("F08080AF")]
    [InlineData("F08FBFBF")]
    [InlineData("F4908080")]
    [InlineData("F5808080")]
    [InlineData("FE")]
    [InlineData("FF")]
    [InlineData("C3")]
    [InlineData("E282")]
    [InlineData("F09F98")]
    [InlineData("C3C3A9")]
    [InlineData("E28228")]
    [InlineData("EFBBBF")]
    public void ParseLines_BytesAnywhere_AcceptedOnlyAsUtf8InStrings(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        foreach (string place in (string[])["@" + Head + "}", Head + "@}", Head + "}@", Head + ",\"@\":1}", Head + ",\"x\":\"@\"}",
            Head + ",\"user_id\":\"a@\"}", Head + ",\"x\":@}", Head + ",\"geo\":{\"country@\":\"@\"}}", "@"])
        {
            string[] parts = place.Split('@');
            List<byte> line = [];
            for (int i = 0; i < parts.Length; i++)
            {
                line.AddRange(i == 0 ? [] : bytes);
                line.AddRange(ParserChecks.Utf8(parts[i]));
            }

            ParserChecks.CheckLine([.. line]);
        }
    }

    [Theory]
    [InlineData(62)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(66)]
    public void ParseLines_DeepNesting_AcceptedTo64(int depth)
    {
        int inner = depth - 1;
        string arrays = Head + ",\"x\":" + new string('[', inner) + new string(']', inner) + "}";
        Assert.Equal(depth <= 64 ? RecordOutcome.Counted : RecordOutcome.MalformedJson, First(arrays).Outcome);
        ParserChecks.CheckLine(arrays);
        ParserChecks.CheckLine(Head + ",\"x\":{\"y\":" + new string('[', inner - 1) + "1" + new string(']', inner - 1) + "}}");
        ParserChecks.CheckLine(Head + "," + string.Concat(Enumerable.Repeat("\"a\":{", inner)) + new string('}', inner) + "}");
        ParserChecks.CheckLine(new string('[', depth) + new string(']', depth));
        ParserChecks.CheckLine(new string('[', depth));
    }

    [Fact]
    public void ParseLines_EveryControlCharacterEverywhere_EqualsReference()
    {
        string line = Head + ",\"geo\":{\"country\":\"DE\",\"latitude\":1.5},\"x\":true}";
        for (int c = 0; c <= 0x20; c++)
        {
            if (c == '\n')
            {
                continue;
            }

            StringBuilder text = new();
            for (int at = 0; at <= line.Length; at++)
            {
                text.Append(line.AsSpan(0, at)).Append((char)c).Append(line.AsSpan(at)).Append('\n').Append(line).Append('\n');
            }

            ParserChecks.CheckEverywhere(ParserChecks.Utf8(text.ToString()));
        }
    }

    [Fact]
    public void ParseLines_EveryTruncation_IsMalformed()
    {
        string line = Head + ",\"geo\":{\"country\":\"D\\u0045\",\"latitude\":-1.5e3},\"x\":[true,null]}";
        StringBuilder text = new();
        for (int length = 1; length < line.Length; length++)
        {
            text.Append(line.AsSpan(0, length)).Append('\n');
            ParserChecks.CheckEverywhere(ParserChecks.Utf8(line + "\n" + line[..length]));
        }

        ParserChecks.CheckEverywhere(ParserChecks.Utf8(text.ToString()));
    }

    private static EventRecord First(string line)
    {
        byte[] bytes = ParserChecks.Utf8(line);
        byte[] buffer = [.. bytes, .. new byte[EventParser.Padding]];
        return ParserChecks.Parse(new EventParser(), buffer, bytes.Length).Records[0];
    }
}

using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;

namespace Tidemark.Core.Tests.Parsing;

/// <summary>The values of accepted records: times, amounts, keys.</summary>
public class EventParserValueTests
{
    public static TheoryData<string> TimestampTexts()
    {
        TheoryData<string> texts = new(
            "2024-05-01T10:00:00Z", "2024-05-01t10:00:00z", "2024-05-01 10:00:00Z",
            "2024-05-01T10:00:00.Z", "2024-05-01T10:00:00.1234567890Z", "2024-05-01T10:00:00", "2024-05-01",
            "2024-05-01T10:00Z", "2024-05-01T10:00:00.123", "2024-05-01T10:00:00.123ZZ",
            " 2024-05-01T10:00:00.123Z", "2024-05-01T10:00:00.123Z ", "2024-5-01T10:00:00.123Z", "20240501T100000Z",
            "2024-05-01_10:00:00.123Z", "2024-05-01T10-00-00.123Z", "2024-05-01T10:00:00,123Z",
            "2024-05-01T10:00:00.12aZ", "+024-05-01T10:00:00.123Z", "2024-00-01T10:00:00.123Z",
            "2024-13-01T10:00:00.123Z", "2024-05-00T10:00:00.123Z", "2024-05-32T10:00:00.123Z",
            "2024-04-31T10:00:00.123Z", "2024-02-29T10:00:00.123Z", "2023-02-29T10:00:00.123Z",
            "1900-02-29T10:00:00.123Z", "2000-02-29T10:00:00.123Z", "2024-05-01T23:59:59.999Z",
            "2024-05-01T24:00:00.000Z", "2024-05-01T25:00:00.000Z", "2024-05-01T20:60:00.000Z",
            "2024-05-01T20:00:60.000Z", "2024-05-01T20:00:61.000Z", "2024-05-01T23:59:60Z", "2024-05-01T23:59:60.999Z",
            "2024-05-02T00:59:60.5+01:00", "2024-05-01T18:29:60-05:30", "2024-05-01T23:59:60+00:01",
            "1969-12-31T23:59:60.25Z", "2024-05-01T10:00:00+00:00", "2024-05-01T10:00:00-00:00", "2024-05-01T10:00:00+23:59",
            "2024-05-01T10:00:00-23:59", "2024-05-01T10:00:00+24:00", "2024-05-01T10:00:00+00:60",
            "2024-05-01T10:00:00+0000", "2024-05-01T10:00:00+00", "2024-05-01T10:00:00+00:00Z", "2024-05-01T10:00:00*00:00",
            "1969-12-31T23:59:59.9999Z", "1960-01-01T00:00:00.0009Z", "0000-01-01T00:00:00.000Z",
            "0001-01-01T00:00:00.000Z", "0001-12-31T23:59:59.999Z", "0002-01-01T00:00:00.000Z",
            "0001-12-31T23:59:59-00:01", "0002-01-01T00:00:00+00:01", "9998-12-31T23:59:59.999999999Z",
            "9999-01-01T00:00:00.000Z", "9999-01-01T00:00:00+00:01", "9998-12-31T23:59:59.999-00:01", "9998-12-31T23:59:60.999Z",
            "9999-12-31T23:59:60+23:59", "2024\\u002d05-01T10:00:00\\u005a", "2024-05-01T10:00:00.123\\u005a",
            "2024-05-01T10:00:00 +0200", "2024-05-01 10:00:00 UTC", "2024-05-01T10:00:00GMT",
            "2024-05-01T10:00:00,1234567891Z", "2024-05-01T10:00.5Z", "2024-05-01T10:00+2",
            "2024-05-01T10:00:00+02000", "2024-05-01T10:00:00  Z", "2024-05-01T10:00+02",
            "2024-05-01T10:00:00+24", "2024-05-01T10:00:00+0060", "2024-05-01T23:59:60+0000",
            "1714557600", "171455760", "17145576", "1714557600.5", "1714557600.", "1714557600.5.5", "1714557600x", "-1714557600",
            "", "Z", "x", "1714557600000", "２０２４-05-01T10:00:00Z");
        for (int digits = 1; digits <= 11; digits++)
        {
            texts.Add($"2024-05-01T10:00:00.{"98765432109"[..digits]}Z");
            texts.Add($"1959-05-01T10:00:00.{"98765432109"[..digits]}+02:00");
        }

        return texts;
    }

    [Theory]
    [MemberData(nameof(TimestampTexts))]
    public void ParseLines_TimestampText_EqualsReference(string text)
    {
        // The same date before and after, so that a remembered date is met too.
        string good = "{\"timestamp\":\"" + (text.Length > 10 ? text[..10] : "2024-05-01") + "T11:22:33.444Z\",\"event_type\":\"click\"}\n";
        string line = "{\"timestamp\":\"" + text + "\",\"event_type\":\"click\"}\n";
        byte[] block = ParserChecks.Utf8(good + line + good + line);
        ParserChecks.CheckEverywhere(block);
        ParserChecks.Check(new EventParser(), block, 0, long.MaxValue);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-0")]
    [InlineData("-1")]
    [InlineData("1714557600000")]
    [InlineData("1714557600000.0")]
    [InlineData("1e12")]
    [InlineData("1714557600")]
    [InlineData("1714557600.1239")]
    [InlineData("1714557600123456")]
    [InlineData("1714557600123456789")]
    [InlineData("99999999999")]
    [InlineData("100000000000")]
    [InlineData("99999999999999")]
    [InlineData("100000000000000")]
    [InlineData("99999999999999999")]
    [InlineData("100000000000000000")]
    [InlineData("-1714557600.1231")]
    [InlineData("-1714557600123456")]
    [InlineData("-62104060800000")]
    [InlineData("-62104060800001")]
    [InlineData("253370764799999")]
    [InlineData("253370764800000")]
    [InlineData("9223372036854775807")]
    [InlineData("9223372036854775808")]
    [InlineData("-9223372036854775808")]
    [InlineData("123456789012345678901234567890")]
    public void ParseLines_TimestampNumber_EqualsReference(string number)
    {
        byte[] block = ParserChecks.Utf8(
            $"{{\"timestamp\":{number},\"event_type\":\"click\"}}\n{{\"timestamp\": {number} ,\"event_type\":\"click\"}}\n");
        ParserChecks.CheckEverywhere(block);
        ParserChecks.Check(new EventParser(), block, 0, long.MaxValue);
    }

    [Theory]
    [InlineData("2024-05-01T10:00:00.123Z", 1_714_557_600_123L)]
    [InlineData("2024-05-01T12:00:00.1239+02:00", 1_714_557_600_123L)]
    [InlineData("1969-12-31T23:59:59.9999Z", -1L)]
    [InlineData("2016-12-31T23:59:60.5Z", 1_483_228_799_500L)]
    public void ParseLines_KnownTimestamps_GiveKnownMilliseconds(string text, long ms) =>
        Assert.Equal(ms, ParserChecks.Check(new EventParser(),
            ParserChecks.Utf8($"{{\"timestamp\":\"{text}\",\"event_type\":\"click\"}}"), 0)[0].TimestampMs);

    [Theory]
    [InlineData("19.99", 199_900L)]
    [InlineData("-19.9900", -199_900L)]
    [InlineData("+.5", 5_000L)]
    [InlineData("5.", 50_000L)]
    [InlineData("-0", 0L)]
    [InlineData("\\t 7 \\u000b\\f\\r\\n", 70_000L)]
    [InlineData("000000000000000000000000001.0001000000000", 10_001L)]
    [InlineData("99999999999999.9999", 999_999_999_999_999_999L)]
    [InlineData("-99999999999999.9999", -999_999_999_999_999_999L)]
    [InlineData("100000000000000", null)]
    [InlineData("0.00001", 0L)]
    [InlineData("0.00005", 0L)]
    [InlineData("0.00015", 2L)]
    [InlineData("0.000050000000001", 1L)]
    [InlineData("3.3000000000000003", 33_000L)]
    [InlineData("-0.30000000000000004", -3_000L)]
    [InlineData("1.23456", 12_346L)]
    [InlineData("99999999999999.99994", 999_999_999_999_999_999L)]
    [InlineData("99999999999999.99995", null)]
    [InlineData("0.00010", 1L)]
    [InlineData("", null)]
    [InlineData(" ", null)]
    [InlineData(".", null)]
    [InlineData("-", null)]
    [InlineData("+-1", null)]
    [InlineData("- 1", null)]
    [InlineData("1 2", null)]
    [InlineData("1,5", null)]
    [InlineData("1e3", 10_000_000L)]
    [InlineData("1E+2", 1_000_000L)]
    [InlineData("12345e-2", 1_234_500L)]
    [InlineData("1e-400", 0L)]
    [InlineData("1e-99999999999", 0L)]
    [InlineData("0e99999999999", 0L)]
    [InlineData("1e14", null)]
    [InlineData("1e99999999999", null)]
    [InlineData("1e", null)]
    [InlineData("e1", null)]
    [InlineData("1e1.5", null)]
    [InlineData("1e 1", null)]
    [InlineData("NaN", null)]
    [InlineData("10f", null)]
    [InlineData("1.2.3", null)]
    [InlineData("\u00a01", null)]
    [InlineData("\\u00001", null)]
    [InlineData("١", null)]
    public void ParseLines_AmountText_IsDecimalOrInvalid(string text, long? tenThousandths)
    {
        string line = $"{{\"timestamp\":1,\"event_type\":\"purchase\",\"metadata\":{{\"amount\":\"{text}\"}}}}";
        ParserChecks.CheckLine(line);
        ExpectedRecord record = ParserChecks.Check(new EventParser(), ParserChecks.Utf8(line), 0)[0];
        Assert.Equal(tenThousandths is null ? AmountState.Invalid : AmountState.Valid, record.Amount);
        Assert.Equal(tenThousandths ?? 0, record.AmountTenThousandths);
    }

    [Theory]
    [InlineData("19.99")]
    [InlineData("-0.0")]
    [InlineData("1e2")]
    [InlineData("99999999999999.99990")]
    [InlineData("100000000000000")]
    [InlineData("true")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("{\"amount\":1}")]
    public void ParseLines_AmountNumberOrOther_EqualsReference(string value)
    {
        ParserChecks.CheckLine($"{{\"timestamp\":1,\"event_type\":\"purchase\",\"metadata\":{{\"amount\":{value}}}}}");
        ParserChecks.CheckLine($"{{\"metadata\":{{\"amount\":{value} }},\"timestamp\":1,\"event_type\":\"click\"}}");
    }

    [Theory]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData(514)]
    [InlineData(100_000)]
    public void ParseLines_LongKeys_AreShortenedBetweenCharacters(int bytes)
    {
        foreach (string unit in (string[])["x", "é", "日", "🙂", "\\/", "\\u00e9", "\\ud83d\\ude00", "\\ud800"])
        {
            int size = unit switch { "x" or "\\/" => 1, "é" or "\\u00e9" => 2, "日" or "\\ud800" => 3, _ => 4 };
            for (int lead = 0; lead < 4; lead++)
            {
                string key = new string('a', lead) + string.Concat(Enumerable.Repeat(unit, ((bytes - lead) / size) + 1));
                byte[] text = ParserChecks.Utf8(
                    $"{{\"timestamp\":1,\"event_type\":\"page_view\",\"page_url\":\"{key}\",\"geo\":{{\"country\":\"{key}\"}}}}\n"
                        + $"{{\"timestamp\":1,\"event_type\":\"{key}\"}}\n");
                ParserChecks.Check(new EventParser(), text, 0);
            }
        }
    }

    [Fact]
    public void Hash_AnyLength_TheSameWithAndWithoutPadding()
    {
        Random random = new(5);
        byte[] bytes = new byte[700];
        random.NextBytes(bytes);
        for (int length = 0; length < 600; length++)
        {
            byte[] exact = bytes[7..(7 + length)];
            Assert.Equal(EventKey.Hash(exact), EventKey.HashPadded(ref bytes[7], length));
            Assert.Equal(MurmurHash64A.Hash(exact), MurmurHash64A.HashPadded(ref bytes[7], length));
            Assert.Equal(ReferenceEvents.Murmur(exact), MurmurHash64A.Hash(exact));
        }
    }

    [Fact]
    public void Hash_KeysThatDifferInZerosAtTheEnd_Differ()
    {
        HashSet<uint> hashes = [];
        for (int length = 0; length <= 64; length++)
        {
            hashes.Add(EventKey.Hash(new byte[length]));
        }

        Assert.Equal(65, hashes.Count);
    }
}

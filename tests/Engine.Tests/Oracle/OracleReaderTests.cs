using System.Text;
using Tidemark.Support.Oracle;

namespace Tidemark.Engine.Tests.Oracle;

/// <summary>How the oracle reads one line, and what it computes from a handful of them.</summary>
public class OracleReaderTests
{
    private static readonly OracleOptions Day = NaiveOracleTests.Options([new("1day", 86_400_000)]);

    [Theory]
    [InlineData("""{"timestamp":0,"event_type":"x"}""", "counted")]
    [InlineData("\ufeff{\"timestamp\":0,\"event_type\":\"x\"}", "malformed_json")]
    [InlineData("""{"timestamp":0,"event_type":"x"}{}""", "malformed_json")]
    [InlineData("""{"timestamp":0,"event_type":"x",}""", "malformed_json")]
    [InlineData("""{"timestamp":0,"event_type":"x"}/**/""", "malformed_json")]
    [InlineData(" \t\r\n {\"timestamp\":0,\"event_type\":\"x\"} \n\r", "counted")]
    [InlineData("", "blank")]
    [InlineData(" \t\r", "blank")]
    [InlineData("\f", "malformed_json")]
    [InlineData("null", "not_an_object")]
    [InlineData("[{}]", "not_an_object")]
    [InlineData("{}", "missing_timestamp")]
    [InlineData("""{"timestamp":true,"event_type":"x"}""", "missing_timestamp")]
    [InlineData("""{"metadata":{"timestamp":0},"event_type":"x"}""", "missing_timestamp")]
    [InlineData("""{"timestamp":0,"event_type":"x","timestamp":null}""", "missing_timestamp")]
    [InlineData("""{"timestamp":"","event_type":null}""", "bad_timestamp")]
    [InlineData("""{"timestamp":0,"event_type":[]}""", "missing_event_type")]
    [InlineData("""{"timestamp":0,"event_type":""}""", "counted")]
    [InlineData("""{"timestamp":0,"event_type":1}""", "counted")]
    [InlineData("""{"timestamp":1893456300000,"event_type":"x"}""", "counted")] // 2030-01-01T00:05Z: the arrival and the skew
    [InlineData("""{"timestamp":1893456300001,"event_type":"x"}""", "future_timestamp")]
    [InlineData("""{"timestam\u0070":0,"event_type":"x"}""", "counted")]
    public void Outcomes_OneLine_HasTheFirstReasonThatApplies(string line, string expected) =>
        Assert.Equal(expected, Read(line).Outcomes[0].Result);

    [Fact]
    public void Outcomes_DepthAndSizeAtTheLimit_AreAcceptedAndOneMoreIsNot()
    {
        static string Nested(int depth) =>
            "{\"timestamp\":0,\"event_type\":\"x\",\"a\":" + new string('[', depth - 1) + new string(']', depth - 1) + "}";
        Assert.Equal("counted", Read(Nested(64)).Outcomes[0].Result);
        Assert.Equal("malformed_json", Read(Nested(65)).Outcomes[0].Result);
        Assert.Equal("counted", Read(Nested(2).PadRight(1_048_576)).Outcomes[0].Result);
        Assert.Equal("too_large", Read(Nested(2).PadRight(1_048_577)).Outcomes[0].Result);
        Assert.Equal("too_large", Read(new string(' ', 1_048_577)).Outcomes[0].Result);
    }

    [Fact]
    public void Outcomes_InvalidUtf8InAStringNobodyReads_IsMalformed()
    {
        byte[] line = [.. "{\"timestamp\":0,\"event_type\":\"x\",\"note\":\""u8, 0xed, 0xa0, 0x80, .. "\"}"u8];
        Assert.Equal("malformed_json", new NaiveOracle(Day, [(0, line)]).Outcomes[0].Result);
    }

    [Theory]
    [InlineData("1970-01-01T00:00:00Z", 0L)]
    [InlineData("1970-01-01t00:00:00.1239999z", 123L)]
    [InlineData("1969-12-31 23:59:59.9999-00:00", -1L)]
    [InlineData("1969-12-31T23:59:59.0009Z", -1000L)] // the past is where the digits are dropped to
    [InlineData("1970-01-01T05:30:00.5+05:30", 500L)]
    [InlineData("1969-12-31T00:01:00-23:59", 0L)]
    [InlineData("1969-12-31T23:59:60.25Z", -750L)]
    [InlineData("1970-01-01T05:29:60+05:30", -1000L)]
    [InlineData("1970-01-01T23:59:60+05:30", null)]
    [InlineData("1970-01-01T00:00:60Z", null)]
    [InlineData("2000-02-29T00:00:00Z", 951_782_400_000L)]
    [InlineData("1900-02-29T00:00:00Z", null)]
    [InlineData("0001-12-31T23:00:00-05:00", -62_104_046_400_000L)] // 0002-01-01T04:00Z
    [InlineData("0002-01-01T00:00:00+00:01", null)]
    [InlineData("9999-01-01T00:00:00+00:01", 253_370_764_740_000L)]
    [InlineData("9998-12-31T23:59:59.999999999Z", 253_370_764_799_999L)]
    [InlineData("9999-01-01T00:00:00Z", null)]
    [InlineData("1970-01-01T00:00:00", null)]
    [InlineData("1970-01-01T00:00:00.Z", null)]
    [InlineData("1970-01-01T00:00:00.0123456789Z", null)]
    [InlineData("1970-01-01T24:00:00Z", null)]
    [InlineData("1970-01-01T00:00:00+24:00", null)]
    [InlineData("1970-01-01T00:00:00Z\n", null)]
    public void TextMilliseconds_Text_ReadsAsTheGrammarSays(string text, long? expected) =>
        Assert.Equal(expected, OracleText.TextMilliseconds(text));

    [Theory]
    [InlineData("0", 0L)]
    [InlineData("-0", 0L)]
    [InlineData("1.0", 1000L)]
    [InlineData("1e3", 1_000_000L)]
    [InlineData("-0.0001", -1L)]
    [InlineData("99999999999", 99_999_999_999_000L)]
    [InlineData("100000000000", 100_000_000_000L)]
    [InlineData("99999999999999", 99_999_999_999_999L)]
    [InlineData("100000000000000", 100_000_000_000L)]
    [InlineData("1763800000000123456", 1_763_800_000_000L)]
    [InlineData("-62104060800", -62_104_060_800_000L)]
    [InlineData("-62104060801", null)]
    [InlineData("99999999999999999999999", null)]
    public void EpochMilliseconds_Number_HasTheUnitOfItsMagnitude(string number, long? expected) =>
        Assert.Equal(expected, OracleText.EpochMilliseconds(number));

    [Theory]
    [InlineData("19.99", 199_900L)]
    [InlineData(" \t\n\v\f\r-5.25 ", -52_500L)]
    [InlineData(".5", 5_000L)]
    [InlineData("5.", 50_000L)]
    [InlineData("-0", 0L)]
    [InlineData("+000000000000000000001.00010000000", 10_001L)]
    [InlineData("99999999999999.9999", 999_999_999_999_999_999L)]
    [InlineData("100000000000000", null)]
    [InlineData("0.00001", 0L)]
    [InlineData("0.00025", 2L)]
    [InlineData("3.3000000000000003", 33_000L)]
    [InlineData(".", null)]
    [InlineData("", null)]
    [InlineData("- 1", null)]
    [InlineData("1e9", 10_000_000_000_000L)]
    [InlineData("1e14", null)]
    [InlineData("1e-30", 0L)]
    [InlineData("\u00a01", null)]
    [InlineData("٣", null)]
    public void Amount_Text_IsADecimalOrNone(string text, long? expected) => Assert.Equal(expected, OracleText.Amount(text));

    [Theory]
    [InlineData("", 0xd8dfea6585bc9732)]
    [InlineData("a", 0x53d2470a9b43b1a7)]
    [InlineData("12345678", 0x95ebb86389132953)]
    [InlineData("123456789012345", 0xabc0149058e95233)]
    public void Hash_KnownTexts_EqualsTheReferenceInC(string text, ulong expected) =>
        Assert.Equal(expected, OracleText.Hash(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Key_Over512Bytes_KeepsWholeCharactersAndTheHash()
    {
        Assert.Equal(new string('a', 512), OracleText.Key(new string('a', 512)));
        Assert.Equal(new string('a', 512) + "#f80817a3956f068e", OracleText.Key(new string('a', 513)));

        // 510 bytes and a character of four: it does not fit, so the prefix stops before it.
        var cut = OracleText.Key(new string('a', 510) + "\ud83d\ude00");
        Assert.StartsWith(new string('a', 510) + "#", cut, StringComparison.Ordinal);
        Assert.Equal(510 + 17, cut.Length);
    }

    [Fact]
    public void FinalContents_FieldsOfEveryKind_AreReadAsTheTableSays()
    {
        var content = Content(
            """{"timestamp":1,"event_type":"page_view","user_id":4.20,"page_url":"/a","geo":{"country":"DE"},"device":{"type":"tv"}}""",
            """{"timestamp":2,"event_type":"page_view","user_id":"4.20","page_url":7,"geo":{"country":"DE"},"geo":null,"device":"tv"}""",
            """{"timestamp":3,"event_type":"page_view","user_id":"\ud800","page_url":"/a","geo":{"country":""}}""",
            """{"timestamp":4,"event_type":"click","user_id":"\udc00","page_url":"/b"}""",
            """{"timestamp":5,"event_type":"click","user_id":true,"metadata":{"amount":"1"}}""");
        Assert.Equal(
            "total=5 views=3 clicks=2 purchases=0 carts=0 searches=0 revenue=0.0000 overflow=False invalid=0 users=2 exact=True "
            + "pages=[\"/a\":2,\"7\":1] devices=[\"tv\":1] countries=[\"\":1,\"DE\":1] "
            + "types=[\"page_view\":3,\"click\":2] average=0.0035/0.0021/0.0014/0/0",
            content.ToText());
    }

    [Fact]
    public void FinalContents_Keys_AreOrderedByCountThenUtf8Bytes()
    {
        // U+FFEE sorts before U+1F600 by bytes (EF < F0), after it by chars (FFEE > D83D).
        var keys = new[] { "\ud83d\ude00", "\uffee", "b", "a", "b", "" };
        var content = Content(keys.Select(k => "{\"timestamp\":1,\"event_type\":\"page_view\",\"page_url\":\"" + k + "\"}").ToArray());
        Assert.Equal(["b", "", "a", "\uffee", "\ud83d\ude00"], content.TopPages.Select(p => p.Key));
    }

    [Fact]
    public void FinalContents_Revenue_SaturatesTheSumWhateverTheOrder()
    {
        const string most = "99999999999999.9999";
        Assert.Equal((99_999_999_999_999.9999m, true), Revenue(most, "0.0001"));
        Assert.Equal((99_999_999_999_999.9999m, false), Revenue(most, "0.0001", "-0.0001"));
        Assert.Equal((-99_999_999_999_999.9999m, true), Revenue("-" + most, "-" + most));
        Assert.Equal((0m, false), Revenue(most, most, "-" + most, "-" + most));
        Assert.Equal((19.99m, false), Revenue("19.99", "NaN"));

        static (decimal, bool) Revenue(params string[] amounts)
        {
            var content = Content(
                amounts.Select(a => "{\"timestamp\":1,\"event_type\":\"purchase\",\"metadata\":{\"amount\":\"" + a + "\"}}").ToArray());
            Assert.Equal(amounts.Count(a => a == "NaN"), content.InvalidAmounts);
            return (content.Revenue, content.RevenueOverflow);
        }
    }

    [Fact]
    public void FinalContents_UsersBeyondTheLimit_AreNotExact()
    {
        var lines = new[] { "a", "b",
            "a" }.Select(u => (0, NaiveOracleTests.Utf8("{\"timestamp\":1,\"event_type\":\"x\",\"user_id\":\"" + u + "\"}"))).ToList();
        var atLimit = new NaiveOracle(Day with { ExactUsersLimit = 2 }, lines).FinalContents()[0].Content;
        var beyond = new NaiveOracle(Day with { ExactUsersLimit = 1 }, lines).FinalContents()[0].Content;
        Assert.Equal(2L, atLimit.UniqueUsers);
        Assert.True(atLimit.UniqueUsersExact);
        Assert.Null(beyond.UniqueUsers);
        Assert.False(beyond.UniqueUsersExact);
        Assert.Equal(2L, beyond.TrueUniqueUsers);
    }

    [Fact]
    public void FinalContents_AveragePerMinute_RoundsHalfToEvenAndSkipsMinutes()
    {
        // A minute, 32 and 64 of them: 1 / 64 = 0.015625 -> 0.0156; 0.0032 / 64 = 0.00005 -> 0.0000 and 0.0096 / 64 = 0.00015 -> 0.0002
        var options = NaiveOracleTests.Options([new("64min", 3_840_000), new("32min", 1_920_000), new("1min", 60_000)]);
        Assert.Equal([null, 0.0001m, 0.0000m], Averages("0.0032"));
        Assert.Equal([null, 0.0003m, 0.0002m], Averages("0.0096"));
        Assert.Equal([null, -0.0003m, -0.0002m], Averages("-0.0096"));

        IEnumerable<decimal?> Averages(string amount)
        {
            var line = NaiveOracleTests.Utf8("{\"timestamp\":1,\"event_type\":\"purchase\",\"metadata\":{\"amount\":" + amount + "}}");
            var finals = new NaiveOracle(options, [(0, line)]).FinalContents();
            Assert.Equal(0.0156m, finals[2].Content.AveragePerMinute!.Events);
            return finals.Select(f => f.Content.AveragePerMinute?.Revenue);
        }
    }

    private static NaiveOracle Read(params string[] lines) => new(Day, lines.Select(l => (0, NaiveOracleTests.Utf8(l))).ToList());

    private static OracleContent Content(params string[] lines)
    {
        var oracle = Read(lines);
        Assert.All(oracle.Outcomes, o => Assert.Equal(OracleOutcome.Counted, o.Result));
        return Assert.Single(oracle.FinalContents()).Content;
    }
}

using System.Text;
using Tidemark.Core.Parsing;

namespace Tidemark.Core.Tests.Parsing;

/// <summary>Breakdowns, counters and currencies that a configuration adds: how they are read from records, and what is wrong with them.</summary>
public sealed class AddedFieldsTests
{
    private static readonly InputOptions Most = new()
    {
        Breakdowns =
        [
            Breakdown("host", Normalization.HostOnly | Normalization.Lower, "referrer"),
            Breakdown("country_again", Normalization.None, "geo.country"),
            Breakdown("type_again", Normalization.Upper, "event_type"),
            Breakdown("first_of", Normalization.None, "nowhere", "ab.variant", "variant"),
            new("always", new FieldSource { Constant = "x" }),
            new("else_none", new FieldSource { Paths = ["campaign"], Constant = "none" }),
            Breakdown("parameter", Normalization.None, "params[key=color].value"),
            Breakdown("deep", Normalization.None, "a.b.c.d.e.f.g.h"),
        ],
        Fields = new Dictionary<string, FieldSource>
        {
            ["currency"] = new() { Paths = ["currency", "money.currency"] },
            ["user_id"] = new() { Paths = ["user.id", "device_id", "user_id"] },
        },
    };

    [Fact]
    public void ParseLines_EveryWayToAddABreakdown_HasItsKeys()
    {
        const string line = """
            {"timestamp":"2026-11-22T06:00:00Z","event_type":"purchase","referrer":"https://U@Shop.Example:8080/a?b","geo":{"country":"SE"},"nowhere":"","ab":{"variant":"B"},"variant":"C","params":[{"key":"size","value":1},{"key":"color","value":"r\u00f6d"}],"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":42}}}}}}},"metadata":{"amount":"5"},"money":{"currency":"EUR"},"device_id":"d"}
            """;
        string?[] keys = ["shop.example", "SE", "PURCHASE", "B", "x", "none", "röd", "42", "EUR"];

        // By the walker first, then by the shape that was learned from it.
        Assert.All(Parse(Most, line, line, line), found => Assert.Equal(keys, found));
    }

    [Fact]
    public void ParseLines_EventWithoutTheFields_HasOnlyTheConstants()
    {
        const string line = """{"timestamp":"2026-11-22T06:00:00Z","event_type":"click","currency":"EUR","metadata":{"amount":"5"}}""";

        string?[] found = Assert.Single(Parse(Most, line));

        // Only amounts have a currency.
        Assert.Equal((string?[])[null, null, "CLICK", null, "x", "none", null, null, null], found);
    }

    [Fact]
    public void ParseLines_RejectedAndCountedRecords_KeepTheirOwnKeys()
    {
        string[] lines = [.. Enumerable.Range(0, 300).Select(i => i % 3 == 0 ? "{}" : $$"""
            {"timestamp":"2026-11-22T06:00:00Z","event_type":"click","campaign":"c{{i}}"}
            """)];

        string?[][] found = Parse(Most, lines);

        Assert.Equal(Enumerable.Range(0, 300).Where(i => i % 3 != 0).Select(i => $"c{i}"), found.Select(keys => keys[5]!));
    }

    [Fact]
    public void ParseLines_AddedFields_AllocatesNothingAfterWarmUp()
    {
        byte[] line = Encoding.UTF8.GetBytes(
            """{"timestamp":"2026-11-22T06:00:00Z","event_type":"click","referrer":"https://a.example/x","campaign":"c","variant":"B"}""" + "\n");
        byte[] text = [.. Enumerable.Repeat(line, 400).SelectMany(bytes => bytes), .. new byte[EventParser.Padding]];
        EventParser parser = new(RecordSchema.Create(Most));
        EventBatch batch = new();
        for (int i = 0; i < 3; i++)
        {
            parser.ParseLines(text, text.Length - EventParser.Padding, long.MaxValue, batch);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        parser.ParseLines(text, text.Length - EventParser.Padding, long.MaxValue, batch);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(400, batch.Count);
    }

    [Fact]
    public void AddedKeys_NothingAdded_AreNone()
    {
        Assert.Empty(Assert.Single(Parse(new InputOptions(), """{"timestamp":1795327200000,"event_type":"click"}""")));
        Assert.Empty(RecordSchema.Own.Added);
        Assert.False(RecordSchema.Own.IsWide);
    }

    [Theory]
    [InlineData("", "1 to 40 of a-z")]
    [InlineData("Upper", "1 to 40 of a-z")]
    [InlineData("1st", "1 to 40 of a-z")]
    [InlineData("a b", "1 to 40 of a-z")]
    [InlineData("a\n", "1 to 40 of a-z")]
    [InlineData("\u001b[31m", "1 to 40 of a-z")]
    [InlineData("'; drop table x; --", "1 to 40 of a-z")]
    [InlineData("a_name_that_is_one_letter_too_long_by_now", "1 to 40 of a-z")]
    [InlineData("clicks", "results do not have already")]
    [InlineData("window_start", "results do not have already")]
    [InlineData("average_per_minute", "results do not have already")]
    [InlineData("device", "results do not have already")]
    [InlineData("top_page", "results do not have already")]
    [InlineData("revenue_by_currency", "results do not have already")]
    [InlineData("emitted_at", "results do not have already")]
    [InlineData("date", "results do not have already")]
    [InlineData("hour", "results do not have already")]
    [InlineData("family", "results do not have already")]
    [InlineData("event_types_max_error", "does not end in _max_error")]
    [InlineData("mine_max_error", "does not end in _max_error")]
    [InlineData("taken", "no other added breakdown or counter has")]
    public void Validate_NameThatCannotBe_IsRefused(string name, string expected)
    {
        InputOptions asCounter = new() { Breakdowns = [Breakdown("taken", Normalization.None, "x")], Counters = [new(name, "click")] };
        InputOptions asBreakdown = new() { Breakdowns = [Breakdown("taken", Normalization.None, "x"), Breakdown(name, Normalization.None, "y")] };

        Assert.StartsWith("counters[0].name: ", Assert.Single(asCounter.Validate()), StringComparison.Ordinal);
        string mistake = Assert.Single(asBreakdown.Validate());
        Assert.StartsWith("breakdowns[1].name: ", mistake, StringComparison.Ordinal);
        Assert.Contains(expected, mistake, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_EveryMistake_IsToldAtOnce()
    {
        InputOptions options = new()
        {
            Breakdowns =
            [
                .. Enumerable.Range(0, 7).Select(i => Breakdown($"b{i}", Normalization.None, "x")),
                new("nothing", new FieldSource()),
                Breakdown("a..b", Normalization.Lower | Normalization.Upper, "a..b"),
            ],
            Counters = [new("b0", ""), new("clicks", new string('x', 513))],
            Fields = new Dictionary<string, FieldSource> { ["currency"] = new() { Paths = ["c"], Normalization = Normalization.Lower } },
        };

        string[] mistakes = [.. options.Validate()];

        Assert.All(
            (string[])["fields.currency: expected paths and a constant", "breakdowns: expected at most 8, got 9",
                "breakdowns[7].field: expected a path or a constant", "breakdowns[8].name: ", "counters[0].name: ", "counters[0].when: ",
                "counters[1].name: ", "counters[1].when: "],
            start => Assert.Contains(mistakes, mistake => mistake.StartsWith(start, StringComparison.Ordinal)));
        Assert.Throws<ArgumentException>(() => RecordSchema.Create(options));
    }

    [Fact]
    public void Validate_MorePathsThanThereIsRoomFor_SaysSo()
    {
        InputOptions options = new()
        {
            Breakdowns = [.. Enumerable.Range(0, 8).Select(i => Breakdown($"b{i}", Normalization.None, $"p{i}", $"q{i}", $"r{i}"))],
        };

        Assert.All(options.Validate(), mistake => Assert.Contains("expected fewer paths, got more than there is room for (23 ", mistake,
            StringComparison.Ordinal));
        Assert.NotEmpty(options.Validate());
        Assert.Empty((options with { Breakdowns = [.. options.Breakdowns.Take(7)] }).Validate());
    }

    private static AddedBreakdown Breakdown(string name, Normalization normalization, params string[] paths) =>
        new(name, new FieldSource { Paths = paths, Normalization = normalization });

    /// <summary>The added keys of each counted record.</summary>
    private static string?[][] Parse(InputOptions options, params string[] lines)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line.Trim() + "\n")));
        EventBatch batch = ParserChecks.Parse(
            new EventParser(RecordSchema.Create(options)), [.. bytes, .. new byte[EventParser.Padding]], bytes.Length, long.MaxValue);
        return [.. batch.Records.ToArray().Where(record => record.Outcome == RecordOutcome.Counted)
            .Select(record => batch.AddedKeys(in record).ToArray().Select(key => key.IsPresent ? Encoding.UTF8.GetString(batch.Bytes(key)) : null)
                .ToArray())];
    }
}

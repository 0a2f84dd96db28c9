using System.Text;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Core.Windows;

namespace Tidemark.Cli.Tests.Run;

/// <summary>A run that went wrong says so: what, where, why and what would help.</summary>
public sealed class RunVerdictTests
{
    private const string Good = """{"timestamp":"2026-11-22T06:00:00Z","event_type":"click"}""";

    private static readonly EngineOptions Minute = new() { Windows = [new WindowDefinition { Name = "m", Size = TimeSpan.FromMinutes(1) }] };

    [Fact]
    public void Run_ForeignEvents_FailsAndNamesTheSchema()
    {
        using TestRun run = new();

        Assert.Equal(1, run.Run(Lines("""{"event":"$pageview","distinct_id":"d","properties":{},"timestamp":"2026-11-22T06:00:00Z"}""",
            """{"event":"$pageview","timestamp":1795327200}""")));

        Assert.Contains("WARNING: 2 of 2 records were rejected (100 %)", run.Error, StringComparison.Ordinal);
        Assert.Contains(
            "no event_type; it has event, distinct_id, properties, timestamp; is 'event' the event_type?", run.Error, StringComparison.Ordinal);
        Assert.Contains("the first missing_event_type is line 1 of ", run.Error, StringComparison.Ordinal);
        Assert.Contains("it looks like posthog: try --schema posthog", run.Error, StringComparison.Ordinal);
        Assert.EndsWith("not one record was counted\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_TheSchemaThatWasNamed_CountsThem()
    {
        using TestRun run = new() { Options = new EngineOptions { Input = new InputOptions { Schema = "posthog" } } };

        Assert.Equal(0, run.Run(
            Lines("""{"event":"$pageview","distinct_id":"d","properties":{"$current_url":"/a"},"timestamp":"2026-11-22T06:00:00Z"}""")));

        Assert.Equal(1, (int)run.Last.Single(result => (string)result["window"]! == "1min")["top_pages"]!["/a"]!);
        Assert.DoesNotContain("WARNING", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[{\"a\":1}]", "jq -c 'if type == \"array\" then .[]")]
    [InlineData("\u001f\u009d", "not JSON as RFC 8259 has it")]
    [InlineData("{\"topic\":\"t\",\"partition\":0,\"offset\":1,\"ts\":1,\"key\":null,\"payload\":\"{}\"}", "it is what kcat -J prints")]
    [InlineData("{\"Records\":[{\"timestamp\":\"2026-11-22T06:00:00Z\"}]}", "feed them by jq -c '.[\"Records\"][]' FILE | tidemark run --source -")]
    [InlineData("{", "JSON over several lines")]
    [InlineData("a,b,c", "it may be CSV")]
    [InlineData("PAR1xxxx", "Parquet")]
    [InlineData("{\"Timestamp\":\"2026-11-22T06:00:00Z\",\"EventType\":\"click\"}", "is 'Timestamp' the timestamp?")]
    [InlineData("{\"timestmap\":\"2026-11-22T06:00:00Z\",\"event_type\":\"click\"}", "is 'timestmap' the timestamp?")]
    [InlineData("{\"timestamp\":\"2026-11-22T06:00:00\",\"event_type\":\"click\"}", "set defaultZone")]
    [InlineData("{\"timestamp\":\"2026-11-22T10:00:00Z\",\"event_type\":\"click\"}", "more than 5min (maxFutureSkew) after it arrived")]
    [InlineData("{\"\u001b]0;x\u0007\":1}", "\\u001b]0;x\\u0007")]
    public void Run_OneBadLine_SaysWhatItIs(string line, string hint)
    {
        using TestRun run = new() { Options = Minute };

        Assert.Equal(0, run.Run(Lines(Good, line)));

        Assert.Contains(hint, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_LateEvents_NamesTheRecordThatMovedTheClockAndTheSettingThatWouldCountThem()
    {
        string[] times = ["2026-11-20T06:00:00Z", "2026-11-20T06:01:00Z", "2026-11-22T06:00:00Z", "2026-11-20T06:02:00Z", "2026-11-20T06:09:00Z"];
        byte[] text = Lines([.. times.Select(time => Good.Replace("2026-11-22T06:00:00Z", time, StringComparison.Ordinal))]);
        using TestRun run = new() { Options = Minute with { MaxJump = null } };

        Assert.Equal(0, run.Run(text));

        Assert.Contains("WARNING: 2 of 5 events were late and are in no window (40 %)", run.Error, StringComparison.Ordinal);
        Assert.Contains("the first late event is line 4 of ", run.Error, StringComparison.Ordinal);
        Assert.Contains(", of 2026-11-22T06:00:00Z, had moved the clock 48 hours ahead of it; "
            + "maxOutOfOrderness 2day would have counted it (10s now)", run.Error, StringComparison.Ordinal);
        Assert.Contains("  line 3 of ", run.Error, StringComparison.Ordinal);
        Assert.Contains("event times   2026-11-20T06:00:00Z to 2026-11-22T06:00:00Z", run.Error, StringComparison.Ordinal);

        using TestRun longer = new() { Options = Minute with { MaxJump = null, MaxOutOfOrderness = TimeSpan.FromHours(48) } };
        Assert.Equal(0, longer.Run(text));
        Assert.Contains("5 read = 5 counted + 0 late", longer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_LateByASecond_TheSettingThatIsNamedCountsIt()
    {
        // 06:00:59.999 is late once the watermark has reached 06:06:00, and one second more would have been enough.
        byte[] text = Lines(Good, Good.Replace("06:00:00Z", "06:06:10.001Z", StringComparison.Ordinal), Good.Replace(
            "06:00:00Z", "06:00:59.999Z", StringComparison.Ordinal));
        using TestRun run = new() { Options = Minute };
        Assert.Equal(0, run.Run(text));
        Assert.Contains("maxOutOfOrderness 11s would have counted it", run.Error, StringComparison.Ordinal);

        using TestRun longer = new() { Options = Minute with { MaxOutOfOrderness = TimeSpan.FromSeconds(11) } };
        Assert.Equal(0, longer.Run(text));
        Assert.Contains("3 read = 3 counted", longer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_PurchasesWithoutAmount_ShowsTheFirst()
    {
        using TestRun run = new() { Options = Minute };
        string purchase = Good.Replace("click", "purchase", StringComparison.Ordinal);

        Assert.Equal(0, run.Run(
            Lines(purchase[..^1] + ",\"metadata\":{\"amount\":1}}", purchase[..^1] + ",\"metadata\":{\"amount\":\"1,234.50\"}}", purchase)));

        Assert.Contains("WARNING: 2 of 3 purchases have no amount that can be counted (66.7 %)", run.Error, StringComparison.Ordinal);
        Assert.Contains("the first purchase without an amount is line 2 of ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.009, 1)]
    [InlineData(0.01, 0)]
    [InlineData(null, 0)]
    public void Run_MoreRejectedThanAllowed_Fails(double? share, int exit)
    {
        using TestRun run = new() { Options = Minute, MaxRejected = share };

        Assert.Equal(exit, run.Run(Lines([.. Enumerable.Repeat(Good, 99), "rubbish"])));

        Assert.DoesNotContain("WARNING", run.Error, StringComparison.Ordinal);
        Assert.Equal(exit == 1, run.Error.Contains("more than 0.9 % was not counted (--max-rejected)", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_OnlyBlankLines_IsNoFailure()
    {
        using TestRun run = new() { Options = Minute };
        Assert.Equal(0, run.Run(Lines("", " ")));
    }

    private static byte[] Lines(params string[] lines) => Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));
}

using System.Globalization;
using System.Text.Json.Nodes;
using Tidemark.Cli.Generate;
using Tidemark.Cli.Tests.Generate;
using Tidemark.Core;
using Tidemark.Support.Fixtures;
using Tidemark.Support.Oracle;

namespace Tidemark.Cli.Tests.Run;

/// <summary>What a run writes against the naive oracle, which reads the same lines with other code.</summary>
public sealed class RunnerTotalsTests
{
    private static readonly OracleOptions Options =
        new([new OracleWindow("1min", 60_000), new OracleWindow("5min", 300_000, SlideMs: 60_000), new OracleWindow("1hour", 3_600_000)])
        {
            ArrivalMs = TestRun.Now.ToUnixTimeMilliseconds(),
        };

    private static GeneratorOptions Stream(ulong seed) => GeneratedStream.Of(12_000) with
    {
        Start = TestRun.Now - TimeSpan.FromMinutes(20), EventsPerSecond = 10,
        Users = 500, Pages = 60, LatePercent = 3, BadPercent = 6, DuplicatePercent = 2,
        DisorderMs = 15_000, Seed = seed,
    };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Run_StreamWithEveryFault_PublishesWhatTheOracleDoes(ulong seed)
    {
        byte[] text = GeneratedStream.Bytes(Stream(seed), 1 << 20);
        var oracle = new NaiveOracle(Options, [.. Lines(text).Select(line => (0, line))]);
        using var run = new TestRun();

        Assert.Equal(0, run.Run(text));

        Assert.Equal(oracle.Publications().Select(Describe), run.Results.Select(Describe));
        IReadOnlyDictionary<string, int> outcomes = oracle.Results();
        int late = outcomes.GetValueOrDefault(OracleOutcome.Late);
        int counted = outcomes[OracleOutcome.Counted];
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"{oracle.RecordsRead:N0} read = {counted:N0} counted + {late:N0} late + {oracle.RecordsRead - counted - late:N0} rejected");
        Assert.Contains($"records       {line}", run.Error, StringComparison.Ordinal);
        Assert.Equal(
            oracle.Outcomes.Where(outcome => outcome.Result is not (OracleOutcome.Counted or OracleOutcome.Blank))
                .Select(outcome => (outcome.Result, outcome.Index)),
            run.Letters.Select(letter => ((string)letter["reason"]!, (int)letter["offset"]!)));
        Assert.Equal(counted, run.Last.Where(result => (string)result["window"]! == "1min").Sum(result => (long)result["total_events"]!));
        Assert.Equal(counted, run.Last.Where(result => (string)result["window"]! == "1hour").Sum(result => (long)result["total_events"]!));
    }

    [Fact]
    public void Run_NothingToCount_FailsWritesNothingAndPrintsNoQuery()
    {
        using var run = new TestRun();

        Assert.Equal(1, run.Run("\n\nrubbish\n"u8.ToArray()));

        Assert.Empty(run.Results);
        Assert.Contains("1 read = 0 counted + 0 late + 1 rejected", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("query", run.Error, StringComparison.Ordinal);
        Assert.Empty(TempFolder.Files(run.Lake));
    }

    private static string Describe(OraclePublication published)
    {
        OracleContent content = published.Content;
        string average = content.AveragePerMinute is { } a ? Join(a.Events, a.PageViews, a.Clicks, a.Purchases, a.Revenue!.Value) : "null";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{published.Window} {TimeText.Format(published.Start)} {TimeText.Format(published.End)} {published.Phase} {published.Revision} "
            + $"{(published.Watermark is { } watermark ? TimeText.Format(watermark) : "null")} "
            + $"{content.TotalEvents} {content.PageViews} {content.Clicks} "
            + $"{content.Purchases} {content.AddToCarts} {content.Searches} {Plain(content.Revenue)} "
            + $"{content.RevenueOverflow} {content.InvalidAmounts} {content.UniqueUsers} {content.UniqueUsersExact} "
            + $"{Join(content.TopPages)} {Join(content.Devices)} {Join(content.Countries)} {Join(content.EventTypes)} {average}");
    }

    private static string Describe(JsonObject result)
    {
        string average = result["average_per_minute"] is JsonObject a ? Join([.. a.Select(pair => (decimal)pair.Value!)]) : "null";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{result["window"]} {result["window_start"]} {result["window_end"]} {result["phase"]} {result["revision"]} "
            + $"{result["watermark"]?.ToString() ?? "null"} {result["total_events"]} {result["page_views"]} {result["clicks"]} "
            + $"{result["purchases"]} {result["add_to_carts"]} {result["searches"]} {Plain((decimal)result["revenue"]!)} "
            + $"{(bool)result["revenue_overflow"]!} {result["invalid_amounts"]} {result["unique_users"]} "
            + $"{(bool)result["unique_users_exact"]!} {Join(result["top_pages"]!)} "
            + $"{Join(result["device_breakdown"]!)} {Join(result["country_breakdown"]!)} "
            + $"{Join(result["event_types"]!)} {average}");
    }

    private static string Join(params IEnumerable<decimal> numbers) => string.Join(',', numbers.Select(Plain));

    private static string Join(IEnumerable<OracleCount> counts) => string.Join(',', counts.Select(count => $"{count.Key}={count.Count}"));

    private static string Join(JsonNode counts) => string.Join(',', counts.AsObject().Select(pair => $"{pair.Key}={pair.Value}"));

    private static string Plain(decimal amount) => amount.ToString("0.####", CultureInfo.InvariantCulture);

    private static IEnumerable<byte[]> Lines(byte[] text)
    {
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n')
            {
                yield return text[start..i];
                start = i + 1;
            }
        }
    }
}

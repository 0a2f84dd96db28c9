using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Tidemark.Cli.Query;
using Tidemark.Cli.Terminal;
using Tidemark.Core.Results;

namespace Tidemark.Cli.Tests.Query;

/// <summary>Other views of results than one row per window: top lists, sums of local days, a chart; and how they fit a terminal.</summary>
public sealed class QueryViewsTests : IDisposable
{
    private readonly QueryRun _query = new();

    public void Dispose() => _query.Dispose();

    [Fact]
    public async Task Query_TopCountries_AddsUpTheWindowsAndTellsTheirShare()
    {
        await _query.WriteAsync(
            QueryRun.Result("1min", 0, 4) with { Countries = new Breakdown([new("SE", 6), new("D\e[31mE", 2)], 0) },
            QueryRun.Result("1min", 1, 4) with { Countries = new Breakdown([new("D\e[31mE", 12)], 1) });

        Assert.Equal(0, await _query.RunAsync("--lake", _query.Lake, "--top", "countries"));

        Assert.Equal(
            """
            country  events    share
            D[31mE       14   70.0 %  ████████████████████████████████████████
            SE            6   30.0 %  █████████████████▎

            of 2 windows of 1min,
            2026-11-22 06:00:00 to 2026-11-22 06:02:00 (UTC)
            no count is wrong by more than 1

            """,
            _query.Output);
    }

    [Theory]
    [InlineData("pages")]
    [InlineData("page")]
    [InlineData("top_pages")]
    public async Task Query_TopAsCsv_IsTheSameByEachOfItsNames(string name)
    {
        await _query.WriteAsync(QueryRun.Result("1min", 0, 4, page: "=1+1"), QueryRun.Result("1min", 1, 4, page: "/b"));

        Assert.Equal(0, await _query.RunAsync("--lake", _query.Lake, "--top", name, "--limit", "1", "--format", "csv"));

        Assert.Equal("page,views\r\n/b,3\r\n", _query.Output);
    }

    [Fact]
    public async Task Query_TopAsJson_SaysWhatItIsOf()
    {
        await _query.WriteAsync(QueryRun.Result("1min", 0, 4), QueryRun.Result("1min", 1, 4));

        Assert.Equal(0, await _query.RunAsync("--lake", _query.Lake, "--top", "pages", "--format", "json"));

        Assert.Equal(
            "{'top':'page','window':'1min','from':'2026-11-22T06:00:00Z','to':'2026-11-22T06:02:00Z','windows':2,'only_listed':true,"
                + "'max_error':0,'counts':[{'key':'/home','count':6}]}\n",
            _query.Output.Replace('"', '\''));
    }

    [Fact]
    public async Task Query_TopOfAnAddedBreakdown_IsOfTheWindowsThatHaveIt()
    {
        await _query.WriteAsync(
            QueryRun.Result("1min", 0, 4),
            QueryRun.Result("1min", 1, 4) with { Breakdowns = [new("variant", new Breakdown([new("B", 3), new("A", 1)], 0))] },
            QueryRun.Result("1min", 2, 4) with { Breakdowns = [new("variant", new Breakdown([new("A", 4)], 2))] });

        Assert.Equal(0, await _query.RunAsync("--lake", _query.Lake, "--top", "variant", "--format", "csv"));

        Assert.Equal("variant,events\r\nA,5\r\nB,3\r\n", _query.Output);
    }

    [Fact]
    public async Task Query_ChartOfSeveralCurrencies_IsRefused()
    {
        await _query.WriteAsync(
            QueryRun.Result("1min", 0, 4) with { RevenueByCurrency = [new("USD", 5)] },
            QueryRun.Result("1min", 1, 4) with { RevenueByCurrency = [new("EUR", 5)] });

        Assert.Equal(1, await _query.RunAsync("--lake", _query.Lake, "--chart", "revenue"));

        Assert.Contains("--chart: expected amounts of one currency, got EUR, USD in revenue", _query.Error, StringComparison.Ordinal);
    }

    // 06:00 to 06:02 in one hour; the amounts of the first hour are of one currency, those of the second of two.
    [Fact]
    public async Task Query_ByHour_AddsUpWhatTheConfigurationAddedAndNoDifferentCurrencies()
    {
        await _query.WriteAsync(
            QueryRun.Result("1min", 0, 4) with { Revenue = 10, RevenueByCurrency = [new("EUR", 10)], Counters = [new("signups", 12)] },
            QueryRun.Result("1min", 1, 4) with { Revenue = 2.5m, RevenueByCurrency = [new("EUR", 2.5m)], Counters = [new("signups", 1)],
                Breakdowns = [new("variant", new Breakdown([new("B", 3)], 0))] },
            QueryRun.Result("1min", 60, 4) with { Revenue = 5, RevenueByCurrency = [new("USD", 5)] },
            QueryRun.Result("1min", 61, 4) with { Revenue = 1, RevenueByCurrency = [new("EUR", 1)] });

        Assert.Equal(0, await _query.RunAsync("--lake", _query.Lake, "--by", "hour", "--format", "json"));

        JsonNode[] hours = [.. _query.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
        Assert.Equal(["12.5", "null"], hours.Select(hour => hour["revenue"]?.ToJsonString() ?? "null"));
        Assert.Equal(["{\"EUR\":12.5}", "{\"EUR\":1,\"USD\":5}"], hours.Select(hour => hour["revenue_by_currency"]!.ToJsonString()));
        Assert.Equal(13, (long)hours[0]["signups"]!);
        Assert.Equal("{\"B\":3}", hours[0]["variant"]!.ToJsonString());
        Assert.Null(hours[1]["signups"]);
    }

    [Theory]
    [InlineData("--top contries", "--top: expected one of pages, devices, countries, event_types, got 'contries'; did you mean 'countries'?")]
    [InlineData("--top pages --window 5min", "--top: expected windows that do not overlap, got 5min: ")]
    [InlineData("--by day --window 5min", "--by: expected windows that do not overlap, got 5min: ")]
    [InlineData("--by hour --window 1hour --zone Asia/Kathmandu", "--by: expected windows within the hours of Asia/Kathmandu, got 1hour, ")]
    [InlineData("--window 1mim", "there are 1hour, 1min, 5min; did you mean '1min'?")]
    public async Task Query_WhatTheResultsCannotAnswer_IsRefused(string options, string expected)
    {
        await _query.WriteAsync(
            QueryRun.Result("1min", 0, 4), QueryRun.Result("1hour", 0, 4, minutes: 60),
            QueryRun.Result("5min", 0, 4, minutes: 5), QueryRun.Result("5min", 1, 4, minutes: 5));

        Assert.Equal(1, await _query.RunAsync(["--lake", _query.Lake, .. options.Split(' ')]));

        Assert.Contains(expected, _query.Error, StringComparison.Ordinal);
    }

    // Clocks go back in the night to 25 October: its day has 25 windows of an hour, its users are counted once.
    [Fact]
    public async Task Query_ByDay_AddsUpTheHoursOfTheZone()
    {
        int first = (int)((new DateTimeOffset(2026, 10, 23, 22, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() - QueryRun.Start) / 60_000);
        await _query.WriteAsync([.. Enumerable.Range(0, 24 + 25 + 3).Select(hour => QueryRun.Result("1hour", first + (hour * 60), 1, minutes: 60))]);

        Assert.Equal(0, await _query.RunAsync(
            "--lake", _query.Lake, "--window", "1hour", "--by", "day", "--zone", "Europe/Stockholm", "--format", "json"));

        JsonNode[] days = [.. _query.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
        Assert.Equal([24, 25, 3], days.Select(day => (long)day["total_events"]!));
        Assert.Equal(["2026-10-23T22:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"], days.Select(day => (string)day["window_start"]!));
        Assert.Equal("2026-10-25T23:00:00Z", (string)days[1]["window_end"]!);
        Assert.Equal(25_012.5m, (decimal)days[1]["revenue"]!);
        Assert.Equal(2, (long)days[1]["unique_users"]!);
        Assert.Equal(75, (long)days[1]["country_breakdown"]!["DE"]!);
    }

    [Fact]
    public async Task Query_ByHourWithLast_ShowsTheLastHours()
    {
        await _query.WriteAsync([.. Enumerable.Range(0, 180).Select(minute => QueryRun.Result("1min", minute, 1))]);

        Assert.Equal(0, await _query.RunAsync("--lake", _query.Lake, "--by", "hour", "--last", "2", "--quiet"));

        Assert.Equal(["2026-11-22 07:00:00", "2026-11-22 08:00:00"], _query.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(
            row => row[..19]));
    }

    // Minute 2 is missing: nothing happened in it.
    [Fact]
    public async Task Query_Chart_DrawsEveryWindowAndNothingWhereThereWasNone()
    {
        await _query.WriteAsync(QueryRun.Result("1min", 0, 12), QueryRun.Result("1min", 1, 6), QueryRun.Result("1min", 3, 3));

        Assert.Equal(0, await _query.RunAsync("--lake", _query.Lake, "--chart", "events"));

        Assert.Equal(
            """
            events per 1min, 2026-11-22 06:00:00 to 2026-11-22 06:03:00 (UTC)
            12 ┤█████
               ┤█████
               ┤█████
               ┤█████
               ┤█████
               ┤█████
               ┤█████ █████
               ┤█████ █████
               ┤█████ █████
               ┤█████ █████       █████
               ┤█████ █████       █████
             0 ┤█████ █████       █████
                06:00              06:03

            """,
            _query.Output);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(140)]
    public async Task Query_OnATerminal_TakesOneLineForEachRow(int width)
    {
        using QueryRun query = new() { Screen = new Screen { IsTerminal = true, Width = () => width } };
        string page = "/very/long/" + new string('é', 60) + "/日本語/" + new string('x', 60);
        await query.WriteAsync([.. Enumerable.Range(0, 300).Select(minute => QueryRun.Result(
            "1min", minute, 1_234_567_890_123, Phase.Corrected, exact: false, page: page) with { Countries = new Breakdown([new(page, 5)], 0) })]);
        foreach (string view in new[] { "", "--top countries", "--top pages", "--chart revenue", "--chart events --from today", "--by hour" })
        {
            Assert.Equal(0, await query.RunAsync(["--lake", query.Lake, .. view.Split(' ', StringSplitOptions.RemoveEmptyEntries)]));
        }

        Assert.Equal("", query.Error);
        Assert.DoesNotContain(query.Output.Split('\n'), line => TextWidth.Of(line) > width);
        Assert.Contains("/very/long/", query.Output, StringComparison.Ordinal);
        Assert.Equal(width == 80, query.Output.Contains("(no room for ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Query_ColoursAndAscii_GoByTheScreen()
    {
        using QueryRun ascii = new() { Screen = new Screen { IsUtf8 = false } };
        using QueryRun coloured = new() { Screen = new Screen { HasColors = true } };
        foreach (QueryRun query in new[] { ascii, coloured })
        {
            await query.WriteAsync(QueryRun.Result("1min", 0, 1), QueryRun.Result("1min", 1, 2, page: new string('x', 60)));
            foreach (string[] view in new string[][] { ["--last", "2"], ["--top", "pages"], ["--chart", "events"] })
            {
                Assert.Equal(0, await query.RunAsync(["--lake", query.Lake, .. view]));
            }
        }

        Assert.DoesNotContain(ascii.Output, character => character > '~' || character == '\e');
        Assert.Contains("events   \e[36m▁█\e[0m  1 to 2", coloured.Output, StringComparison.Ordinal);
        Assert.Equal(Regex.Count(coloured.Output, "\e\\[(1|36)m"), Regex.Count(coloured.Output, "\e\\[0m"));
    }

    [Fact]
    public async Task Query_Quiet_IsOnlyTheRowsAndNotAWordWhenThereAreNone()
    {
        await _query.WriteAsync(QueryRun.Result("1min", 0, 1), QueryRun.Result("1min", 1, 2));

        Assert.Equal(0, await _query.RunAsync("--lake", _query.Lake, "-q"));
        Assert.Equal(0, await _query.RunAsync("--lake", _query.Lake, "-q", "--from", "2027-01-01"));

        Assert.Equal("2026-11-22 06:00:00  1  7  0  1  2  1,000.50  /home\n2026-11-22 06:01:00  2  7  1  1  2  1,000.50  /home\n", _query.Output);
        Assert.Equal("", _query.Error);
    }

    [Theory]
    [InlineData("--users --top pages", "--top: expected no --users beside it; ask one after the other")]
    [InlineData("--sessions --by day", "--by: expected none of --users, --top and --sessions beside it; it adds up windows")]
    [InlineData("--sessions --users", "--sessions: expected no --users beside it; ask one after the other")]
    [InlineData("--sessions --window 1hour", "--window: expected no --sessions beside it; sessions are of no window")]
    [InlineData("--user ada", "--user: expected --sessions beside it; windows are of all users")]
    [InlineData("--top pages --by day", "--by: expected none of --users, --top and --sessions beside it; it adds up windows")]
    [InlineData("--chart events --format csv", "--chart: expected no --format beside it; a chart is text")]
    [InlineData("--limit 3", "--limit: expected --top beside it; --last limits windows")]
    [InlineData("--chart evnts", "--chart: expected events|users|views|clicks|buys|revenue, got 'evnts'; did you mean 'events'?")]
    [InlineData("--by week", "--by: expected day|hour, got 'week'")]
    [InlineData("--zone Europe/Stokholm",
        "--zone: expected a time zone such as Europe/Stockholm, or local, got 'Europe/Stokholm'; did you mean 'Europe/Stockholm'?")]
    public async Task Query_OptionsThatDoNotFit_AreTold(string options, string expected)
    {
        Assert.Equal(2, await _query.RunAsync(["--lake", "x", .. options.Split(' ')]));

        Assert.Equal($"tidemark: {expected}\nTry: tidemark query --help\n", _query.Error.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void KeyTotals_MoreKeysThanItHolds_IsWrongByNoMoreThanItSays()
    {
        Random random = new(5);
        KeyTotals totals = new(capacity: 100);
        Dictionary<string, long> truth = [];
        for (int window = 0; window < 50; window++)
        {
            List<Core.Metrics.KeyCount> counts = [.. Enumerable.Range(0, 60)
                .Select(_ => (int)(500 * Math.Pow(random.NextDouble(), 4))).Distinct()
                .Select(key => new Core.Metrics.KeyCount($"k{key}", random.Next(1, 50)))];
            totals.Add(new Breakdown(counts, 0));
            counts.ForEach(count => truth[count.Key] = truth.GetValueOrDefault(count.Key) + count.Count);
        }

        Breakdown top = totals.Top(20);
        Assert.InRange(top.MaxError, 1, long.MaxValue);
        Assert.Equal(truth.Values.Sum(), totals.Total);
        Assert.All(top.Counts, count => Assert.InRange(truth[count.Key] - count.Count, 0, top.MaxError));
    }
}

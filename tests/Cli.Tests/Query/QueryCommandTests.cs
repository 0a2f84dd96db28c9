using System.Text.Json.Nodes;
using Tidemark.Cli.Query;
using Tidemark.Core.Results;

namespace Tidemark.Cli.Tests.Query;

public sealed class QueryCommandTests : IDisposable
{
    private readonly QueryRun _query = new();

    private string Lake => _query.Lake;

    public void Dispose() => _query.Dispose();

    [Fact]
    public async Task Query_Table_HasTotalsAndSparklines()
    {
        await _query.WriteAsync(
            QueryRun.Result("1min", 0, 100), QueryRun.Result("1min", 1, 12_345, phase: Phase.Corrected, exact: false), QueryRun.Result("1min", 2, 0));

        Assert.Equal(0, await _query.RunAsync("--lake", Lake));

        Assert.Equal(
            """
            start (UTC)            events  users  views  clicks  buys   revenue  top page
            2026-11-22 06:00:00       100      7     50       1     2  1,000.50  /home
            2026-11-22 06:01:00 *  12,345     ~7  6,172       1     2  1,000.50  /home
            2026-11-22 06:02:00         0      7      0       1     2  1,000.50  /home
            -------------------------------------------------------------------
            total                  12,445         6,222       3     6  3,001.50

            events   ▁█▁  0 to 12,345
            users    ▁▁▁  7 to 7
            views    ▁█▁  0 to 6,172
            clicks   ▁▁▁  1 to 1
            buys     ▁▁▁  2 to 2
            revenue  ▁▁▁  1,000.50 to 1,000.50

            """,
            _query.Output);
        Assert.Equal("", _query.Error);
    }

    [Fact]
    public async Task Query_OverlappingWindows_HaveNoTotals()
    {
        await _query.WriteAsync(QueryRun.Result("5min", 0, 100, minutes: 5), QueryRun.Result("5min", 1, 100, minutes: 5));

        Assert.Equal(0, await _query.RunAsync("--lake", Lake, "--window", "5min"));

        Assert.DoesNotContain("total", _query.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_Json_IsWhatRunWrites()
    {
        WindowResult[] results = [QueryRun.Result("1min", 0, 100), QueryRun.Result("1min", 1, 5, phase: Phase.Corrected)];
        await _query.WriteAsync(results);

        Assert.Equal(0, await _query.RunAsync("--lake", Lake, "--format", "json"));

        Assert.Equal(string.Concat(results.Select(QueryRun.Json)), _query.Output);
    }

    [Fact]
    public async Task Query_Csv_IsQuotedWhereItMustBe()
    {
        await _query.WriteAsync(
            QueryRun.Result("1min", 0, 1, page: "/a"), QueryRun.Result("1min", 1, 2, page: "/\"b\",\r\nc"), QueryRun.Result("1min", 2, 3, page: ""));

        Assert.Equal(0, await _query.RunAsync("--lake", Lake, "--format", "csv"));

        Assert.Equal(
            CsvHeader
            + "1min,2026-11-22T06:00:00Z,2026-11-22T06:01:00Z,1,7,0,1,2,0,0,1000.5,/a,3,,,,,,on_time,1,,0,true,false,0,0,0,0\r\n"
            + "1min,2026-11-22T06:01:00Z,2026-11-22T06:02:00Z,2,7,1,1,2,0,0,1000.5,\"/\"\"b\"\",\r\nc\",3,,,,,,on_time,1,,0,true,false,0,0,0,0\r\n"
            + "1min,2026-11-22T06:02:00Z,2026-11-22T06:03:00Z,3,7,1,1,2,0,0,1000.5,\"\",3,,,,,,on_time,1,,0,true,false,0,0,0,0\r\n",
            _query.Output);
    }

    [Theory]
    [InlineData("=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\"")]
    [InlineData("+1+1", "\"'+1+1\"")]
    [InlineData("-2+3", "\"'-2+3\"")]
    [InlineData("@SUM(1)", "\"'@SUM(1)\"")]
    [InlineData("\t=1+1", "\"'\t=1+1\"")]
    [InlineData("\r=1+1", "\"'\r=1+1\"")]
    [InlineData("/\u001b[31mred\u009b", "/\\u001b[31mred\\u009b")]
    [InlineData(" =1+1", "\"' =1+1\"")]
    [InlineData("\n=1+1", "\"'\n=1+1\"")]
    [InlineData("\uFF1D1+1", "\"'\uFF1D1+1\"")]
    [InlineData("/a;=1+1", "\"/a;=1+1\"")]
    [InlineData("/a\t=1+1", "\"/a\t=1+1\"")]
    [InlineData("/a=b+c", "/a=b+c")]
    public async Task Query_CsvOfAHostilePage_IsNoFormulaAndNoEscape(string page, string field)
    {
        await _query.WriteAsync(QueryRun.Result("1min", 0, 1, page: page));

        Assert.Equal(0, await _query.RunAsync("--lake", Lake, "--format", "csv"));

        Assert.Contains($",1000.5,{field},3,", _query.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_CsvHeader_HasEveryColumnThatIsOneValue()
    {
        await _query.WriteAsync(QueryRun.Result("1min", 0, 1));

        Assert.Equal(0, await _query.RunAsync("--lake", Lake, "--format", "csv"));

        string[] header = _query.Output.Split("\r\n")[0].Split(',');
        Assert.Equal(
            ResultColumns.All.Where(column => !column.IsLiveOnly && column is not (MapColumn or BytesColumn)).Select(column => column.Name),
            header.Except(["top_page", "top_page_views"]));
    }

    [Fact]
    public async Task Query_CsvOfAddedCounters_HasThoseOfTheFirstAndOfTheLastWindowAndTellsWhatIsLeftOut()
    {
        await _query.WriteAsync(
            QueryRun.Result("1min", 0, 1) with { Counters = [new("signups", 12)] },
            QueryRun.Result("1min", 1, 1) with { Counters = [new("between", 1)] },
            QueryRun.Result("1min", 2, 1) with
            {
                Breakdowns = [new("variant", new Breakdown([new("B", 3)], 2))], RevenueByCurrency = [new("EUR", 1)],
            });

        Assert.Equal(0, await _query.RunAsync("--lake", _query.Lake, "--format", "csv"));

        string[] lines = _query.Output.Split("\r\n");
        Assert.EndsWith(",event_types_max_error,signups,variant_max_error", lines[0], StringComparison.Ordinal);
        Assert.Equal(["0,12,", "0,,", "0,,2"], lines[1..^1].Select(line => string.Join(',', line.Split(',')[^3..])));
        Assert.Equal(
            "tidemark: left out, since neither the first nor the last window has it: between; --format json has all\n", _query.Error);
    }

    [Fact]
    public async Task Query_TableOfMixedCurrencies_ShowsNoFalseSum()
    {
        await _query.WriteAsync(
            QueryRun.Result("1min", 0, 1) with { Revenue = 10, RevenueByCurrency = [new("EUR", 10)] },
            QueryRun.Result("1min", 1, 1) with { Revenue = null, RevenueByCurrency = [new("EUR", 10), new("USD", 3)] },
            QueryRun.Result("1min", 2, 1) with { Revenue = 5, RevenueByCurrency = [new("USD", 5)] });

        Assert.Equal(0, await _query.RunAsync("--lake", _query.Lake));

        Assert.Equal(2, _query.Output.Split('\n').Count(line => line.Contains(" mixed", StringComparison.Ordinal)));
        Assert.Contains("total", _query.Output.Split('\n').Last(line => line.Contains(" mixed", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("10.00", _query.Output, StringComparison.Ordinal);
    }

    private const string CsvHeader =
        "window,window_start,window_end,total_events,unique_users,page_views,clicks,purchases,add_to_carts,searches,revenue,"
        + "top_page,top_page_views,average_events_per_minute,"
        + "average_page_views_per_minute,average_clicks_per_minute,average_purchases_per_minute,average_revenue_per_minute,"
        + "phase,revision,watermark,invalid_amounts,"
        + "unique_users_exact,revenue_overflow,top_pages_max_error,device_breakdown_max_error,country_breakdown_max_error,event_types_max_error\r\n";

    [Theory]
    [InlineData("--from 2026-11-22T06:01:00Z --to 2026-11-22T06:03:00Z", "1,2")]
    [InlineData("--from -2m", "3,4")]
    [InlineData("--to=-4min", "0")]
    [InlineData("--from -3m --to now --last 1", "4")]
    [InlineData("--last 2", "3,4")]
    [InlineData("--from 2026-11-23", "")]
    public async Task Query_Range_ShowsTheWindowsThatStartInIt(string options, string expected)
    {
        await _query.WriteAsync([.. Enumerable.Range(0, 5).Select(minute => QueryRun.Result("1min", minute, minute))]);

        Assert.Equal(0, await _query.RunAsync(["--lake", Lake, "--format", "json", .. options.Split(' ')]));

        string[] lines = _query.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(expected, string.Join(',', lines.Select(line => JsonNode.Parse(line)!["total_events"]!.ToJsonString())));
        Assert.Equal(expected.Length == 0 ? "tidemark: no 1min windows in that range\n" : "", _query.Error);
    }

    [Theory]
    [InlineData("table", "~2 distinct users in 3 windows of 1min from 2026-11-22T06:00:00Z to 2026-11-22T06:03:00Z\n")]
    [InlineData("json", "{\"window\":\"1min\",\"from\":\"2026-11-22T06:00:00Z\",\"to\":\"2026-11-22T06:03:00Z\","
        + "\"windows\":3,\"unique_users\":2,\"unique_users_exact\":false}\n")]
    [InlineData("csv", "window,from,to,windows,unique_users,unique_users_exact\r\n1min,2026-11-22T06:00:00Z,2026-11-22T06:03:00Z,3,2,false\r\n")]
    public async Task Query_Users_CountsNobodyTwice(string format, string expected)
    {
        await _query.WriteAsync(QueryRun.Result("1min", 0, 1), QueryRun.Result("1min", 1, 1), QueryRun.Result("1min", 2, 1));

        Assert.Equal(0, await _query.RunAsync("--lake", Lake, "--users", "--format", format));

        Assert.Equal(expected, _query.Output);
    }

    [Fact]
    public async Task Query_Mistakes_AreAllToldAtOnce()
    {
        Assert.Equal(2, await _query.RunAsync("--window", "A", "--from", "x", "--to", "-1y", "--last", "0", "--format", "xml", "--users"));

        const string Times =
            "2026-11-22, '2026-11-22 10:00', 10:00 (today), today, yesterday, -2h (two hours ago) or 2026-11-22T06:00:00Z";
        Assert.Equal(
            $"""
            tidemark: --lake: expected --lake DIR or --redis HOST:PORT, got neither
            tidemark: --window: expected 1 to 32 of a-z, 0-9 and _, such as 1min, got 'A'
            tidemark: --from: expected a time such as {Times}, got 'x'
            tidemark: --to: expected a time such as {Times}, got '-1y'
            tidemark: --last: expected 1 to 1,000,000, got '0'
            tidemark: --format: expected table|json|csv, got 'xml'
            Try: tidemark query --help

            """,
            _query.Error);
    }

    [Theory]
    [InlineData("--to expected", "--lake", "x", "--from", "2026-11-22", "--to", "2026-11-22")]
    [InlineData("--users expected no --last", "--lake", "x", "--users", "--last", "3")]
    public async Task Query_OptionsThatDoNotGoTogether_AreRefused(string expected, params string[] options)
    {
        Assert.Equal(2, await _query.RunAsync(options));

        Assert.Contains(expected.Replace(" ", ": ", StringComparison.Ordinal).Split(": no")[0], _query.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_NoSuchLakeOrFamily_SaysWhatIsThere()
    {
        Assert.Equal(1, await _query.RunAsync("--lake", Lake));
        await _query.WriteAsync(QueryRun.Result("1min", 0, 1));
        Assert.Equal(1, await _query.RunAsync("--lake", Lake, "--window", "1hour"));

        Assert.Equal(
            $"tidemark: cannot read the lake {Lake}: No such directory\ntidemark: {Lake} has no windows named '1hour': there are 1min\n",
            _query.Error);
    }

    [Theory]
    [InlineData(new double[] { }, 8, "")]
    [InlineData(new double[] { 5, 5 }, 8, "▁▁")]
    [InlineData(new double[] { 0, 1, 2, 3, 4, 5, 6, 7 }, 8, "▁▂▃▄▅▆▇█")]
    [InlineData(new double[] { 0, 0, 8, 8, -8, -8 }, 3, "▅█▁")]
    public void Sparkline_Values_FromTheLeastToTheGreatest(double[] values, int width, string expected) =>
        Assert.Equal(expected, Sparkline.Of(values, width));
}

using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Tidemark.Cli.Query;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Sinks.Lake;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Query;

public sealed class QueryCommandTests : IDisposable
{
    private const long Start = 1_795_327_200_000;

    private readonly TempFolder _folder = new();
    private readonly StringWriter _error = new();
    private readonly MemoryStream _output = new();

    private string Lake => _folder.File("lake");

    public void Dispose()
    {
        _folder.Dispose();
        _error.Dispose();
        _output.Dispose();
    }

    [Fact]
    public async Task Query_Table_HasTotalsAndSparklines()
    {
        await WriteAsync(Result("1min", 0, 100), Result("1min", 1, 12_345, phase: Phase.Corrected, exact: false), Result("1min", 2, 0));

        Assert.Equal(0, await RunAsync("--lake", Lake));

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
            Output());
        Assert.Equal("", _error.ToString());
    }

    [Fact]
    public async Task Query_OverlappingWindows_HaveNoTotals()
    {
        await WriteAsync(Result("5min", 0, 100, minutes: 5), Result("5min", 1, 100, minutes: 5));

        Assert.Equal(0, await RunAsync("--lake", Lake, "--window", "5min"));

        Assert.DoesNotContain("total", Output(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_Json_IsWhatRunWrites()
    {
        WindowResult[] results = [Result("1min", 0, 100), Result("1min", 1, 5, phase: Phase.Corrected)];
        await WriteAsync(results);

        Assert.Equal(0, await RunAsync("--lake", Lake, "--format", "json"));

        Assert.Equal(string.Concat(results.Select(Json)), Output());
    }

    [Fact]
    public async Task Query_Csv_IsQuotedWhereItMustBe()
    {
        await WriteAsync(Result("1min", 0, 1, page: "/a"), Result("1min", 1, 2, page: "/\"b\",\r\nc"), Result("1min", 2, 3, page: ""));

        Assert.Equal(0, await RunAsync("--lake", Lake, "--format", "csv"));

        Assert.Equal(
            CsvHeader
            + "1min,2026-11-22T06:00:00Z,2026-11-22T06:01:00Z,1,7,0,1,2,0,0,1000.5,/a,3,,,,,,on_time,1,,0,true,false,0,0,0,0\r\n"
            + "1min,2026-11-22T06:01:00Z,2026-11-22T06:02:00Z,2,7,1,1,2,0,0,1000.5,\"/\"\"b\"\",\r\nc\",3,,,,,,on_time,1,,0,true,false,0,0,0,0\r\n"
            + "1min,2026-11-22T06:02:00Z,2026-11-22T06:03:00Z,3,7,1,1,2,0,0,1000.5,\"\",3,,,,,,on_time,1,,0,true,false,0,0,0,0\r\n",
            Output());
    }

    [Theory]
    [InlineData("=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\"")]
    [InlineData("+1+1", "\"'+1+1\"")]
    [InlineData("-2+3", "\"'-2+3\"")]
    [InlineData("@SUM(1)", "\"'@SUM(1)\"")]
    [InlineData("\t=1+1", "\"'\t=1+1\"")]
    [InlineData("\r=1+1", "\"'\r=1+1\"")]
    [InlineData("/\u001b[31mred\u009b", "/\\u001b[31mred\\u009b")]
    [InlineData("/a=b+c", "/a=b+c")]
    public async Task Query_CsvOfAHostilePage_IsNoFormulaAndNoEscape(string page, string field)
    {
        await WriteAsync(Result("1min", 0, 1, page: page));

        Assert.Equal(0, await RunAsync("--lake", Lake, "--format", "csv"));

        Assert.Contains($",1000.5,{field},3,", Output(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_CsvHeader_HasEveryColumnThatIsOneValue()
    {
        await WriteAsync(Result("1min", 0, 1));

        Assert.Equal(0, await RunAsync("--lake", Lake, "--format", "csv"));

        string[] header = Output().Split("\r\n")[0].Split(',');
        Assert.Equal(
            ResultColumns.All.Where(column => !column.IsLiveOnly && column is not (MapColumn or BytesColumn)).Select(column => column.Name),
            header.Except(["top_page", "top_page_views"]));
    }

    [Fact]
    public async Task Query_CsvOfAddedCounters_HasThoseOfTheFirstAndOfTheLastWindowAndTellsWhatIsLeftOut()
    {
        await WriteAsync(
            Result("1min", 0, 1) with { Counters = [new("signups", 12)] },
            Result("1min", 1, 1) with { Counters = [new("between", 1)] },
            Result("1min", 2, 1) with { Breakdowns = [new("variant", new Breakdown([new("B", 3)], 2))], RevenueByCurrency = [new("EUR", 1)] });

        Assert.Equal(0, await RunAsync("--lake", Lake, "--format", "csv"));

        string[] lines = Output().Split("\r\n");
        Assert.EndsWith(",event_types_max_error,signups,variant_max_error", lines[0], StringComparison.Ordinal);
        Assert.Equal(["0,12,", "0,,", "0,,2"], lines[1..^1].Select(line => string.Join(',', line.Split(',')[^3..])));
        Assert.Equal(
            "tidemark: left out, since neither the first nor the last window has it: between; --format json has all\n", _error.ToString());
    }

    [Fact]
    public async Task Query_TableOfMixedCurrencies_ShowsNoFalseSum()
    {
        await WriteAsync(
            Result("1min", 0, 1) with { Revenue = 10, RevenueByCurrency = [new("EUR", 10)] },
            Result("1min", 1, 1) with { Revenue = null, RevenueByCurrency = [new("EUR", 10), new("USD", 3)] },
            Result("1min", 2, 1) with { Revenue = 5, RevenueByCurrency = [new("USD", 5)] });

        Assert.Equal(0, await RunAsync("--lake", Lake));

        Assert.Equal(2, Output().Split('\n').Count(line => line.Contains(" mixed", StringComparison.Ordinal)));
        Assert.Contains("total", Output().Split('\n').Last(line => line.Contains(" mixed", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("10.00", Output(), StringComparison.Ordinal);
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
        await WriteAsync([.. Enumerable.Range(0, 5).Select(minute => Result("1min", minute, minute))]);

        Assert.Equal(0, await RunAsync(["--lake", Lake, "--format", "json", .. options.Split(' ')]));

        string[] lines = Output().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(expected, string.Join(',', lines.Select(line => JsonNode.Parse(line)!["total_events"]!.ToJsonString())));
        Assert.Equal(expected.Length == 0 ? "tidemark: no 1min windows in that range\n" : "", _error.ToString());
    }

    [Theory]
    [InlineData("table", "~2 distinct users in 3 windows of 1min from 2026-11-22T06:00:00Z to 2026-11-22T06:03:00Z\n")]
    [InlineData("json", "{\"window\":\"1min\",\"from\":\"2026-11-22T06:00:00Z\",\"to\":\"2026-11-22T06:03:00Z\","
        + "\"windows\":3,\"unique_users\":2,\"unique_users_exact\":false}\n")]
    [InlineData("csv", "window,from,to,windows,unique_users,unique_users_exact\r\n1min,2026-11-22T06:00:00Z,2026-11-22T06:03:00Z,3,2,false\r\n")]
    public async Task Query_Users_CountsNobodyTwice(string format, string expected)
    {
        await WriteAsync(Result("1min", 0, 1), Result("1min", 1, 1), Result("1min", 2, 1));

        Assert.Equal(0, await RunAsync("--lake", Lake, "--users", "--format", format));

        Assert.Equal(expected, Output());
    }

    [Fact]
    public async Task Query_Mistakes_AreAllToldAtOnce()
    {
        Assert.Equal(2, await RunAsync("--window", "A", "--from", "x", "--to", "-1y", "--last", "0", "--format", "xml", "--users"));

        Assert.Equal(
            """
            tidemark: --lake: expected --lake DIR or --redis HOST:PORT, got neither
            tidemark: --window: expected 1 to 32 of a-z, 0-9 and _, such as 1min, got 'A'
            tidemark: --from: expected a time such as 2026-11-22T06:00:00Z, or one before now such as -2h, got 'x'
            tidemark: --to: expected a time such as 2026-11-22T06:00:00Z, or one before now such as -2h, got '-1y'
            tidemark: --last: expected 1 to 1,000,000, got '0'
            tidemark: --format: expected table|json|csv, got 'xml'
            Try: tidemark query --help

            """,
            _error.ToString());
    }

    [Theory]
    [InlineData("--to expected", "--lake", "x", "--from", "2026-11-22", "--to", "2026-11-22")]
    [InlineData("--users expected no --last", "--lake", "x", "--users", "--last", "3")]
    public async Task Query_OptionsThatDoNotGoTogether_AreRefused(string expected, params string[] options)
    {
        Assert.Equal(2, await RunAsync(options));

        Assert.Contains(expected.Replace(" ", ": ", StringComparison.Ordinal).Split(": no")[0], _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_NoSuchLakeOrFamily_SaysWhatIsThere()
    {
        Assert.Equal(1, await RunAsync("--lake", Lake));
        await WriteAsync(Result("1min", 0, 1));
        Assert.Equal(1, await RunAsync("--lake", Lake, "--window", "1hour"));

        Assert.Equal(
            $"tidemark: cannot read the lake {Lake}: No such directory\ntidemark: {Lake} has no windows named '1hour': there are 1min\n",
            _error.ToString());
    }

    [Theory]
    [InlineData(new double[] { }, 8, "")]
    [InlineData(new double[] { 5, 5 }, 8, "▁▁")]
    [InlineData(new double[] { 0, 1, 2, 3, 4, 5, 6, 7 }, 8, "▁▂▃▄▅▆▇█")]
    [InlineData(new double[] { 0, 0, 8, 8, -8, -8 }, 3, "▅█▁")]
    public void Sparkline_Values_FromTheLeastToTheGreatest(double[] values, int width, string expected) =>
        Assert.Equal(expected, Sparkline.Of(values, width));

    private static WindowResult Result(
        string window, int minute, long events, Phase phase = Phase.OnTime, bool exact = true, int minutes = 1, string page = "/home")
    {
        Core.Metrics.HyperLogLog users = new();
        users.Add(1);
        users.Add(unchecked((ulong)-3));
        byte[] sketch = new byte[Core.Metrics.HyperLogLog.RedisDenseBytes];
        users.WriteRedisDense(sketch);
        return new WindowResult
        {
            Window = window,
            StartMs = Start + (minute * 60_000),
            EndMs = Start + ((minute + minutes) * 60_000),
            Phase = phase,
            Revision = phase == Phase.OnTime ? 1 : 2,
            WatermarkMs = null,
            TotalEvents = events,
            UniqueUsers = 7,
            UniqueUsersExact = exact,
            UsersSketch = sketch,
            PageViews = events / 2,
            Clicks = 1,
            Purchases = 2,
            Revenue = 1000.5m,
            RevenueOverflow = false,
            InvalidAmounts = 0,
            TopPages = new Breakdown([new(page, 3)], 0),
            Devices = new Breakdown([], 0),
            Countries = new Breakdown([new("DE", 3)], 0),
            EventTypes = new Breakdown([], 0),
            Averages = null,
        };
    }

    private static string Json(WindowResult result)
    {
        System.Buffers.ArrayBufferWriter<byte> buffer = new();
        Sinks.ResultJson.Write(result, buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    private async Task WriteAsync(params WindowResult[] results) =>
        await new LakeSink(LocalLake.Open(Lake), Array.Empty<WindowDefinition>()).WriteAsync(results, default);

    private Task<int> RunAsync(params string[] options)
    {
        CommandContext context = new(_error, () => new Kept(_output), new ManualTime(DateTimeOffset.FromUnixTimeMilliseconds(Start + (5 * 60_000))));
        return CommandRunner.RunAsync(new RootCommand { QueryCommand.Create(context) }, ["query", .. options], context);
    }

    private string Output() => Encoding.UTF8.GetString(_output.ToArray());

    /// <summary>Writes to a stream that stays open.</summary>
    private sealed class Kept(Stream stream) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => stream.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => stream.Write(buffer, offset, count);
    }
}

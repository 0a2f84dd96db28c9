using System.Text.Json;
using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Dashboard.Api;
using Tidemark.Dashboard.Live;
using Tidemark.Dashboard.Results;
using Tidemark.Dashboard.Tests.Support;
using Tidemark.Support.Fixtures;

namespace Tidemark.Dashboard.Tests.Api;

/// <summary>Goal: answers are what a naive computation over every minute says; what cannot be answered says what was expected.</summary>
public sealed class DashboardApiTests
{
    private const long Now = Shop.Midnight + (6 * Shop.Hour) + (20 * Shop.Minute);

    private readonly ManualTime _time = new(DateTimeOffset.FromUnixTimeMilliseconds(Now));

    [Fact]
    public async Task Latest_ClosedWindows_IsTheLastOne()
    {
        DashboardApi api = await ApiAsync(Shop.Range("1min", Now - Shop.Hour, Now));

        JsonElement latest = await GetAsync(api, "metrics/1min/latest");

        Assert.Equal(TimeText.Format(Now - Shop.Minute), latest.GetProperty("window_start").GetString());
        Assert.Equal(Shop.Of((Now / Shop.Minute) - 1).Views, latest.GetProperty("page_views").GetInt64());
    }

    [Theory]
    [InlineData("metrics/1min/latest", 404, "No window of 1min is closed yet")]
    [InlineData("metrics/2min/latest", 404, "window: expected 1min, 5min, 1hour, got '2min'")]
    [InlineData("metrics/1min?from=yesterday", 400, "from: expected a time such as")]
    [InlineData("metrics/1min?from=-1h&to=-2h", 400, "to: expected a time after from")]
    [InlineData("metrics/1min?from=-900d&to=now", 400, "to: expected at most 400 days after from, got 900 days")]
    [InlineData("metrics/1min?from=99999999999999999", 400, "from: expected epoch milliseconds in the years 1 to 9999")]
    [InlineData("metrics/1min?limit=0", 400, "limit: expected 1 to 10000, got '0'")]
    [InlineData("metrics/1min?limit=10001", 400, "limit: expected 1 to 10000")]
    [InlineData("metrics/1min?columns=clicks,kicks", 400, "got 'kicks'")]
    [InlineData("metrics/live?window=2min", 404, "got '2min'")]
    [InlineData("totals?to=now", 400, "from: expected a time")]
    [InlineData("uniques?from=-1h&to=x", 400, "to: expected a time such as")]
    [InlineData("nothing", 404, "openapi.json lists what there is")]
    [InlineData("metrics/1min/latest/x", 404, "openapi.json lists what there is")]
    public async Task Get_RequestThatCannotBeAnswered_SaysWhatWasExpected(string path, int status, string message)
    {
        DashboardApi api = await ApiAsync([]);

        ApiResponse answer = await api.GetAsync(Request(path), CancellationToken.None);

        Assert.Equal((status, "application/problem+json; charset=utf-8"), (answer.Status, answer.ContentType));
        JsonElement problem = JsonDocument.Parse(answer.Body).RootElement;
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.Contains(message, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Range_MoreThanTheLimit_GoesOnWhereItSays()
    {
        DashboardApi api = await ApiAsync(Shop.Range("1min", Now - Shop.Hour, Now));
        List<string> starts = [];

        string? from = TimeText.Format(Now - Shop.Hour);
        for (int pages = 0; from is not null; pages++)
        {
            Assert.InRange(pages, 0, 8);
            JsonElement page = await GetAsync(api, $"metrics/1min?from={from}&to=now&limit=7");
            starts.AddRange(page.GetProperty("results").EnumerateArray().Select(result => result.GetProperty("window_start").GetString()!));
            from = page.GetProperty("next_from").GetString();
        }

        Assert.Equal(Enumerable.Range(0, 60).Select(i => TimeText.Format(Now - Shop.Hour + (i * Shop.Minute))), starts);
    }

    [Fact]
    public async Task Range_WithoutAStart_IsTheLastWindows()
    {
        DashboardApi api = await ApiAsync(Shop.Range("1min", Now - Shop.Hour, Now));

        JsonElement page = await GetAsync(api, "metrics/1min?limit=2");

        Assert.Equal(
            [TimeText.Format(Now - (2 * Shop.Minute)), TimeText.Format(Now - Shop.Minute)],
            page.GetProperty("results").EnumerateArray().Select(result => result.GetProperty("window_start").GetString()));
    }

    [Fact]
    public async Task Range_ColumnsChosen_HasThemAndTheWindow()
    {
        DashboardApi api = await ApiAsync(Shop.Range("1hour", Shop.Midnight, Now - Shop.Hour));

        JsonElement page = await GetAsync(api, "metrics/1hour?columns=clicks,average_per_minute");

        Assert.Equal(
            ["window", "window_start", "window_end", "clicks", "average_per_minute", "phase", "revision"],
            page.GetProperty("results")[0].EnumerateObject().Select(member => member.Name));
    }

    [Theory]
    [InlineData("-20m", "now")]
    [InlineData("2026-11-22T06:00:00Z", "2026-11-22T06:20:00Z")]
    [InlineData("2026-11-22T07:00:00+01:00", "2026-11-22 06:20")]
    [InlineData("1795327200000", "1795328400000")]
    public async Task Range_EveryFormOfTime_IsTheSame(string from, string to)
    {
        DashboardApi api = await ApiAsync(Shop.Range("1min", Now - Shop.Hour, Now));

        JsonElement page = await GetAsync(api, $"metrics/1min?from={Uri.EscapeDataString(from)}&to={Uri.EscapeDataString(to)}");

        Assert.Equal(20, page.GetProperty("results").GetArrayLength());
    }

    /// <summary>Random ranges: sums and users against every minute one by one, though hours are read where they fit.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Totals_RandomRanges_AreTheSumsOfTheirMinutes(int seed)
    {
        Random random = new(seed);
        long first = Shop.Midnight + (2 * Shop.Hour);
        DashboardApi api = await ApiAsync(Shop.Range("1min", first, Now).Concat(Shop.Range("1hour", first, Now - Shop.Hour)));
        for (int i = 0; i < 20; i++)
        {
            long from = Shop.Midnight + random.Next((int)(7 * Shop.Hour));
            long to = from + 1 + random.Next((int)(7 * Shop.Hour));
            Shop.Counts expected = new();
            HyperLogLog users = new();
            long minutes = 0;
            for (long minute = Math.Max(from, first); minute < Math.Min(to, Now); minute++)
            {
                if (minute % Shop.Minute == 0 && minute + Shop.Minute <= to)
                {
                    minutes++;
                    expected.Add(Shop.Of(minute / Shop.Minute));
                    users.Merge(HyperLogLog.ReadRedisDense(Shop.Window("1min", minute).UsersSketch.Span));
                    minute += Shop.Minute - 1;
                }
            }

            JsonElement totals = await GetAsync(api, $"totals?from={from}&to={to}");
            JsonElement uniques = await GetAsync(api, $"uniques?from={from}&to={to}");

            Assert.Equal(expected.Views, totals.GetProperty("totals").GetProperty("page_views").GetInt64());
            Assert.Equal(expected.RevenueCents / 100m, totals.GetProperty("totals").GetProperty("revenue").GetDecimal());
            Assert.InRange(totals.GetProperty("windows").GetInt64(), Math.Min(1, minutes), minutes);
            if (minutes > 1)
            {
                Assert.Equal(users.Estimate(), uniques.GetProperty("unique_users").GetInt64());
            }
        }
    }

    [Fact]
    public async Task Totals_WholeHours_ReadsHoursAndNotMinutes()
    {
        DashboardApi api = await ApiAsync(Shop.Range("1min", Shop.Midnight, Now).Concat(Shop.Range("1hour", Shop.Midnight, Now - Shop.Hour)));

        JsonElement totals = await GetAsync(api, $"totals?from={Shop.Midnight}&to=now");

        Assert.Equal(6 + 20, totals.GetProperty("windows").GetInt32());
        Assert.Equal(TimeText.Format(Now), totals.GetProperty("covered_to").GetString());
    }

    [Fact]
    public async Task Totals_TooManyWindows_SaysTheLimit()
    {
        DashboardApi api = await ApiAsync(Shop.Range("1min", Now - Shop.Hour, Now), new ApiLimits { MaxMerged = 10 });

        ApiResponse answer = await api.GetAsync(Request("totals?from=-1h"), CancellationToken.None);

        Assert.Equal(400, answer.Status);
    }

    [Fact]
    public async Task Get_UnchangedSinceTheETag_Is304WithoutABody()
    {
        DashboardApi api = await ApiAsync(Shop.Range("1min", Now - Shop.Hour, Now));
        ApiResponse first = await api.GetAsync(Request("metrics/1min"), CancellationToken.None);

        ApiResponse second = await api.GetAsync(Request("metrics/1min") with { IfNoneMatch = first.Headers["ETag"] }, CancellationToken.None);
        ApiResponse other = await api.GetAsync(Request("metrics/1min?limit=2") with { IfNoneMatch = first.Headers["ETag"] }, CancellationToken.None);

        Assert.Equal((304, 0), (second.Status, second.Body.Length));
        Assert.Equal(200, other.Status);
    }

    [Fact]
    public async Task Columns_OfResults_AreAllDescribed()
    {
        DashboardApi api = await ApiAsync([]);

        JsonElement document = await GetAsync(api, "columns");

        Assert.Equal(
            ResultColumns.All.Where(column => column is not BytesColumn).Select(column => column.Name),
            document.GetProperty("columns").EnumerateArray().Select(column => column.GetProperty("name").GetString()));
        Assert.Equal(
            ["1min", "5min", "1hour"], document.GetProperty("windows").EnumerateArray().Select(window => window.GetProperty("name").GetString()));
        Assert.Equal("events", document.GetProperty("stream").GetString());
    }

    [Fact]
    public async Task Range_AddedColumnsChosen_HasThem()
    {
        InputOptions input = new() { Breakdowns = [new AddedBreakdown("referrer_host", new FieldSource { Paths = ["referrer"] })] };
        WindowResult minute = Shop.Window("1min", Now - Shop.Minute) with
        {
            Breakdowns = [new NamedBreakdown("referrer_host", new Breakdown([new("news.example", 12)], 0))],
        };
        DashboardApi api = await ApiAsync([minute], columns: [.. ResultColumns.All, .. ResultColumns.AddedBy(input)]);

        JsonElement page = await GetAsync(api, "metrics/1min?columns=referrer_host");

        Assert.Equal(12, page.GetProperty("results")[0].GetProperty("referrer_host").GetProperty("news.example").GetInt32());
        Assert.False(page.GetProperty("results")[0].TryGetProperty("top_pages", out _));
    }

    [Fact]
    public async Task Totals_WindowOfSeveralCurrencies_HasNoRevenue()
    {
        DashboardApi api = await ApiAsync(
        [
            Shop.Window("1min", 0),
            Shop.Window("1min", Shop.Minute) with { Revenue = null, RevenueByCurrency = [new KeyAmount("EUR", 1), new KeyAmount("USD", 2)] },
        ]);

        JsonElement totals = (await GetAsync(api, "totals?from=0&to=120000")).GetProperty("totals");

        Assert.Equal(JsonValueKind.Null, totals.GetProperty("revenue").ValueKind);
        Assert.Equal(Shop.Of(0).Views + Shop.Of(1).Views, totals.GetProperty("page_views").GetInt64());
    }

    [Fact]
    public async Task OpenApi_Result_HasEveryMemberThatAResultHas()
    {
        DashboardApi api = await ApiAsync(Shop.Range("1hour", Shop.Midnight, Now - Shop.Hour));
        JsonElement result = await GetAsync(api, "metrics/1hour/latest");

        JsonElement document = await GetAsync(api, "openapi.json");

        JsonElement properties = document.GetProperty("components").GetProperty("schemas").GetProperty("Result").GetProperty("properties");
        Assert.Subset(
            properties.EnumerateObject().Select(member => member.Name).ToHashSet(),
            result.EnumerateObject().Select(member => member.Name).ToHashSet());
        foreach (string path in document.GetProperty("paths").EnumerateObject().Select(path => path.Name))
        {
            string asked = path.Replace("{window}", "1hour", StringComparison.Ordinal)["/api/v1/".Length..];
            ApiResponse answer = await api.GetAsync(Request(asked + (asked is "totals" or "uniques" ? "?from=-1h" : "")), CancellationToken.None);
            Assert.Equal((path, 200), (path, answer.Status));
        }
    }

    [Fact]
    public async Task OpenApi_Status_HasEveryMemberThatAStatusHas()
    {
        DashboardApi api = await ApiAsync([]);
        JsonElement status = await GetAsync(api, "status");

        JsonElement document = await GetAsync(api, "openapi.json");

        JsonElement schema = document.GetProperty("paths").GetProperty("/api/v1/status").GetProperty("get").GetProperty("responses")
            .GetProperty("200").GetProperty("content").GetProperty("application/json").GetProperty("schema");
        Assert.Equal(MembersOf(status), schema.GetProperty("properties").EnumerateObject().Select(member => member.Name));
        JsonElement partition = schema.GetProperty("properties").GetProperty("partitions").GetProperty("items");
        Assert.Equal(
            MembersOf(status.GetProperty("partitions")[0]).Order(),
            partition.GetProperty("properties").EnumerateObject().Select(member => member.Name).Order());
        Assert.Equal("integer", partition.GetProperty("properties").GetProperty("next").GetProperty("type").GetString());
        Assert.DoesNotContain("$ref", schema.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_AskedAsADocument_HasOpenWindowsAndTheLastClosedOnes()
    {
        DashboardApi api = await ApiAsync(Shop.Range("1min", Now - Shop.Hour, Now).Append(Shop.Window("1min", Now, Phase.Live, 3)));

        JsonElement state = await GetAsync(api, "stream");

        Assert.Equal(TimeText.Format(Now), Assert.Single(state.GetProperty("live").EnumerateArray()).GetProperty("window_start").GetString());
        Assert.Equal(10, state.GetProperty("closed").GetArrayLength());
    }

    [Fact]
    public async Task Metrics_Prometheus_HasStatusAndTheLatestWindows()
    {
        DashboardApi api = await ApiAsync(Shop.Range("1min", Now - Shop.Hour, Now));

        ApiResponse answer = await api.GetAsync(new ApiRequest("/metrics", new Dictionary<string, string>()), CancellationToken.None);

        string[] lines = System.Text.Encoding.UTF8.GetString(answer.Body.Span).TrimEnd('\n').Split('\n');
        Assert.All(lines, line => Assert.Matches(@"\A(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+=""[^""]*""\})? -?[0-9.E+-]+)\z", line));
        Assert.Contains("tidemark_records_total{outcome=\"late\"} 3066", lines);
        Assert.Contains($"tidemark_window_page_views{{window=\"1min\"}} {Shop.Of((Now / Shop.Minute) - 1).Views}", lines);
        Assert.Contains("tidemark_partition_lag_records{partition=\"2\"} 42", lines);
    }

    private static IEnumerable<string> MembersOf(JsonElement json) => json.EnumerateObject().Select(member => member.Name);

    private async Task<DashboardApi> ApiAsync(
        IEnumerable<WindowResult> results, ApiLimits? limits = null, IReadOnlyList<ResultColumn>? columns = null)
    {
        ResultStream stream = new(new StreamLimits(), "e");
        RecentResults store = new(Shop.Windows, new RecentLimits(), stream, history: null);
        await store.WriteAsync([.. results], CancellationToken.None);
        return new DashboardApi(store, columns ?? ResultColumns.All, new FixedStatus(FixedStatus.At(Now)), stream, limits ?? new ApiLimits(), _time);
    }

    private static async Task<JsonElement> GetAsync(DashboardApi api, string path)
    {
        ApiResponse answer = await api.GetAsync(Request(path), CancellationToken.None);
        Assert.True(answer.Status == 200, System.Text.Encoding.UTF8.GetString(answer.Body.Span));
        return JsonDocument.Parse(answer.Body).RootElement;
    }

    private static ApiRequest Request(string path)
    {
        string[] parts = path.Split('?');
        Dictionary<string, string> query = parts.Length == 1 ? [] : parts[1].Split('&').Select(pair => pair.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]));
        return new ApiRequest("/api/v1/" + parts[0], query);
    }
}

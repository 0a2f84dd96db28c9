using System.Text;
using System.Text.Json;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Dashboard.Api;
using Tidemark.Dashboard.Live;
using Tidemark.Dashboard.Results;
using Tidemark.Dashboard.Tests.Support;
using Tidemark.Support.Fixtures;

namespace Tidemark.Dashboard.Tests.Api;

/// <summary>Goal: what a configuration adds is told and answered as the other columns are, and no answer adds up amounts of different currencies.</summary>
public sealed class AddedColumnsTests
{
    private const long Now = Shop.Midnight + (6 * Shop.Hour);

    private static readonly InputOptions Input = new()
    {
        Breakdowns = [new("variant", new FieldSource { Paths = ["variant"] })],
        Counters = [new("signups", "sign_up")],
        Fields = new Dictionary<string, FieldSource> { ["currency"] = new() { Paths = ["currency"] } },
    };

    [Fact]
    public async Task Columns_AddedOnes_AreListedAndInTheSchema()
    {
        DashboardApi api = await ApiAsync([]);

        string columns = await TextAsync(api, "/api/v1/columns");
        string schema = await TextAsync(api, "/api/v1/openapi.json");

        Assert.All(ResultColumns.AddedBy(Input), column => Assert.Contains($"\"name\":\"{column.Name}\"", columns, StringComparison.Ordinal));
        Assert.All(ResultColumns.AddedBy(Input), column => Assert.Contains($"\"{column.Name}\":", schema, StringComparison.Ordinal));
        Assert.Contains("\"type\":\"amount_map\"", columns, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Range_SelectedAddedColumns_AreInTheAnswerAndOthersAreNot()
    {
        DashboardApi api = await ApiAsync([Minute(2, ("EUR", 1))]);

        using JsonDocument answer = JsonDocument.Parse(await TextAsync(api, "/api/v1/metrics/1min", ("columns", "signups,variant")));
        JsonElement result = answer.RootElement.GetProperty("results")[0];

        Assert.Equal(3, result.GetProperty("signups").GetInt32());
        Assert.Equal(5, result.GetProperty("variant").GetProperty("B").GetInt32());
        Assert.False(result.TryGetProperty("revenue_by_currency", out _) || result.TryGetProperty("clicks", out _));
    }

    [Fact]
    public async Task Totals_WindowsOfDifferentCurrencies_HaveTheSumOfEachAndNoneOfAll()
    {
        DashboardApi mixed = await ApiAsync([Minute(3, ("EUR", 1.5m)), Minute(2, ("EUR", 2), ("USD", 4)), Minute(1, ("USD", 0.25m))]);
        DashboardApi same = await ApiAsync([Minute(2, ("EUR", 1.5m)), Minute(1, ("EUR", 2))]);

        Assert.Equal("null {\"EUR\":3.5,\"USD\":4.25} 9", await TotalsAsync(mixed));
        Assert.Equal("3.5 {\"EUR\":3.5} 6", await TotalsAsync(same));
    }

    [Fact]
    public async Task Metrics_Prometheus_HasAddedCountersAndEachCurrency()
    {
        DashboardApi api = await ApiAsync([Minute(1, ("EUR", 1.5m), ("USD", 4))]);

        string[] lines = (await TextAsync(api, "/metrics")).Split('\n');

        Assert.Contains("tidemark_window_signups{window=\"1min\"} 3", lines);
        Assert.Contains("tidemark_window_revenue_by_currency{window=\"1min\",currency=\"USD\"} 4", lines);
        Assert.DoesNotContain(lines, line => line.StartsWith("tidemark_window_revenue{", StringComparison.Ordinal));
    }

    /// <summary>A minute before now.</summary>
    private static WindowResult Minute(int ago, params (string Currency, decimal Amount)[] revenue) => Shop.Window("1min", Now - (ago * Shop.Minute)) with
    {
        Revenue = revenue.Length == 1 ? revenue[0].Amount : null,
        RevenueByCurrency = [.. revenue.Select(entry => new KeyAmount(entry.Currency, entry.Amount))],
        Counters = [new("signups", 3)],
        Breakdowns = [new("variant", new Breakdown([new("B", 5)], 0))],
    };

    private static async Task<DashboardApi> ApiAsync(IEnumerable<WindowResult> results)
    {
        ResultStream stream = new(new StreamLimits(), "e");
        RecentResults store = new(Shop.Windows, new RecentLimits(), stream, history: null);
        await store.WriteAsync([.. results], CancellationToken.None);
        ManualTime time = new(DateTimeOffset.FromUnixTimeMilliseconds(Now));
        return new DashboardApi(
            store, [.. ResultColumns.All, .. ResultColumns.AddedBy(Input)], new FixedStatus(FixedStatus.At(Now)), stream, new ApiLimits(), time);
    }

    /// <summary>The revenue, that of each currency, and the counter.</summary>
    private static async Task<string> TotalsAsync(DashboardApi api)
    {
        using JsonDocument answer = JsonDocument.Parse(await TextAsync(api, "/api/v1/totals", ("from", "-10m"), ("to", "now")));
        JsonElement totals = answer.RootElement.GetProperty("totals");
        return string.Join(' ', new[] { "revenue", "revenue_by_currency", "signups" }.Select(name => totals.GetProperty(name).GetRawText()));
    }

    private static async Task<string> TextAsync(DashboardApi api, string path, params (string Name, string Value)[] query)
    {
        ApiResponse answer = await api.GetAsync(
            new ApiRequest(path, query.ToDictionary(pair => pair.Name, pair => pair.Value)), CancellationToken.None);
        string text = Encoding.UTF8.GetString(answer.Body.Span);
        Assert.True(answer.Status == 200, text);
        return text;
    }
}

using System.Text.Json;
using Tidemark.Core.Results;
using Tidemark.Dashboard.Api;
using Tidemark.Dashboard.Live;
using Tidemark.Dashboard.Results;
using Tidemark.Dashboard.Tests.Support;
using Tidemark.Support.Fixtures;

namespace Tidemark.Dashboard.Tests.Api;

/// <summary>Goal: counts of sessions add up, means and shares are weighted, and quantiles of several windows are not made up.</summary>
public sealed class SessionTotalsTests
{
    private const long Now = Shop.Midnight + (6 * Shop.Hour);

    [Fact]
    public async Task Totals_WindowsOfDifferentWeight_HaveMeansOfAllTheirSessions()
    {
        JsonElement totals = await TotalsAsync(
            Visits.With(Minute(3), started: 5, ended: 1, mean: 600, bounced: 1, pages: 1),
            Visits.With(Minute(2), started: 2, ended: 0),
            Visits.With(Minute(1), started: 1, ended: 3, mean: 100, converted: 2, pages: 4));

        Assert.Equal(8, totals.GetProperty("sessions_started").GetInt64());
        Assert.Equal(4, totals.GetProperty("sessions_ended").GetInt64());
        Assert.Equal(225, totals.GetProperty("session_duration_mean").GetDecimal());
        Assert.Equal(3.25m, totals.GetProperty("pages_per_session").GetDecimal());
        Assert.Equal(0.25m, totals.GetProperty("bounce_rate").GetDecimal());
        Assert.Equal(0.5m, totals.GetProperty("conversion_rate").GetDecimal());
    }

    /// <summary>Thirds are rounded in the windows: the share of all is not made of these.</summary>
    [Fact]
    public async Task Totals_SharesThatWereRounded_AreThoseOfTheCounts()
    {
        JsonElement totals = await TotalsAsync([.. Enumerable.Range(1, 9).Select(ago =>
            Visits.With(Minute(ago), started: 30_000, ended: 30_000, mean: 10, bounced: 10_001, converted: 20_000, pages: 2))]);

        Assert.Equal(0.3334m, totals.GetProperty("bounce_rate").GetDecimal());
        Assert.Equal(0.6667m, totals.GetProperty("conversion_rate").GetDecimal());
    }

    [Fact]
    public async Task Totals_NoneEnded_HaveNoMeans()
    {
        JsonElement totals = await TotalsAsync(Visits.With(Minute(1), started: 3, ended: 0));

        Assert.All(
            new[] { "session_duration_mean", "bounce_rate", "conversion_rate", "pages_per_session" },
            name => Assert.Equal(JsonValueKind.Null, totals.GetProperty(name).ValueKind));
    }

    [Fact]
    public async Task Totals_Quantiles_AreLeftOut()
    {
        JsonElement totals = await TotalsAsync(Visits.With(Minute(1), started: 3, ended: 2, mean: 60));

        Assert.DoesNotContain(totals.EnumerateObject(), member => member.Name.StartsWith("session_duration_p", StringComparison.Ordinal));
    }

    private static WindowResult Minute(int ago) => Shop.Window("1min", Now - (ago * Shop.Minute));

    private static async Task<JsonElement> TotalsAsync(params WindowResult[] windows)
    {
        ResultStream stream = new(new StreamLimits(), "e");
        RecentResults store = new(Shop.Windows, new RecentLimits(), stream, history: null);
        await store.WriteAsync(windows, CancellationToken.None);
        ManualTime time = new(DateTimeOffset.FromUnixTimeMilliseconds(Now));
        DashboardApi api = new(store, Visits.Columns, new FixedStatus(FixedStatus.At(Now)), stream, new ApiLimits(), time);
        ApiResponse answer = await api.GetAsync(
            new ApiRequest(DashboardApi.Root + "totals", new Dictionary<string, string> { ["from"] = "-10m", ["to"] = "now" }),
            CancellationToken.None);
        return JsonDocument.Parse(answer.Body).RootElement.GetProperty("totals");
    }
}

using System.Text.Json;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Dashboard.Api;
using Tidemark.Dashboard.Live;
using Tidemark.Dashboard.Results;
using Tidemark.Dashboard.Tests.Support;
using Tidemark.Sinks.Lake;
using Tidemark.Sinks.Redis;
using Tidemark.Support.Fixtures;
using static Tidemark.Support.Samples.SessionSamples;

namespace Tidemark.Dashboard.Tests.Api;

/// <summary>Goal: sessions are answered once, latest first to be found, a bounded number of them, wherever they are kept.</summary>
public sealed class SessionQueriesTests : IDisposable
{
    private const long Now = Shop.Midnight + (6 * Shop.Hour);

    private readonly TempFolder _folder = new();
    private readonly ManualTime _time = new(DateTimeOffset.FromUnixTimeMilliseconds(Now));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Sessions_Answer_HasTheRowsByStart()
    {
        DashboardApi api = await ApiAsync(
            Ended(Now, 1, Session("bob", Now - Shop.Hour), Session("ada", Now - (2 * Shop.Hour))), Ended(Now + Shop.Minute, 1, Hard(Now)));

        JsonElement answer = await GetAsync(api, "sessions?from=-3h&to=2026-11-22T07:00:00Z");

        Assert.Equal("2026-11-22T03:00:00Z", answer.GetProperty("from").GetString());
        Assert.Equal("2026-11-22T07:00:00Z", answer.GetProperty("to").GetString());
        JsonElement[] rows = [.. answer.GetProperty("sessions").EnumerateArray()];
        Assert.Equal(["ada", "bob", Hard(Now).UserId], rows.Select(row => row.GetProperty("user_id").GetString()));
        Assert.Equal(SessionColumns.All.Select(column => column.Name), rows[2].EnumerateObject().Select(member => member.Name));
        Assert.Equal(HardTexts, rows[2].GetProperty("pages_visited").EnumerateArray().Select(page => page.GetString()!));
    }

    [Fact]
    public async Task Sessions_MoreThanTheLimit_GoOnToEarlierOnesWhereItSays()
    {
        // Two start at a time.
        DashboardApi api = await ApiAsync([.. Enumerable.Range(0, 10).Select(i => Ended(
            Now + (i * Shop.Minute), 1, Session("ada", Now + (i * Shop.Minute)), Session("bob", Now + (i * Shop.Minute))))]);
        List<string> ids = [];
        string? to = "2026-11-22T12:00:00Z";
        int pages = 0;
        for (; to is not null; pages++)
        {
            JsonElement page = await GetAsync(api, $"sessions?from=2026-11-22T05:00:00Z&to={to}&limit=3");
            ids.AddRange(page.GetProperty("sessions").EnumerateArray().Select(row => row.GetProperty("session_id").GetString()!));
            to = page.GetProperty("next_to").GetString();
        }

        Assert.Equal(20, ids.Count);
        Assert.Distinct(ids);
        Assert.Equal(6, pages);
    }

    [Fact]
    public async Task Sessions_OfAUserOrWithoutARange_AreTheLast()
    {
        DashboardApi api = await ApiAsync(
            Ended(Now, 1, Session("bob", Now - Shop.Hour), Session("ada", Now - (2 * Shop.Hour))), Ended(Now, 2, Session("bob", Now - Shop.Hour)),
            Ended(Now + Shop.Minute, 1, Session("ada", Now)));

        Assert.Equal(["bob", "ada"], await UsersAsync(api, "sessions"));
        Assert.Equal(["ada"], await UsersAsync(api, "sessions?limit=1"));
        Assert.Equal(["bob"], await UsersAsync(api, "sessions?user=bob&from=-1d"));
        Assert.Empty(await UsersAsync(api, "sessions?user=b&from=-1d"));
    }

    [Theory]
    [InlineData("sessions?user=bob", "from: expected a time such as 2026-11-22T06:00:00Z or -1d beside user")]
    [InlineData("sessions?from=-40d&to=now", "to: expected at most 31 days after from, got 40 days")]
    [InlineData("sessions?order=end&from=-1d", "from: expected none beside order=end")]
    [InlineData("sessions?order=start", "order: expected end, or nothing for the order of starts, got 'start'")]
    [InlineData("sessions?limit=10001", "limit: expected 1 to 10000, got '10001'")]
    [InlineData("sessions?from=noon", "from: expected a time such as")]
    public async Task Sessions_RequestThatCannotBeAnswered_SaysWhatWasExpected(string path, string message)
    {
        DashboardApi api = await ApiAsync();

        ApiResponse answer = await api.GetAsync(Request(path), CancellationToken.None);

        Assert.Equal(400, answer.Status);
        Assert.Contains(message, JsonDocument.Parse(answer.Body).RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    /// <summary>Who started last among those that have ended left at once: the last to end are others.</summary>
    [Fact]
    public async Task Sessions_OrderOfEnds_AreTheLastToEndAndEachOnce()
    {
        DashboardApi api = await ApiAsync(
            Ended(Now - Shop.Minute, 1, Session("old", Now - (3 * Shop.Hour)), Session("moved", Now - Shop.Hour, Shop.Minute)),
            Ended(Now, 1, Session("long", Now - (2 * Shop.Hour), 110 * Shop.Minute), Session("bounce", Now - (20 * Shop.Minute), 0)),
            Ended(Now + Shop.Minute, 1, Session("moved", Now - Shop.Hour, 55 * Shop.Minute)));

        Assert.Equal(["old", "bounce", "long", "moved"], await UsersAsync(api, "sessions?order=end"));
        Assert.Equal(["long", "moved"], await UsersAsync(api, "sessions?order=end&limit=2"));
    }

    /// <summary>A user's whole history is never read for one question.</summary>
    [Fact]
    public async Task Sessions_StartWithoutAnEnd_EndsAfterTheLongestRange()
    {
        DashboardApi api = await ApiAsync(Ended(Now + (40 * Shop.Day), 1, Session("ada", Now + (40 * Shop.Day) - Shop.Minute)));

        JsonElement answer = await GetAsync(api, "sessions?from=now");

        Assert.Equal("2026-12-23T06:00:00Z", answer.GetProperty("to").GetString());
        Assert.Empty(answer.GetProperty("sessions").EnumerateArray());
    }

    [Fact]
    public async Task OpenApi_Session_HasEveryMemberOfARow()
    {
        DashboardApi api = await ApiAsync();

        JsonElement document = await GetAsync(api, "openapi.json");

        JsonElement schema = document.GetProperty("components").GetProperty("schemas").GetProperty("Session").GetProperty("properties");
        Assert.Equal(SessionColumns.All.Select(column => column.Name), schema.EnumerateObject().Select(member => member.Name));
        Assert.Equal("array", schema.GetProperty("pages_visited").GetProperty("type").GetString());
        Assert.True(document.GetProperty("paths").TryGetProperty("/api/v1/sessions", out _));
    }

    /// <summary>More than memory keeps: the rest comes from the lake, where an older revision of a minute may still be.</summary>
    [Fact]
    public async Task RecentResults_MoreThanMemoryKeeps_AreReadFromTheHistory()
    {
        LocalLake lake = LocalLake.Open(_folder.File("lake"));
        LakeSink sink = new(lake, []);
        RecentResults recent = new([], new RecentLimits { MaxSessions = 2 }, new ResultStream(new StreamLimits(), "e"), new LakeReader(lake));
        for (int i = 0; i < 4; i++)
        {
            EndedSessions ended = Ended(Now + (i * Shop.Minute), 1, Session("ada", Now + (i * Shop.Minute)));
            await sink.WriteSessionsAsync(ended, CancellationToken.None);
            await recent.WriteSessionsAsync(ended, CancellationToken.None);
        }

        await recent.WriteSessionsAsync(Ended(Now + (3 * Shop.Minute), 2, Session("bob", Now + (3 * Shop.Minute))), CancellationToken.None);
        await recent.WriteSessionsAsync(Ended(Now + (3 * Shop.Minute), 1, Session("ada", Now + (3 * Shop.Minute))), CancellationToken.None);

        IReadOnlyList<SessionRow> rows = await recent.ReadLastSessionsAsync(new(0, long.MaxValue), null, 10, CancellationToken.None);

        Assert.Equal(
            [(0, "ada"), (1, "ada"), (2, "ada"), (3, "bob")],
            rows.Select(row => ((int)((row.Session.StartMs - Now) / Shop.Minute), row.Session.UserId)));
    }

    [Fact]
    public async Task StoredResults_RedisAndLake_AreOneStore()
    {
        using RedisServer server = RedisServer.Start();
        RedisPlan redis = new(server.Options with { MaxSessions = 1 });
        LakePlan lake = new(_folder.File("lake"), new AzureLogin());
        foreach (Sinks.SinkPlan plan in new Sinks.SinkPlan[] { redis, lake })
        {
            Sinks.IResultSink sink = await plan.OpenAsync(new Sinks.SinkContext([], OthersWrite: true, _time), CancellationToken.None);
            await sink.WriteSessionsAsync(Ended(Now, 1, Session("ada", Now - Shop.Minute)), CancellationToken.None);
            await sink.WriteSessionsAsync(Ended(Now + Shop.Minute, 1, Session("bob", Now)), CancellationToken.None);
        }

        using StoredResults store = new([], redis, lake, _time);
        DashboardApi api = new(store, ResultColumns.All, new FixedStatus(FixedStatus.At(Now)), null, new ApiLimits(), _time);

        Assert.Equal(["bob"], await UsersAsync(api, "sessions?limit=1"));
        Assert.Equal(["ada", "bob"], await UsersAsync(api, "sessions?limit=2"));
        Assert.Equal(["bob"], await UsersAsync(api, "sessions?order=end&limit=1"));
        Assert.Equal(["ada", "bob"], await UsersAsync(api, "sessions?order=end"));
    }

    private async Task<DashboardApi> ApiAsync(params EndedSessions[] minutes)
    {
        ResultStream stream = new(new StreamLimits(), "e");
        RecentResults store = new(Shop.Windows, new RecentLimits(), stream, history: null);
        foreach (EndedSessions ended in minutes)
        {
            await store.WriteSessionsAsync(ended, CancellationToken.None);
        }

        return new DashboardApi(store, ResultColumns.All, new FixedStatus(FixedStatus.At(Now)), stream, new ApiLimits(), _time);
    }

    private static async Task<IEnumerable<string>> UsersAsync(DashboardApi api, string path) =>
        (await GetAsync(api, path)).GetProperty("sessions").EnumerateArray().Select(row => row.GetProperty("user_id").GetString()!);

    private static async Task<JsonElement> GetAsync(DashboardApi api, string path)
    {
        ApiResponse answer = await api.GetAsync(Request(path), CancellationToken.None);
        Assert.True(answer.Status == 200, System.Text.Encoding.UTF8.GetString(answer.Body.Span));
        return JsonDocument.Parse(answer.Body).RootElement;
    }

    private static ApiRequest Request(string path)
    {
        string[] parts = path.Split('?');
        return new ApiRequest(DashboardApi.Root + parts[0], (parts.Length > 1 ? parts[1].Split('&') : []).Select(pair => pair.Split('='))
            .ToDictionary(pair => pair[0], pair => pair[1]));
    }
}

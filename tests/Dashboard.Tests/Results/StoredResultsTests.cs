using System.Text.Json;
using Tidemark.Core.Metrics;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Dashboard.Api;
using Tidemark.Dashboard.Results;
using Tidemark.Dashboard.Tests.Support;
using Tidemark.Sinks;
using Tidemark.Sinks.Lake;
using Tidemark.Sinks.Redis;
using Tidemark.Support.Fixtures;

namespace Tidemark.Dashboard.Tests.Results;

/// <summary>Goal: what the real sinks have written is answered as one, whichever of them has it.</summary>
public sealed class StoredResultsTests : IDisposable
{
    private static readonly Interval Everything = new(long.MinValue, long.MaxValue);

    private readonly TempFolder _folder = new();
    private readonly RedisServer _redis = RedisServer.Start();

    public void Dispose()
    {
        _redis.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Read_OldOnesInTheLakeNewestInRedis_IsAllOfThemOnce()
    {
        await WriteAsync(Lake(), Minutes(0, 6));
        await WriteAsync(Redis(), [.. Minutes(4, 8), Minute(5, revision: 2), Minute(8, revision: 7, Phase.Live)]);
        using StoredResults results = new(Shop.Windows, Redis(), Lake(), TimeProvider.System);

        IReadOnlyList<WindowResult> all = await results.ReadAsync("1min", Everything, CancellationToken.None).ToListAsync();
        IReadOnlyList<WindowResult> last = await results.ReadLastAsync("1min", Everything, 5, CancellationToken.None);
        IReadOnlyList<WindowResult> live = await results.LiveAsync(CancellationToken.None);

        Assert.Equal(Enumerable.Range(0, 8), all.Select(MinuteOf));
        Assert.Equal(2, all[5].Revision);
        Assert.Equal([3, 4, 5, 6, 7], last.Select(MinuteOf));
        Assert.Equal(8, MinuteOf(Assert.Single(live)));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Uniques_OfWhicheverHasThem_CountsEveryUserOnce(bool hasRedis, bool hasLake)
    {
        IReadOnlyList<WindowResult> minutes = Minutes(0, 5);
        await WriteAsync(Redis(), minutes);
        await WriteAsync(Lake(), minutes.Take(hasRedis ? 3 : 5));
        using StoredResults results = new(Shop.Windows, hasRedis ? Redis() : null, hasLake ? Lake() : null, TimeProvider.System);
        DashboardApi api = new(
            results, ResultColumns.All, new FixedStatus(FixedStatus.At(Shop.Midnight)), stream: null, new ApiLimits(), TimeProvider.System);
        HyperLogLog expected = new();
        foreach (WindowResult minute in minutes)
        {
            expected.Merge(HyperLogLog.ReadRedisDense(minute.UsersSketch.Span));
        }

        ApiResponse answer = await api.GetAsync(
            new ApiRequest("/api/v1/uniques", new Dictionary<string, string>
            {
                ["from"] = "2026-11-22", ["to"] = "2026-11-22T00:05",
            }),
            CancellationToken.None);

        JsonElement body = JsonDocument.Parse(answer.Body).RootElement;
        Assert.Equal((5, expected.Estimate()), (body.GetProperty("windows").GetInt32(), body.GetProperty("unique_users").GetInt64()));
    }

    [Fact]
    public async Task Read_RedisAway_SaysSoAndComesBack()
    {
        await WriteAsync(Redis(), Minutes(0, 2));
        using StoredResults results = new(Shop.Windows, Redis(), null, TimeProvider.System);
        _redis.Pause();
        DashboardApi api = new(
            results, ResultColumns.All, new FixedStatus(FixedStatus.At(Shop.Midnight)), stream: null, new ApiLimits(), TimeProvider.System);
        ApiRequest request = new("/api/v1/metrics/1min", new Dictionary<string, string>());

        ApiResponse away = await api.GetAsync(request, CancellationToken.None);
        _redis.Resume();

        Assert.Equal(503, away.Status);
        await Until.TrueAsync(async () => (await api.GetAsync(request, CancellationToken.None)).Status == 200, "Redis answers again");
    }

    private static int MinuteOf(WindowResult result) => (int)((result.StartMs - Shop.Midnight) / Shop.Minute);

    private static IReadOnlyList<WindowResult> Minutes(int from, int to) => [.. Enumerable.Range(from, to - from).Select(i => Minute(i))];

    private static WindowResult Minute(int minute, long revision = 1, Phase phase = Phase.OnTime) =>
        Shop.Window("1min", Shop.Midnight + (minute * Shop.Minute), phase, revision);

    private static async Task WriteAsync(SinkPlan plan, IEnumerable<WindowResult> results)
    {
        IResultSink sink = await plan.OpenAsync(new SinkContext(Shop.Windows, OthersWrite: false, TimeProvider.System), CancellationToken.None);
        await sink.WriteAsync([.. results], CancellationToken.None);
        (sink as IDisposable)?.Dispose();
    }

    private RedisPlan Redis() => new(_redis.Options);

    private LakePlan Lake() => new(_folder.File("lake"), new AzureLogin());
}

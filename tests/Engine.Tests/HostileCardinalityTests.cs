using System.Text;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Support.Oracle;

namespace Tidemark.Engine.Tests;

/// <summary>
/// Goal: however many users, pages and countries come, state stays bounded, estimates keep their promise, and the result says that it
/// estimates.
/// </summary>
public sealed class HostileCardinalityTests
{
    private const int Distinct = 200_000;
    private const int Users = 5000;
    private const int Pages = 1000;
    private const int Keys = 100;

    private static readonly EngineOptions Options = new()
    {
        Windows = [new() { Name = "1min", Size = TimeSpan.FromMinutes(1) }, new() { Name = "5min", Size = TimeSpan.FromMinutes(5) }],
        ExactUsersLimit = Users,
        TopPagesCapacity = Pages,
        BreakdownCapacity = Keys,
        Input = new InputOptions { TimestampUnit = TimestampUnit.Milliseconds },
    };

    [Fact]
    public void Apply_MoreDistinctKeysThanLimits_EstimatesWithinWhatItReports()
    {
        EngineHarness harness = new(Options);
        foreach (byte[][] lines in Enumerable.Range(0, Distinct).Select(Line).Chunk(1000))
        {
            harness.Feed(0, lines);
        }

        harness.Engine.Complete();
        foreach (WindowResult result in harness.Last().Values.Where(result => result.Window == "5min"))
        {
            Assert.Equal(Distinct, result.TotalEvents);
            Assert.False(result.UniqueUsersExact);
            Assert.InRange(result.UniqueUsers, Distinct * (1 - (3 * 0.0081)), Distinct * (1 + (3 * 0.0081)));
            RequireBound(result.TopPages, "/hot");
            RequireBound(result.Countries, "SE");
            Assert.True(result.Countries.Counts.Count <= Keys);
            Assert.True(result.EventTypes.MaxError == 0);
        }
    }

    // Two minutes with few users each are exact; their five minutes together exceed the limit, and the result says so.
    [Fact]
    public void Apply_UnionOverTheLimit_IsEstimatedThoughItsPanesAreExact()
    {
        EngineHarness harness = new(Options);
        for (int minute = 0; minute < 2; minute++)
        {
            int first = minute * Users;
            harness.Feed(0, Enumerable.Range(first, Users).Select(
                i => Encoding.UTF8.GetBytes($$"""{"timestamp":{{minute * 60_000}},"event_type":"click","user_id":"u{{i}}"}""")));
        }

        harness.Engine.Complete();
        Assert.All(harness.Results.Where(result => result.Window == "1min"), result => Assert.Equal(
            (true, (long)Users), (result.UniqueUsersExact, result.UniqueUsers)));
        WindowResult five = Assert.Single(harness.Results, result => result.Window == "5min");
        Assert.False(five.UniqueUsersExact);
        Assert.InRange(five.UniqueUsers, Users * 2 * 0.97, Users * 2 * 1.03);
    }

    private static void RequireBound(Breakdown breakdown, string hot)
    {
        long truth = Distinct / 10;
        KeyValuePair<string, long> first = new(breakdown.Counts[0].Key, breakdown.Counts[0].Count);
        Assert.Equal(hot, first.Key);
        Assert.True(breakdown.MaxError > 0);
        Assert.InRange(first.Value, truth, truth + breakdown.MaxError);
    }

    /// <summary>Every tenth event has the hot page and country, all others their own.</summary>
    private static byte[] Line(int i)
    {
        (string page, string country) = i % 10 == 0 ? ("/hot", "SE") : ($"/p/{i}", $"c{i}");
        return Encoding.UTF8.GetBytes(
            $$"""{"timestamp":{{i / 2 % 300_000}},"event_type":"page_view","user_id":"u"""
                + $$"""{{i}}","page_url":"{{page}}","geo":{"country":"{{country}}"} }""");
    }
}

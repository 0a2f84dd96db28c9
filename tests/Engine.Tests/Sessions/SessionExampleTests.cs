using System.Globalization;
using System.Text;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Support.Oracle;

namespace Tidemark.Engine.Tests.Sessions;

/// <summary>Sessions written down as people know them: published examples of other systems, boundaries, late events, and cuts.</summary>
public sealed class SessionExampleTests
{
    private static readonly long Six = DateTimeOffset.Parse("2026-11-22T06:00:00Z", CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();

    // Kafka Streams, Javadoc of SessionWindows (kafka.apache.org/42/javadoc): "if we have a session gap of 5", events of A at 10, 12 and 20 are two
    // sessions, 10 to 12 and 20 to 20; an event at 16 then makes one of them, 10 to 20. Here in seconds.
    [Fact]
    public void Apply_ExampleOfKafkaStreams_MergesTwoSessionsIntoOne()
    {
        EngineHarness harness = New(gapSeconds: 5);
        harness.Feed(0, At(10), At(12), At(20));
        Assert.Equal(["10..12", "20..20"], Ended(harness, close: true));

        harness.Feed(0, At(16));
        Assert.Equal(["10..20"], Ended(harness, close: true));
        Assert.Equal(4, harness.LastSessions().Single(minute => minute.Sessions.Count > 0).Sessions[0].EventCount);
    }

    // Apache Flink, EventTimeSessionWindowsTest.testMergeConsecutiveWindows: windows [0,1) [1,2) [2,3) [4,5) [5,6) merge into [0,3) and [4,6): what
    // touches belongs together, so events exactly one gap apart do. A window of Flink ends one gap after the last event.
    [Fact]
    public void Apply_ExampleOfFlink_EventsExactlyOneGapApartBelongTogether()
    {
        EngineHarness harness = New(gapSeconds: 1);
        harness.Feed(0, At(0), At(1), At(2), At(4), At(5));

        Assert.Equal(["0..2", "4..5"], Ended(harness, close: true));
    }

    [Theory]
    [InlineData(5.000, 1)]
    [InlineData(5.001, 2)]
    public void Apply_SilenceOfTheGapAndOneMillisecondMore_IsOneSessionAndTwo(double second, int sessions)
    {
        EngineHarness harness = New(gapSeconds: 5);
        harness.Feed(0, At(0), At(second));

        Assert.Equal(sessions, Ended(harness, close: true).Length);
    }

    // Azure Stream Analytics documents the greatest length so: "the maximum duration checking intervals are set to be the same size as the specified
    // max duration. For example, if the max duration is 10, the checks happen at t = 0, 10, 20, 30". Here blocks are half of it, so that no
    // session is longer than the greatest length.
    //
    // blocks of 5 s  |0    5    10   15   20   25|
    // events          3 4 5 6 7 8 9 10 ... 24       a visit of 21 s
    // sessions        [3..9.5]  [10..19.5] [20..24]  at most 10 s, each in two blocks
    [Fact]
    public void Apply_VisitThatGoesOn_IsCutAtTheSecondBlock()
    {
        EngineHarness harness = New(gapSeconds: 1, maxLengthSeconds: 10);
        harness.Feed(0, Enumerable.Range(6, 43).Select(i => At(i / 2.0)));

        Assert.Equal(["3..9.5", "10..19.5", "20..24"], Ended(harness, close: true));
    }

    [Fact]
    public void Apply_LateEventBeforeACutVisit_MovesEveryCut()
    {
        EngineHarness harness = New(gapSeconds: 1, maxLengthSeconds: 10);
        harness.Feed(0, Enumerable.Range(12, 30).Select(i => At(i / 2.0)));
        Assert.Equal(["6..14.5", "15..20.5"], Ended(harness, close: true));

        harness.Feed(0, At(5.5), At(4.9));

        Assert.Equal(["4.9..9.5", "10..19.5", "20..20.5"], Ended(harness, close: true));
        Session[] rows = [.. harness.LastSessions().SelectMany(minute => minute.Sessions)];
        string[] gone = [.. rows.SelectMany(row => row.Replaces)];
        Assert.NotEmpty(gone);
        Assert.Empty(gone.Intersect(rows.Select(row => row.SessionId)));
    }

    //          6:00:30  6:00:50            6:01:20
    // user u   x--------x------------------|           ended in 6:01, after 30 s of silence
    // late                     x 6:01:15               it goes on to 6:01:15, and ends at 6:01:45
    // later                          x 6:01:40         and to 6:01:40: it ends in 6:02
    [Fact]
    public void Apply_LateEventThatExtendsAnEndedSession_MovesItAndLeavesNoRowBehind()
    {
        EngineHarness harness = New(gapSeconds: 30);
        harness.Feed(0, At(30), At(50), Other(130));
        EndedSessions first = Assert.Single(harness.Sessions);
        Assert.Equal((Six + 60_000, Phase.OnTime, 1L), (first.Minute.StartMs, first.Phase, first.Revision));
        string id = Assert.Single(first.Sessions).SessionId;

        harness.Feed(0, At(75), At(100), Other(190), Other(250));

        EndedSessions[] last = [.. harness.LastSessions()];
        Session moved = Assert.Single(last.SelectMany(minute => minute.Sessions), row => row.UserId == "u");
        Assert.Equal((id, Six + 30_000, Six + 100_000), (moved.SessionId, moved.StartMs, moved.EndMs));
        EndedSessions corrected = Assert.Single(harness.Sessions, minute => minute.Minute == first.Minute && minute.Phase == Phase.Corrected);
        Assert.Equal((2L, 0), (corrected.Revision, corrected.Sessions.Count));
    }

    [Fact]
    public void Apply_LateEventThatBridgesTwoRows_ReplacesTheSecondByName()
    {
        EngineHarness harness = New(gapSeconds: 30);
        harness.Feed(0, At(0), At(50), Other(200));
        Assert.Equal(2, harness.Sessions.SelectMany(minute => minute.Sessions).Count(row => row.UserId == "u"));

        harness.Feed(0, At(25), Other(300));

        Session merged = Assert.Single(harness.LastSessions().SelectMany(minute => minute.Sessions), row => row.UserId == "u");
        Assert.Equal((Six, Six + 50_000, 3L), (merged.StartMs, merged.EndMs, merged.EventCount));
        Assert.Equal([$"{merged.SessionId[..16]}-{Six + 50_000}"], merged.Replaces);
    }

    [Fact]
    public void Apply_EventsInAnyOrder_HaveTheEntryOfTheFirstAndTheExitOfTheLast()
    {
        byte[][] lines =
        [
            Line(3, "click", """ "page_url":"/b","referrer":"/late","device":{"type":"mobile"}"""),
            Line(5, "purchase", """ "page_url":"/paid","metadata":{"amount":"12.5"}"""),
            Line(1, "page_view", """ "page_url":"/a","geo":{"country":"SE"}"""),
            Line(2, "page_view", """ "page_url":"/a","referrer":"/ad","device":{"type":"desktop"},"geo":{"country":"DE"}"""),
        ];
        Random random = new(1);
        for (int i = 0; i < 24; i++)
        {
            random.Shuffle(lines);
            EngineHarness harness = New(gapSeconds: 60);
            harness.Feed(0, lines);
            harness.Engine.Complete();

            Session row = Assert.Single(harness.Sessions.Single().Sessions);
            Assert.Equal(("/a", "/paid", "/ad", "desktop", "SE"), (row.EntryPage, row.ExitPage, row.Referrer, row.DeviceType, row.Country));
            Assert.Equal((4L, 2L, 1L, 1L), (row.EventCount, row.PageViewCount, row.ClickCount, row.PurchaseCount));
            Assert.Equal((4m, true, false, 12.5m), (row.DurationSeconds, row.Conversion, row.IsBounce, row.Revenue));
            Assert.Equal(["/a", "/b", "/paid"], row.PagesVisited);
        }
    }

    [Fact]
    public void Apply_MoreSessionsThanAreKept_LeavesFurtherUsersOutAndCountsTheirEvents()
    {
        EngineHarness harness = New(gapSeconds: 5, maxOpen: 2);
        harness.Feed(0, Line(0, "click", user: "a"), Line(0, "click", user: "b"), Line(1, "click", user: "c"), Line(2, "click", user: "a"));
        harness.Engine.Complete();

        Assert.Equal(1, harness.Engine.SessionEventsLeftOut);
        Assert.Equal(["a", "b"], harness.Sessions.SelectMany(minute => minute.Sessions).Select(row => row.UserId).Order(StringComparer.Ordinal));
        Assert.Equal(4, harness.Last().Values.First().TotalEvents);
    }

    [Fact]
    public void Apply_Pseudonyms_HideTheUserAndKeepUsersApart()
    {
        EngineHarness harness = New(gapSeconds: 5, key: "a key of sixteen bytes");
        harness.Feed(0, Line(0, "click", user: "a"), Line(0, "click", user: "b"), Line(100, "click", user: "a"));
        harness.Engine.Complete();

        Session[] rows = [.. harness.Sessions.SelectMany(minute => minute.Sessions)];
        Assert.Equal(2, rows.Select(row => row.UserId).Distinct().Count());
        Assert.All(rows, row => Assert.Matches("^[0-9a-f]{32}$", row.UserId));
        Assert.All(rows, row => Assert.StartsWith(row.UserId[..16] + "-", row.SessionId, StringComparison.Ordinal));
        string murmur = Core.Metrics.MurmurHash64A.Hash("a"u8).ToString("x16", CultureInfo.InvariantCulture);
        Assert.All(rows, row => Assert.DoesNotContain(murmur, row.SessionId, StringComparison.Ordinal));
    }

    // Families of one hour alone: sessions are published by the minute all the same.
    [Fact]
    public void Apply_WindowsOfAnHourOnly_PublishSessionsWithinTheMinute()
    {
        EngineHarness harness = New(gapSeconds: 30, windows: [new() { Name = "1hour", Size = TimeSpan.FromHours(1) }]);
        harness.Feed(0, At(0), Other(100));

        Assert.Equal(Six, Assert.Single(harness.Sessions).Minute.StartMs);
        Assert.Empty(harness.Results);
    }

    // One session each minute; the minute of the last but one is not over at the watermark.
    [Fact]
    public void PublishedSessions_OfMoreThanEnough_AreThoseOfTheLatestMinutes()
    {
        EngineHarness harness = New(gapSeconds: 5);
        harness.Feed(0, At(0), At(60), At(120), At(180), At(240));

        Assert.Equal([0L, 60, 120], Minutes(long.MaxValue));
        Assert.Equal([60L, 120], Minutes(2));
        Assert.Equal([120L], Minutes(1));
        Assert.Empty(Minutes(0));
        harness.Restart();
        Assert.Equal([60L, 120], Minutes(2));

        long[] Minutes(long enough) => [.. harness.Engine.PublishedSessions(enough).Select(ended => (ended.Minute.StartMs - Six) / 1000)];
    }

    private static EngineHarness New(
        double gapSeconds, double? maxLengthSeconds = null, int maxOpen = 100, string? key = null, Core.Windows.WindowDefinition[]? windows = null) =>
        new(new EngineOptions
        {
            Windows = windows ?? [new() { Name = "1min", Size = TimeSpan.FromMinutes(1) }],
            Input = new Core.Parsing.InputOptions
            {
                Sessions = new SessionOptions
                {
                    Gap = TimeSpan.FromSeconds(gapSeconds),
                    MaxLength = TimeSpan.FromSeconds(maxLengthSeconds ?? 24 * 3600),
                    MaxOpen = maxOpen,
                    Pseudonymize = key is not null,
                    Pseudonyms = key is null ? null : new UserPseudonyms(key),
                },
            },
        });

    /// <summary>The sessions of the user u, in seconds after six.</summary>
    private static string[] Ended(EngineHarness harness, bool close)
    {
        if (close)
        {
            harness.Engine.CloseAll();
        }

        return [.. harness.LastSessions().SelectMany(minute => minute.Sessions).Where(row => row.UserId == "u").OrderBy(row => row.StartMs)
            .Select(row => string.Create(CultureInfo.InvariantCulture, $"{(row.StartMs - Six) / 1000m:0.###}..{(row.EndMs - Six) / 1000m:0.###}"))];
    }

    private static byte[] At(double second) => Line(second, "page_view");

    private static byte[] Other(double second) => Line(second, "click", user: "other");

    private static byte[] Line(double second, string type, string? members = null, string user = "u") => Encoding.UTF8.GetBytes(
        $$"""{"timestamp":{{Six + (long)(second * 1000)}},"event_type":"{{type}}","user_id":"{{user}}"{{(members is null ? "" : "," + members)}}}""");
}

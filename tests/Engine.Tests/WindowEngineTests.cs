using System.Text;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Support.Oracle;

namespace Tidemark.Engine.Tests;

/// <summary>
/// Timelines drawn by hand. Minutes are counted from 06:00; the out-of-orderness is 10 s and the allowed lateness 5 min unless said
/// otherwise.
/// </summary>
public sealed class WindowEngineTests
{
    private static readonly long Six = DateTimeOffset.Parse("2026-11-22T06:00:00Z", System.Globalization.CultureInfo.InvariantCulture)
        .ToUnixTimeMilliseconds();

    private static readonly EngineOptions Minutes = new() { Windows = [new() { Name = "1min", Size = TimeSpan.FromMinutes(1) }] };

    /// <summary>
    /// <code>
    ///        06:00          06:01                06:30        the hour alone is one pane, which is open until 07:00
    ///          |---a--(d)-----|-----(c)---- ... ---|--b--
    /// b takes the watermark to 06:30: the minute of c and d is past its lateness, though the pane and the hour are open.
    /// </code>
    /// </summary>
    [Fact]
    public void Apply_HourAlone_EventLateForItsMinuteDoesNotEnterThoughItsPaneIsOpen()
    {
        EngineOptions options = new() { Windows = [new() { Name = "1hour", Size = TimeSpan.FromHours(1) }], MaxOutOfOrderness = TimeSpan.Zero };
        EngineHarness harness = new(options);

        harness.Feed(0, At("0:10"), At("30:00"), At("1:30"), At("0:30"), At("24:59.999"), At("25:00"));
        harness.Engine.Complete();

        Assert.Equal(3, Assert.Single(harness.Results).TotalEvents);
        Assert.Equal(
            [(Six, 1L), (Six + 60_000, 1L), (Six + (24 * 60_000), 1L)],
            harness.Engine.Late.ByMinute.Select(late => (late.Key, late.Value)));
        Assert.Equal(3, harness.Engine.Late.InOpenWindow);
    }

    /// <summary>
    /// <code>
    ///   06:00:00   :05   :10   ...   06:01:00       windows of 5 s: all of a minute become late, and final, together
    ///      |---a-----|-----|-- ... -----|
    /// </code>
    /// </summary>
    [Fact]
    public void Apply_WindowsOfSeconds_BecomeLateAndFinalWithTheirMinute()
    {
        EngineOptions options = new()
        {
            Windows = [new() { Name = "5s", Size = TimeSpan.FromSeconds(5) }],
            MaxOutOfOrderness = TimeSpan.Zero, AllowedLateness = TimeSpan.FromSeconds(30),
        };
        EngineHarness harness = new(options);

        harness.Feed(0, At("0:02"), At("1:29.999"), At("0:01"));
        Assert.Equal(0, harness.Engine.Partitions[0].Late);
        Assert.Equal(Six, harness.FinalBeforeMs["5s"]);

        harness.Feed(0, At("1:30"), At("0:03"), At("0:59.999"), At("1:00"));
        Assert.Equal(2, harness.Engine.Partitions[0].Late);
        Assert.Equal(0, harness.Engine.Late.InOpenWindow);
        Assert.Equal(Six + 60_000, harness.FinalBeforeMs["5s"]);
    }

    // minute 0        1
    // 0:30 .          .
    //                 . 1:09.999   W = 0:59.998: one millisecond short of e - 1
    //                 . 1:10.000   W = 0:59.999: closed
    [Fact]
    public void Apply_WatermarkReachesEndMinusOne_ClosesExactlyThen()
    {
        EngineHarness harness = new(Minutes);
        harness.Feed(0, At("0:30"), At("1:09.999"));
        Assert.Empty(harness.Results);
        harness.Feed(0, At("1:10.000"));
        WindowResult closed = Assert.Single(harness.Results);
        Assert.Equal(Six, closed.StartMs);
        Assert.Equal(Six + 60_000, closed.EndMs);
        Assert.Equal(Phase.OnTime, closed.Phase);
        Assert.Equal(1L, closed.Revision);
        Assert.Equal(1L, closed.TotalEvents);
        Assert.Equal(Six + 59_999, closed.WatermarkMs);
    }

    // minute 0    1    2    3
    // 0:30   .              .
    //             1:10 closes minute 0
    // 0:40, 0:50            .          two corrections in waiting
    //                  2:10 publishes them together, with minute 1
    [Fact]
    public void Apply_EventsForAClosedPane_AreOneCorrectionWhenTheNextPaneIsPassed()
    {
        EngineHarness harness = new(Minutes);
        harness.Feed(0, At("0:30"), At("1:10"), At("0:40"), At("0:50"), At("2:10"));
        Assert.Equal(
            [(0L, Phase.OnTime, 1L, 1L), (0L, Phase.Corrected, 2L, 3L), (1L, Phase.OnTime, 1L, 1L)],
            harness.Results.Select(result => ((result.StartMs - Six) / 60_000, result.Phase, result.Revision, result.TotalEvents)));
    }

    // An event of minute 0 is late when W >= 0:59.999 + 5 min, that is from 6:10 on, and on time one millisecond before.
    [Theory]
    [InlineData("6:09.999", 0)]
    [InlineData("6:10.000", 1)]
    public void Apply_EventAtTheEdgeOfLateness_IsDecidedByTheMillisecond(string last, int late)
    {
        EngineHarness harness = new(Minutes);
        harness.Feed(0, At("0:30"), At(last), At("0:59.999"));
        Assert.Equal(late, harness.Engine.Partitions[0].Late);
        Assert.Equal(late, harness.DeadLetters.Count);
        Assert.All(harness.DeadLetters, letter => Assert.Equal(("late", 2L, (long?)Six), (letter.Reason, letter.Offset, letter.MissedMinuteMs)));
    }

    // An hour of which minute 0 is long past: an event late for its minute does not enter the hour.
    [Fact]
    public void Apply_EventLateForItsMinute_DoesNotEnterTheHour()
    {
        EngineOptions options = new() { Windows = [Minutes.Windows[0], new() { Name = "1hour", Size = TimeSpan.FromHours(1) }] };
        EngineHarness harness = new(options);
        harness.Feed(0, At("0:30"), At("30:00"), At("0:45"));
        harness.Engine.Complete();
        WindowResult hour = harness.Results.Last(result => result.Window == "1hour");
        Assert.Equal(2, hour.TotalEvents);
        Assert.Equal(1, harness.Engine.Partitions[0].Late);
        Assert.Equal(hour.TotalEvents, harness.Last().Values.Where(result => result.Window == "1min").Sum(result => result.TotalEvents));
    }

    // The hour's revision is the sum of its panes': two minutes on time and one corrected once.
    [Fact]
    public void Complete_HourOfTwoMinutesAndACorrection_HasRevisionThree()
    {
        EngineOptions options = new() { Windows = [Minutes.Windows[0], new() { Name = "1hour", Size = TimeSpan.FromHours(1) }] };
        EngineHarness harness = new(options);
        harness.Feed(0, At("0:30"), At("1:10"), At("0:40"), At("2:10"));
        harness.Engine.Complete();
        WindowResult hour = Assert.Single(harness.Results, result => result.Window == "1hour");
        Assert.Equal(4L, hour.Revision);
        Assert.Equal(Phase.OnTime, hour.Phase);
        Assert.Null(hour.WatermarkMs);
        Assert.Equal(4L, hour.TotalEvents);
    }

    // 0    1    2    3      three steps of one cumulative window
    // x    x    x
    [Fact]
    public void Apply_CumulativeWindow_GrowsStepByStep()
    {
        EngineOptions options = new() { Windows = [new() { Name = "today", Size = TimeSpan.FromMinutes(3), Step = TimeSpan.FromMinutes(1) }] };
        EngineHarness harness = new(options);
        harness.Feed(0, At("0:10"), At("1:10"), At("2:10"), At("3:30"));
        Assert.Equal([(1L, 1L), (2L, 2L), (3L, 3L)], harness.Results.Select(
            result => (result.TotalEvents, (result.EndMs - result.StartMs) / 60_000)));
    }

    // Partition 1 is behind: it holds the watermark back until it catches up.
    [Fact]
    public void Apply_TwoPartitions_TheSlowerOneDecides()
    {
        EngineHarness harness = new(Minutes, partitions: 2);
        harness.Feed(0, At("0:30"), At("5:00"));
        harness.Feed(1, At("0:20"));
        Assert.Empty(harness.Results);
        harness.Feed(1, At("2:10"));
        Assert.Equal(2, Assert.Single(harness.Results).TotalEvents);
        Assert.Equal(Six + 119_999, harness.Engine.WatermarkMs);
    }

    [Fact]
    public void MarkIdle_TheSlowPartition_NoLongerHoldsTheWatermarkBack()
    {
        EngineHarness harness = new(Minutes, partitions: 2);
        harness.Feed(0, At("0:30"), At("5:00"));
        harness.Engine.MarkIdle(1);
        harness.Engine.AdvanceIdle(60_000);
        Assert.Single(harness.Results);
        Assert.Equal(Six + 290_000 - 1, harness.Engine.WatermarkMs);
    }

    // All idle: W = 0:30 + silence - 10 s. A row for the closed minute comes afterwards and is a correction; the watermark does not fall.
    [Fact]
    public void AdvanceIdle_AllPartitionsSilent_ClosesByTheClockAndCorrectsLater()
    {
        EngineHarness harness = new(Minutes);
        harness.Feed(0, At("0:30"));
        harness.Engine.MarkIdle(0);
        harness.Engine.AdvanceIdle(39_998);
        Assert.Empty(harness.Results);
        harness.Engine.AdvanceIdle(39_999);
        Assert.Equal(Phase.OnTime, Assert.Single(harness.Results).Phase);
        harness.Feed(0, At("0:50"), At("2:00"));
        Assert.Equal(Six + 109_999, harness.Engine.WatermarkMs);
        harness.Engine.Complete();
        Assert.Equal([1L, 2L, 1L], harness.Results.Select(result => result.TotalEvents));
        Assert.Equal(Phase.Corrected, harness.Results[1].Phase);
    }

    // 0 . . . . 5   a gap of four minutes, with zeros for them
    [Fact]
    public void Apply_EmitEmptyWindows_FillsTheGap()
    {
        EngineHarness harness = new(Minutes with { EmitEmptyWindows = true });
        harness.Feed(0, At("0:30"), At("5:30"));
        Assert.Equal([1L, 0L, 0L, 0L, 0L], harness.Results.Select(result => result.TotalEvents));
        Assert.Equal([1L, 0L, 0L, 0L, 0L], harness.Results.Select(result => result.Revision));
        harness.Feed(0, At("3:00"), At("6:10"));
        WindowResult corrected = Assert.Single(harness.Results, result => result.Phase == Phase.Corrected);
        Assert.Equal(Six + 180_000, corrected.StartMs);
        Assert.Equal(1L, corrected.Revision);
        Assert.Equal(1L, corrected.TotalEvents);
    }

    // A clock that stood wrong: two thousand years without events are a gap and not silence; what comes after it is filled as ever.
    [Fact]
    public void Apply_EmitEmptyWindowsOverAGapOfCenturies_SkipsItAndSaysSo()
    {
        EngineHarness harness = new(Minutes with { EmitEmptyWindows = true });
        harness.Feed(0, Text("0002-01-01T00:00:00Z"), At("0:30"), At("2:30"), At("3:10"));
        Assert.Equal([1L, 1L, 0L, 1L], harness.Results.Select(result => result.TotalEvents));
        Assert.InRange(harness.Engine.SkippedEmptyWindows, 1_000_000_000, 1_100_000_000);
        harness.Feed(0, At("1:30"), At("4:10"));
        Assert.Equal((Six + 60_000, Phase.Corrected),
            harness.Results.Where(result => result.Phase == Phase.Corrected).Select(result => (result.StartMs, result.Phase)).Single());
    }

    // Event times at both ends of what is accepted, in the longest windows that are: every result can be written as a date.
    [Fact]
    public void Apply_TimesAtTheEndsOfTheRangeInTheLongestWindows_CanBeWritten()
    {
        EngineOptions options = new() { Windows = [
            new() { Name = "year", Size = WindowDefinition.MaxSize, Slide = TimeSpan.FromDays(5), Offset = TimeSpan.FromHours(49) }] };
        EngineHarness harness = new(options);
        harness.Feed(0, Text("0002-01-01T00:00:00Z"), Text("9998-12-31T23:59:59.999Z"));
        harness.Engine.Complete();
        Assert.Equal(2 * 73, harness.Results.Count);
        Assert.All(harness.Results, result => Assert.True(string.CompareOrdinal(TimeText.Format(result.StartMs), TimeText.Format(result.EndMs)) < 0));
    }

    // 0 1 the hour and minute 1 are open; live they hold everything counted, and reading live results does not affect the engine
    // x    x x
    [Fact]
    public void Live_OpenWindows_ShowWhatIsCountedSoFar()
    {
        EngineOptions options = new() { Windows = [Minutes.Windows[0], new() { Name = "1hour", Size = TimeSpan.FromHours(1) }] };
        EngineHarness harness = new(options);
        harness.Feed(0, At("0:30"), At("1:10"), At("1:20"));
        Assert.Equal(
            [("1min", 2L, Phase.Live, 0L, 2L), ("1hour", 3L, Phase.Live, 0L, 3L)],
            harness.Live().Select(live => (live.Window, live.TotalEvents, live.Phase, live.Revision, live.Sequence)));
        harness.Feed(0, At("1:30"));
        Assert.Equal([3L, 4L], harness.Live().Select(live => live.Sequence));
        harness.Engine.Complete();
        Assert.Empty(harness.Live());
        Assert.Equal([1L, 3L, 4L], harness.Results.Select(result => result.TotalEvents));
    }

    [Fact]
    public void Live_ManyOpenSteps_AreBounded()
    {
        EngineOptions options = new() { Windows = [new() { Name = "today", Size = TimeSpan.FromDays(1), Step = TimeSpan.FromMinutes(1) }] };
        EngineHarness harness = new(options);
        harness.Feed(0, At("0:30"));
        List<WindowResult> live = harness.Live();
        Assert.Equal(16, live.Count);
        Assert.Equal(Six + 60_000, live[0].EndMs);
    }

    // minute 0 is final when W >= 0:59.999 + 5 min, that is with an event at 6:10
    [Fact]
    public void Apply_WatermarkPassesTheLateness_MarksFinal()
    {
        EngineHarness harness = new(Minutes);
        harness.Feed(0, At("0:30"), At("6:09.999"));
        Assert.Equal(Six, harness.FinalBeforeMs["1min"]);
        harness.Feed(0, At("6:10"));
        Assert.Equal(Six + 60_000, harness.FinalBeforeMs["1min"]);
        harness.Engine.Complete();
        Assert.Equal(Six + (7 * 60_000), harness.FinalBeforeMs["1min"]);
    }

    // Memory: however long the stream, only what can still change is kept.
    [Fact]
    public void Apply_SixHours_KeepsNoMoreThanTheLongestWindowAndTheLateness()
    {
        EngineHarness harness = new(new EngineOptions());
        int most = 0;
        for (int minute = 0; minute < 360; minute++)
        {
            harness.Feed(0, At($"{minute}:00"), At($"{minute}:30"));
            most = Math.Max(most, harness.Engine.OpenWindows);
        }

        // Minutes and five-minute windows until 5 min and 10 s after their end, and two hours.
        Assert.InRange(most, 10, 7 + 12 + 2);
    }

    [Fact]
    public void Constructor_InvalidOptions_NamesAllMistakes()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new EngineHarness(new EngineOptions { TopPages = 0, ExactUsersLimit = -1 }));
        Assert.Contains("topPages", error.Message, StringComparison.Ordinal);
        Assert.Contains("exactUsersLimit", error.Message, StringComparison.Ordinal);
    }

    private static byte[] Text(string time) => Encoding.UTF8.GetBytes($$"""{"timestamp":"{{time}}","event_type":"click"}""");

    private static byte[] At(string minutes)
    {
        string[] parts = minutes.Split(':');
        long ms = Six + (long.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture) * 60_000)
            + (long)(decimal.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) * 1000);
        return Encoding.UTF8.GetBytes($$"""{"timestamp":{{ms}},"event_type":"page_view","user_id":"u","page_url":"/"}""");
    }
}

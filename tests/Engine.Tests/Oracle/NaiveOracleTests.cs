using System.Globalization;
using System.Text;
using Tidemark.Support.Oracle;

namespace Tidemark.Engine.Tests.Oracle;

/// <summary>The oracle against examples worked out by hand. All times are on 2026-11-22 unless they carry a date.</summary>
public class NaiveOracleTests
{
    private static readonly OracleWindow Minute = new("1min", 60_000);
    private static readonly OracleWindow Hour = new("1hour", 3_600_000);

    [Fact]
    public void Publications_MinuteWithLateArrivals_CorrectsWhenTheNextPaneEnds()
    {
        // out of order 10 s
        // 10:00               10:01                10:02
        //   |--a--(d)-------b---|--c------e----------|--f---
        //   a 00:05, b 00:50, c 01:10 -> W = 00:59.999, the end of the first minute: on time, 2 events
        //   d 00:30 comes now: counted, but W does not move, so nothing is published; e 01:30 ends no minute
        //   f 02:10 -> W = 01:59.999: d's correction goes out together with the second minute
        Assert.Equal(
            [
                "1min 10:00 on_time r1 n=2 W=10:00:59.999",
                "1min 10:00 corrected r2 n=3 W=10:01:59.999",
                "1min 10:01 on_time r1 n=2 W=10:01:59.999",
                "1min 10:02 on_time r1 n=1 W=null",
            ],
            Published(
                Options([Minute], disorder: 10_000, lateness: 300_000), "10:00:05", "10:00:50", "10:01:10", "10:00:30", "10:01:30", "10:02:10"));
    }

    [Fact]
    public void Publications_WatermarkOneMillisecondShort_DoesNotClose()
    {
        // 01:09.999 -> W = 00:59.998, one short of the minute's last millisecond; 01:10 reaches it
        Assert.Equal(
            ["1min 10:00 on_time r1 n=2 W=10:00:59.999", "1min 10:01 on_time r1 n=2 W=null"],
            Published(Options([Minute], disorder: 10_000), "10:00:59.999", "10:01:09.999", "10:00:58", "10:01:10"));
    }

    [Theory]
    [InlineData("10:01:59.999", "counted")] // W = 01:59.998
    [InlineData("10:02:00", "late")] //        W = 01:59.999 = end - 1 + lateness
    [InlineData("10:02:00.001", "late")]
    public void Outcomes_AtTheEdgeOfLateness_SwitchAtTheMillisecond(string newest, string expected)
    {
        // pane [10:00, 10:01), out of order 0, lateness 1 min: the whole pane is late at once, its last millisecond too
        var oracle = Oracle(Options([Minute], lateness: 60_000), newest, "10:00:59.999", "10:00:00");
        Assert.Equal([OracleOutcome.Counted, expected, expected], oracle.Outcomes.Select(o => o.Result));
    }

    [Fact]
    public void Outcomes_FirstEventOfAPartition_IsNeverLateByItself()
    {
        // p0: 10:10 ............ then 10:00, ten minutes back: late
        // p1:       10:00, 10:00: p1 has its own watermark, and it stands at 09:59
        var oracle = new NaiveOracle(
            Options([Minute], lateness: 60_000), [(0, At("10:10:00")), (1, At("10:00:00")), (1, At("10:00:00")), (0, At("10:00:00"))]);
        Assert.Equal(["counted", "counted", "counted", "late"], oracle.Outcomes.Select(o => o.Result));
        Assert.Equal(["10:00=2", "10:10=1"], oracle.FinalContents().Select(f => $"{Clock(f.Start)}={f.Content.TotalEvents}"));
        Assert.Throws<InvalidOperationException>(oracle.Publications);
    }

    [Fact]
    public void FinalContents_HourWithALateEvent_IsTheSumOfItsMinutes()
    {
        // lateness 1 min, out of order 0
        // 10:00     10:05 .......... 11:00
        //   a (c late) b               d     c 00:40 comes after b: minute 10:00 has been past its lateness since 02:00.
        // The hour is still open for an hour, and yet c does not enter it.
        var oracle = Oracle(Options([Minute, Hour], lateness: 60_000), "10:00:10", "10:05:00", "10:00:40", "11:00:00");
        var finals = oracle.FinalContents();
        Assert.Equal(["1min 10:00 1", "1min 10:05 1", "1hour 10:00 2", "1min 11:00 1", "1hour 11:00 1"], finals.Select(
            f => $"{f.Window} {Clock(f.Start)} {f.Content.TotalEvents}"));
        Assert.Equal(new Dictionary<long, int> { [Ms("10:00:00")] = 1 }, oracle.LateByMinute());
        Assert.Equal(new Dictionary<string, int> { ["counted"] = 3, ["late"] = 1 }, oracle.Results());
    }

    [Fact]
    public void Publications_CumulativeWindow_GrowsFromItsStart()
    {
        // size 15 min, step 5 min
        // 10:00   10:05   10:10   10:15
        //   |--a----|-b-----|-------|-c---
        // b -> W = 10:05:59.999: the first step. c -> W = 10:15:59.999: the second and the third, both with a and b.
        Assert.Equal(
            [
                "today 10:00-10:05 on_time r1 n=1",
                "today 10:00-10:10 on_time r2 n=2",
                "today 10:00-10:15 on_time r2 n=2",
                "today 10:15-10:20 on_time r1 n=1",
                "today 10:15-10:25 on_time r1 n=1",
                "today 10:15-10:30 on_time r1 n=1",
            ],
            Oracle(Options([new("today", 900_000, StepMs: 300_000)]), "10:01:00", "10:06:00", "10:16:00").Publications()
                .Select(p => $"{p.Window} {Clock(p.Start)}-{Clock(p.End)} {p.Phase} r{p.Revision} n={p.Content.TotalEvents}"));
    }

    [Fact]
    public void Publications_SlidingWindow_RevisionIsTheSumOfItsPanes()
    {
        // size 2 min, slide 1 min
        // 09:59    10:00    10:01    10:02    10:03
        //   |--------|--a-(c)-|---b----|---d----|
        // b -> pane 10:00 closes, revision 1. c is counted into it. d -> pane 10:00 has revision 2, pane 10:01 has 1.
        Assert.Equal(
            [
                "2min 09:59 on_time r1 n=1 W=10:01:29.999",
                "2min 09:59 corrected r2 n=2 W=10:02:29.999",
                "2min 10:00 on_time r3 n=3 W=10:02:29.999",
                "2min 10:01 on_time r2 n=2 W=null",
                "2min 10:02 on_time r1 n=1 W=null",
            ],
            Published(Options([new("2min", 120_000, SlideMs: 60_000)], lateness: 300_000), "10:00:30", "10:01:30", "10:00:40", "10:02:30"));
    }

    [Fact]
    public void Publications_EventForAWindowAlreadyDue_ArrivesOnTimeAtTheNextPaneEnd()
    {
        // 10:01     10:02 ........ 10:05      10:06
        //   |--(b)-----|             a-----c----d    b comes after a: its minute was due long ago and has never been published
        Assert.Equal(
            ["1min 10:01 on_time r1 n=1 W=10:05:59.999", "1min 10:05 on_time r1 n=2 W=10:05:59.999", "1min 10:06 on_time r1 n=1 W=null"],
            Published(Options([Minute], lateness: 300_000), "10:05:00", "10:01:30", "10:05:30", "10:06:00"));
    }

    [Fact]
    public void Publications_CorrectionAtTheEndOfAnEmptyPane_IsPublished()
    {
        // out of order 3 min
        // 10:00     10:01     10:02     10:03     10:04     10:05
        //   |-a-(c)---|---------|---------|---------|----b----|d      b -> W = 10:01:29.999 closes minute 10:00; c corrects it.
        // d -> W = 10:01:59.999, the end of a minute that holds nothing: the grid decides, so c goes out now.
        Assert.Equal(
            [
                "1min 10:00 on_time r1 n=1 W=10:01:29.999",
                "1min 10:00 corrected r2 n=2 W=10:01:59.999",
                "1min 10:04 on_time r1 n=1 W=null",
                "1min 10:05 on_time r1 n=1 W=null",
            ],
            Published(Options([Minute], disorder: 180_000, lateness: 300_000), "10:00:10", "10:04:30", "10:00:20", "10:05:00"));
    }

    [Fact]
    public void Publications_WindowDueWhenNoPaneCloses_IsPublishedAllTheSame()
    {
        // size 2 min, slide 1 min, out of order 3 min
        // 10:00     10:01     10:02     10:03     10:04     10:05
        //   |--a------|---------|---------|---------|----b----|-c-    b -> W = 10:01:29.999 closes a's pane and the window that ends with it
        // c -> W = 10:02:09.999: no pane closes, but a's second window ends. The source's end repeats neither of them.
        Assert.Equal(
            ["2min 09:59 r1 n=1", "2min 10:00 r1 n=1", "2min 10:03 r1 n=1", "2min 10:04 r2 n=2", "2min 10:05 r1 n=1"],
            Oracle(Options([new("2min", 120_000, SlideMs: 60_000)], disorder: 180_000), "10:00:30", "10:04:30", "10:05:10").Publications()
                .Select(p => $"{p.Window} {Clock(p.Start)} r{p.Revision} n={p.Content.TotalEvents}"));
    }

    [Fact]
    public void Publications_TimesBefore1970_AlignDownwards()
    {
        // 23:58       23:59       00:00 (1970)
        //   |--a 58:00--|--b 59:59.999-|--c 00:00.000     offset-free minutes start at -120 s, -60 s and 0
        var publications = Oracle(Options([Minute], lateness: 0), "1969-12-31T23:58:00", "1969-12-31T23:59:59.999", "1970-01-01T00:00:00")
            .Publications();
        Assert.Equal(
            [(-120_000, -2L), (-60_000, -1), (0, null)],
            publications.Select(p => (p.Start, p.Watermark)));
    }

    [Fact]
    public void Publications_Gap_PublishesNothingForIt()
    {
        // 10:00 |a| ... 40 days ... |b|   b's one step passes 57,600 ends of minutes; only a's minute has something to say
        Assert.Equal(
            ["1min 10:00 on_time r1 n=1 W=10:00:29.999", "1min 10:00 on_time r1 n=1 W=null"],
            Published(Options([Minute]), "10:00:10", "2027-01-01T10:00:30"));
    }

    [Fact]
    public void Publications_EmptyWindowsWanted_FillTheGapAndTakeCorrections()
    {
        // 10:00   10:01   10:02   10:03   10:04
        //   |-a-----|-(c)---|-------|-b-----|-d-    b -> the minutes 10:01 and 10:02 are published empty. c then corrects 10:01.
        // Nothing is published before a or after d.
        Assert.Equal(
            [
                "1min 10:00 on_time r1 n=1 W=10:03:29.999",
                "1min 10:01 on_time r0 n=0 W=10:03:29.999",
                "1min 10:02 on_time r0 n=0 W=10:03:29.999",
                "1min 10:01 corrected r1 n=1 W=10:04:29.999",
                "1min 10:03 on_time r1 n=1 W=10:04:29.999",
                "1min 10:04 on_time r1 n=1 W=null",
            ],
            Published(Options([Minute], lateness: 300_000) with { EmitEmptyWindows = true }, "10:00:30", "10:03:30", "10:01:10", "10:04:30"));
    }

    [Fact]
    public void Publications_SameTick_AreOrderedByEndThenConfiguration()
    {
        // out of order 2 min, the hour configured before the minute
        // 10:58     10:59     11:00     11:01     11:02
        //   |----a----|----b----|---------|---------|----c      c -> W = 11:00:29.999: at 11:00 the hour and a minute end, hour first
        Assert.Equal(
            [
                "1min 10:58 on_time r1 n=1 W=11:00:29.999",
                "1hour 10:00 on_time r2 n=2 W=11:00:29.999",
                "1min 10:59 on_time r1 n=1 W=11:00:29.999",
                "1min 11:02 on_time r1 n=1 W=null",
                "1hour 11:00 on_time r1 n=1 W=null",
            ],
            Published(Options([Hour, Minute], disorder: 120_000), "10:58:30", "10:59:30", "11:02:30"));
    }

    [Fact]
    public void Publications_RejectedRecords_MoveNoWatermark()
    {
        // The record from 2031 is in the future, the other has no type: neither closes the minute of a, so b is no correction.
        var options = Options([Minute]);
        var oracle = new NaiveOracle(options, [(0, At("10:00:10")), (0, At("2031-01-01T00:00:00")),
            (0, Utf8("""{"timestamp":"2026-11-22T12:00:00Z"}""")), (0, Utf8(" \t\r")), (0, At("10:00:20"))]);
        Assert.Equal(["counted", "future_timestamp", "missing_event_type", "blank", "counted"], oracle.Outcomes.Select(o => o.Result));
        Assert.Equal(4, oracle.RecordsRead);
        Assert.Equal(["1min 10:00 on_time r1 n=2 W=null"], oracle.Publications().Select(Describe));
    }

    [Theory]
    [InlineData(300_000, 120_000, 0, 0, 60_000)] //       a slide that does not divide: gcd(5 min, 2 min)
    [InlineData(3_600_000, 3_600_000, 0, 0, 3_600_000)]
    [InlineData(3_600_000, 900_000, 0, 300_000, 300_000)] // two windows, their offsets 5 min apart
    [InlineData(3_600_000, 900_000, 300_000, 300_000, 900_000)] // the same offset: no difference, a shifted grid
    public void PaneMs_OfSizesSlidesAndOffsets_IsTheirGreatestCommonDivisor(long size, long slide, long offset, long secondOffset, long pane)
    {
        var oracle = Oracle(Options([new("a", size, SlideMs: slide, OffsetMs: offset), new("b", size, SlideMs: slide, OffsetMs: secondOffset)]));
        Assert.Equal(pane, oracle.PaneMs);
    }

    [Fact]
    public void FinalContents_SlideThatDoesNotDivide_HoldsTheEventInTheRightWindows()
    {
        // size 5 min, slide 2 min, offset 1 min: starts at 09:57, 09:59, 10:01, 10:03 ... (odd minutes)
        // 09:57 |---------------| 10:02        10:01:30 lies in the windows of 09:57, 09:59 and 10:01
        Assert.Equal(
            ["09:57-10:02", "09:59-10:04", "10:01-10:06"],
            Oracle(Options([new("5by2", 300_000, SlideMs: 120_000, OffsetMs: 60_000)]), "10:01:30")
                .FinalContents().Select(f => $"{Clock(f.Start)}-{Clock(f.End)}"));
    }

    internal static OracleOptions Options(OracleWindow[] windows, long disorder = 0, long lateness = 0) =>
        new(windows) { MaxOutOfOrdernessMs = disorder, AllowedLatenessMs = lateness };

    internal static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static NaiveOracle Oracle(OracleOptions options, params string[] times) => new(options, times.Select(t => (0, At(t))).ToList());

    private static IEnumerable<string> Published(OracleOptions options, params string[] times) =>
        Oracle(options, times).Publications().Select(Describe);

    private static string Describe(OraclePublication p) =>
        $"{p.Window} {Clock(p.Start)} {p.Phase} r{p.Revision} n={p.Content.TotalEvents} "
            + $"W={(p.Watermark is { } w ? Time(w).ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture) : "null")}";

    private static byte[] At(string time) => Utf8($$"""{"timestamp":"{{Full(time)}}","event_type":"click"}""");

    private static string Full(string time) => (time.Contains('T', StringComparison.Ordinal) ? time : "2026-11-22T" + time) + "Z";

    private static long Ms(string time) => DateTimeOffset.Parse(Full(time), CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();

    private static DateTime Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).UtcDateTime;

    private static string Clock(long milliseconds) => Time(milliseconds).ToString("HH:mm", CultureInfo.InvariantCulture);
}

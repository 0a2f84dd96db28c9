using System.Globalization;
using Tidemark.Core;
using Tidemark.Core.Windows;

namespace Tidemark.Cli.Tests;

/// <summary>
/// Goal: days and hours of a zone are what its clocks show, also where they change. The changes: Stockholm 2026-03-29 02:00 to 03:00 and
/// 2026-10-25 03:00 back to 02:00; Lord Howe by half an hour; Havana at midnight; Samoa without 2011-12-30.
/// </summary>
public sealed class ZoneClockTests
{
    private static ZoneClock Zone(string name) => new(TimeZoneInfo.FindSystemTimeZoneById(name));

    [Theory]
    [InlineData("Europe/Stockholm", "2026-06-01T12:00:00Z", "2026-05-31T22:00:00Z", "2026-06-01T22:00:00Z")]
    [InlineData("Europe/Stockholm", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z")]
    [InlineData("Europe/Stockholm", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z")]
    [InlineData("Asia/Kathmandu", "2026-06-01T20:00:00Z", "2026-06-01T18:15:00Z", "2026-06-02T18:15:00Z")]
    [InlineData("America/Havana", "2026-03-08T12:00:00Z", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z")]
    [InlineData("America/Havana", "2026-11-01T12:00:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z")]
    [InlineData("Pacific/Apia", "2011-12-30T09:00:00Z", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z")]
    [InlineData("UTC", "2026-06-01T23:59:59.999Z", "2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z")]
    public void PeriodOf_ADay_HasTheHoursThatItsClocksShow(string zone, string moment, string start, string end) => Assert.Equal(
        (start, end), Texts(Zone(zone).PeriodOf(Ms(moment), LocalPeriod.Day)));

    [Theory]
    [InlineData("Europe/Stockholm", "2026-03-29T00:59:00Z", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z")]
    [InlineData("Europe/Stockholm", "2026-10-25T00:30:00Z", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z")]
    [InlineData("Europe/Stockholm", "2026-10-25T01:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z")]
    [InlineData("Asia/Kathmandu", "2026-06-01T20:00:00Z", "2026-06-01T19:15:00Z", "2026-06-01T20:15:00Z")]
    [InlineData("Australia/Lord_Howe", "2026-04-04T14:45:00Z", "2026-04-04T14:00:00Z", "2026-04-04T15:00:00Z")]
    [InlineData("Australia/Lord_Howe", "2026-04-04T15:10:00Z", "2026-04-04T15:00:00Z", "2026-04-04T15:30:00Z")]
    [InlineData("Australia/Lord_Howe", "2026-10-03T15:45:00Z", "2026-10-03T15:30:00Z", "2026-10-03T16:00:00Z")]
    public void PeriodOf_AnHour_EndsWhereClocksChange(string zone, string moment, string start, string end) => Assert.Equal(
        (start, end), Texts(Zone(zone).PeriodOf(Ms(moment), LocalPeriod.Hour)));

    // Two years of hours and days of zones with all kinds of changes: no moment is in none or in two of them.
    [Theory]
    [InlineData("Europe/Stockholm")]
    [InlineData("America/Havana")]
    [InlineData("Australia/Lord_Howe")]
    [InlineData("Pacific/Apia")]
    [InlineData("Africa/Casablanca")]
    [InlineData("Asia/Kathmandu")]
    public void PeriodOf_OneAfterTheOther_LeavesNoMomentOut(string name)
    {
        ZoneClock zone = Zone(name);
        foreach (LocalPeriod period in Enum.GetValues<LocalPeriod>())
        {
            Interval last = zone.PeriodOf(Ms("2011-01-01T00:00:00Z"), period);
            while (last.EndMs < Ms("2013-01-01T00:00:00Z"))
            {
                Interval next = zone.PeriodOf(last.EndMs, period);
                Assert.Equal(last.EndMs, next.StartMs);
                Assert.Equal(next, zone.PeriodOf(next.EndMs - 1, period));
                last = next;
            }
        }
    }

    [Theory]
    [InlineData("2026-11-22", "2026-11-21T23:00:00Z")]
    [InlineData("2026-11-22 10:00", "2026-11-22T09:00:00Z")]
    [InlineData("2026-11-22T10:00:30", "2026-11-22T09:00:30Z")]
    [InlineData("2026-11-22T10:00Z", "2026-11-22T10:00:00Z")]
    [InlineData("2026-11-22T10:00:00-05:00", "2026-11-22T15:00:00Z")]
    [InlineData("10:00", "2026-10-26T09:00:00Z")]
    [InlineData("now", "2026-10-25T23:30:00Z")]
    [InlineData("-2h", "2026-10-25T21:30:00Z")]
    [InlineData("today", "2026-10-25T23:00:00Z")]
    [InlineData("yesterday", "2026-10-24T22:00:00Z")]
    [InlineData("yesterday 12:00", "2026-10-25T11:00:00Z")]
    [InlineData("2026-03-29 02:30", "2026-03-29T01:00:00Z")]
    [InlineData("2026-10-25 02:30", "2026-10-25T00:30:00Z")]
    [InlineData("2026-10-25 02:30", "2026-10-25T01:30:00Z", true)]
    [InlineData("2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00Z")]
    public void Parse_InStockholmHalfPastMidnight_IsTheMomentThatIsMeant(string text, string expected, bool isEnd = false) => Assert.Equal(
        expected,
        RangeArgument.Parse(
            text, DateTimeOffset.Parse("2026-10-25T23:30:00Z", CultureInfo.InvariantCulture), Zone("Europe/Stockholm"), isEnd) is { } moment
            ? TimeText.Format(moment) : null);

    [Theory]
    [InlineData("")]
    [InlineData("25:00")]
    [InlineData("2026-02-30")]
    [InlineData("last week")]
    [InlineData("tuesday 10:00")]
    [InlineData("-2 fortnights")]
    public void Parse_NoTime_IsNone(string text) =>
        Assert.Null(RangeArgument.Parse(text, DateTimeOffset.UnixEpoch, Zone("Europe/Stockholm"), isEnd: false));

    [Theory]
    [InlineData("2026-10-25T00:30:00Z", "2026-10-25 02:30:00 +02:00")]
    [InlineData("2026-10-25T01:30:00Z", "2026-10-25 02:30:00 +01:00")]
    [InlineData("2026-10-25T02:30:00Z", "2026-10-25 03:30:00")]
    public void Text_ATimeThatClocksShowTwice_HasItsOffset(string moment, string expected) =>
        Assert.Equal(expected, Zone("Europe/Stockholm").Text(Ms(moment)));

    private static long Ms(string text) =>
        TimeText.TryParse(text, out DateTimeOffset time) ? time.ToUnixTimeMilliseconds() : throw new FormatException(text);

    private static (string Start, string End) Texts(Interval interval) => (TimeText.Format(interval.StartMs), TimeText.Format(interval.EndMs));
}

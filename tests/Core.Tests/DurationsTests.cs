namespace Tidemark.Core.Tests;

public class DurationsTests
{
    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("10s", 10_000)]
    [InlineData("1min", 60_000)]
    [InlineData("5m", 300_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("1hour", 3_600_000)]
    [InlineData("2 hours", 7_200_000)]
    [InlineData("1day", 86_400_000)]
    [InlineData(" 1d ", 86_400_000)]
    [InlineData("0s", 0)]
    [InlineData("36500d", 36_500L * 86_400_000)]
    public void TryParse_NumberAndUnit_GivesTheDuration(string text, long expectedMs)
    {
        Assert.True(Durations.TryParse(text, out TimeSpan duration, out string? mistake));
        Assert.Equal(TimeSpan.FromMilliseconds(expectedMs), duration);
        Assert.Null(mistake);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("+1s")]
    [InlineData("1.5h")]
    [InlineData("1H")]
    [InlineData("5M")]
    [InlineData("1h30m")]
    [InlineData("1 fortnight")]
    [InlineData("\u0661s")]
    public void TryParse_AnythingElse_SaysWhatWasExpected(string? text)
    {
        Assert.False(Durations.TryParse(text, out _, out string? mistake));
        Assert.Equal($"expected a whole number and a unit (ms, s, min, h or d), such as 500ms, 10s, 5min, 1h or 1d, got '{text}'", mistake);
    }

    [Theory]
    [InlineData("36501d")]
    [InlineData("99999999999999999999ms")]
    public void TryParse_TooLong_SaysHowLongItMayBe(string text)
    {
        Assert.False(Durations.TryParse(text, out _, out string? mistake));
        Assert.Equal($"expected at most 36,500 days, got '{text}'", mistake);
    }

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(500, "500ms")]
    [InlineData(1500, "1500ms")]
    [InlineData(10_000, "10s")]
    [InlineData(90_000, "90s")]
    [InlineData(60_000, "1min")]
    [InlineData(3_600_000, "1hour")]
    [InlineData(86_400_000, "1day")]
    public void Format_WholeMilliseconds_UsesTheLargestUnitAndReadsBack(long ms, string expected)
    {
        TimeSpan duration = TimeSpan.FromMilliseconds(ms);

        Assert.Equal(expected, Durations.Format(duration));
        Assert.True(Durations.TryParse(expected, out TimeSpan back, out _));
        Assert.Equal(duration, back);
    }

    [Fact]
    public void Format_NegativeOrFraction_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Durations.Format(TimeSpan.FromSeconds(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Durations.Format(TimeSpan.FromTicks(1)));
    }

    [Theory]
    [InlineData("00:00:01", "1s")]
    [InlineData("00:05:00", "5min")]
    [InlineData("02:00:00", "2h")]
    [InlineData("30.00:00:00", "30d")]
    [InlineData("00:00:00", "0s")]
    [InlineData("00:00:00.2500000", "250ms")]
    [InlineData("-00:00:00.5000000", "-0.5s")]
    [InlineData("00:00:00.0001000", "0.0001s")]
    public void Describe_AnyDuration_IsInUnitsThatPeopleWrite(string duration, string expected) =>
        Assert.Equal(expected, Durations.Describe(TimeSpan.Parse(duration, System.Globalization.CultureInfo.InvariantCulture)));

    [Theory]
    [InlineData("00:00:01", null)]
    [InlineData("1.00:00:00", null)]
    [InlineData("00:00:00.9990000", "idleTimeout: expected 1s to 1d, got 999ms")]
    [InlineData("1.00:00:01", "idleTimeout: expected 1s to 1d, got 86401s")]
    [InlineData("00:00:01.0001000", "idleTimeout: expected 1s to 1d in whole milliseconds, got 1.0001s")]
    public void Mistake_OutsideTheRange_SaysWhatWasExpectedAndWhatCame(string duration, string? expected) => Assert.Equal(
        expected,
        Durations.Mistake(
            "idleTimeout", TimeSpan.Parse(duration, System.Globalization.CultureInfo.InvariantCulture),
            TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)));
}

using Tidemark.Cli.Generate;
using static Tidemark.Cli.Tests.Generate.GeneratedStream;

namespace Tidemark.Cli.Tests.Generate;

public class GeneratorOptionsTests
{
    [Fact]
    public void Validate_Defaults_FindsNothing() => Assert.Empty(Of(1).Validate());

    [Fact]
    public void Validate_EverythingWrong_NamesEachOptionExpectedAndActual()
    {
        var options = new GeneratorOptions
        {
            Events = GeneratorOptions.MaxEvents + 1,
            Start = DateTimeOffset.MinValue,
            Users = 0,
            Pages = -1,
            EventsPerSecond = 0,
            DisorderMs = -5,
            LatePercent = double.NaN,
            DuplicatePercent = -0.5,
            BadPercent = 100.25,
        };

        Assert.Equal(
            [
                "Events: expected 1 to 10,000,000,000, got 10,000,000,001",
                "Users: expected 1 to 100,000,000, got 0",
                "Pages: expected 1 to 100,000,000, got -1",
                "EventsPerSecond: expected 1 to 10,000,000, got 0",
                "DisorderMs: expected 0 to 3,600,000, got -5",
                "LatePercent: expected a percentage from 0 to 100, got NaN",
                "DuplicatePercent: expected a percentage from 0 to 100, got -0.5",
                "BadPercent: expected a percentage from 0 to 100, got 100.25",
                "Start: expected a time from 0003-01-01T00:00:00Z to before 9900-01-01T00:00:00Z, got 0001-01-01T00:00:00Z",
            ],
            options.Validate().Select(m => m.ToString()));
    }

    [Fact]
    public void Validate_PercentagesOverAHundredTogether_SaysSo()
    {
        GeneratorOptions options = Of(1) with { LatePercent = 50, BadPercent = 50, DuplicatePercent = 1 };

        Assert.Equal(["LatePercent + DuplicatePercent + BadPercent: expected at most 100 together, got 101"], options.Validate().Select(
            m => m.ToString()));
    }

    [Fact]
    public void Validate_PercentagesOfAHundredTogether_AreAccepted() =>
        Assert.Empty((Of(1) with { LatePercent = 50, BadPercent = 50, DuplicatePercent = 0 }).Validate());

    [Fact]
    public void Validate_StreamBeyondTheCalendar_AsksForAnEarlierStart()
    {
        GeneratorOptions options =
            Of(GeneratorOptions.MaxEvents) with { EventsPerSecond = 1, Start = new DateTimeOffset(9700, 1, 1, 0, 0, 0, TimeSpan.Zero) };

        Assert.Equal("Start", Assert.Single(options.Validate()).Option);
    }
}

namespace Tidemark.Core.Tests;

public sealed class EngineOptionsTests
{
    [Fact]
    public void Validate_Defaults_AreValid() => Assert.Empty(new EngineOptions().Validate());

    [Fact]
    public void Validate_SeveralMistakes_TellsAllAtOnce()
    {
        EngineOptions options = new()
        {
            MaxOutOfOrderness = TimeSpan.FromSeconds(-1),
            IdleTimeout = TimeSpan.Zero,
            ExactUsersLimit = -1,
            TopPages = 20,
            TopPagesCapacity = 5,
            Windows = [new() { Name = "a", Size = TimeSpan.FromMinutes(1) }, new() { Name = "a", Size = TimeSpan.FromMinutes(2) }],
        };
        Assert.Equal(
            ["maxOutOfOrderness", "idleTimeout", "exactUsersLimit", "topPages", "windows"],
            options.Validate().Select(mistake => mistake.Split(':')[0]));
    }

    [Fact]
    public void Validate_WindowsThatShareNoReasonablePane_SaysWhichPaneTheyMake()
    {
        EngineOptions options = new()
        {
            Windows = [new() { Name = "day", Size = TimeSpan.FromDays(1) }, new() { Name = "odd", Size = TimeSpan.FromMilliseconds(60_001) }],
        };
        Assert.Contains("panes of 1ms", Assert.Single(options.Validate()), StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_TooManyOverlappingWindowsOrPanesKept_IsAMistake()
    {
        EngineOptions overlap = new() { Windows = [new() { Name = "d", Size = TimeSpan.FromDays(1), Slide = TimeSpan.FromSeconds(1) }] };
        Assert.Contains("windows[0]: expected at most 1500 windows around a moment", Assert.Single(overlap.Validate()), StringComparison.Ordinal);
        EngineOptions panes = new() { Windows = [new() { Name = "s", Size = TimeSpan.FromSeconds(1) }], AllowedLateness = TimeSpan.FromDays(30) };
        Assert.Contains("panes of 1s", Assert.Single(panes.Validate()), StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_NoWindows_IsAMistake() => Assert.Single(new EngineOptions { Windows = [] }.Validate());
}

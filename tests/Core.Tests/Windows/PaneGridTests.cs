using FsCheck;
using FsCheck.Fluent;
using Tidemark.Core.Windows;
using Interval = Tidemark.Core.Windows.Interval;

namespace Tidemark.Core.Tests.Windows;

public sealed class PaneGridTests
{
    private const long Minute = 60_000;

    [Theory]
    [InlineData(0, 0, Minute)]
    [InlineData(1, 0, Minute)]
    [InlineData(Minute - 1, 0, Minute)]
    [InlineData(Minute, Minute, 2 * Minute)]
    [InlineData(-1, -Minute, 0)]
    [InlineData(-Minute, -Minute, 0)]
    [InlineData(-Minute - 1, -2 * Minute, -Minute)]
    public void PaneAt_AroundTheEpoch_AlignsDownwards(long timeMs, long startMs, long endMs) =>
        Assert.Equal(new Interval(startMs, endMs), new PaneGrid(Minute, 0).PaneAt(timeMs));

    [Fact]
    public void PaneAt_AnyTimeAndGrid_ContainsTheTimeAndIsAligned()
    {
        Gen<(long Time, long Size, long Offset)> cases =
            from time in Gen.Choose(int.MinValue, int.MaxValue)
            from size in Gen.Choose(1, 100_000)
            from offset in Gen.Choose(0, 100_000)
            select ((long)time * 1000, (long)size, (long)(offset % size));
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            Interval pane = new PaneGrid(c.Size, c.Offset).PaneAt(c.Time);
            return pane.Contains(c.Time) && pane.LengthMs == c.Size && (pane.StartMs - c.Offset) % c.Size == 0;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void For_DefaultWindows_IsOneMinute() =>
        Assert.Equal(new PaneGrid(Minute, 0), PaneGrid.For(new EngineOptions().Windows));

    [Fact]
    public void For_SlideThatDoesNotDivide_IsTheGreatestCommonDivisor() =>
        Assert.Equal(60_000, PaneGrid.For([Sliding(5 * Minute, 2 * Minute)]).SizeMs);

    [Fact]
    public void For_SharedOffsetOfWholeMinutes_KeepsWholePanes()
    {
        // Both windows start 15 min past: no finer pane is needed.
        WindowDefinition quarter = new() { Name = "q", Size = TimeSpan.FromMinutes(30), Offset = TimeSpan.FromMinutes(15) };
        WindowDefinition hour = new() { Name = "h", Size = TimeSpan.FromHours(1), Offset = TimeSpan.FromMinutes(15) };
        Assert.Equal(new PaneGrid(30 * Minute, 15 * Minute), PaneGrid.For([quarter, hour]));
    }

    [Theory]
    [InlineData(Minute, 15_000, 15_000)] // |15-----|75-----|: a pane of a minute would be parts of two
    [InlineData(7_000, 0, 1_000)]
    [InlineData(90_000, 0, 30_000)]
    [InlineData(5_000, 0, 5_000)]
    [InlineData(60 * Minute, 250, 250)]
    [InlineData(60 * Minute, 2 * Minute, 60 * Minute)]
    public void For_WindowsThatCrossMinutes_HasPanesThatDoNot(long sizeMs, long offsetMs, long paneMs)
    {
        PaneGrid grid = PaneGrid.For([new() { Name = "w", Size = TimeSpan.FromMilliseconds(sizeMs), Offset = TimeSpan.FromMilliseconds(offsetMs) }]);

        Assert.Equal(paneMs, grid.SizeMs);
        Assert.All(Enumerable.Range(0, 200), i =>
        {
            Interval pane = grid.PaneAt(i * 1_237L);
            Assert.True(pane.LengthMs % Minute == 0 || pane.EndMs <= EventTime.Floor(pane.StartMs, Minute) + Minute);
        });
    }

    [Fact]
    public void For_DifferentOffsets_DividesTheirDifference()
    {
        WindowDefinition minute = new() { Name = "m", Size = TimeSpan.FromMinutes(1) };
        WindowDefinition shifted = minute with { Name = "s", Offset = TimeSpan.FromSeconds(25) };
        Assert.Equal(new PaneGrid(5000, 0), PaneGrid.For([minute, shifted]));
    }

    private static WindowDefinition Sliding(long sizeMs, long slideMs) =>
        new() { Name = "w", Size = TimeSpan.FromMilliseconds(sizeMs), Slide = TimeSpan.FromMilliseconds(slideMs) };
}

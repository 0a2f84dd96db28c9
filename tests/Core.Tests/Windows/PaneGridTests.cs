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
    public void For_SharedOffset_KeepsWholePanes()
    {
        // Both windows start 15 s past: |15-----|75-----| and no finer pane is needed.
        WindowDefinition minute = new() { Name = "m", Size = TimeSpan.FromMinutes(1), Offset = TimeSpan.FromSeconds(15) };
        WindowDefinition hour = new() { Name = "h", Size = TimeSpan.FromHours(1), Offset = TimeSpan.FromSeconds(15) };
        Assert.Equal(new PaneGrid(Minute, 15_000), PaneGrid.For([minute, hour]));
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

using FsCheck;
using FsCheck.Fluent;
using Tidemark.Core.Windows;
using Interval = Tidemark.Core.Windows.Interval;

namespace Tidemark.Core.Tests.Windows;

public sealed class WindowDefinitionTests
{
    private static readonly WindowDefinition Tumbling = new() { Name = "w", Size = TimeSpan.FromSeconds(4) };
    private static readonly WindowDefinition Sliding = new() { Name = "w", Size = TimeSpan.FromSeconds(5), Slide = TimeSpan.FromSeconds(2) };
    private static readonly WindowDefinition Cumulative = new() { Name = "w", Size = TimeSpan.FromSeconds(6), Step = TimeSpan.FromSeconds(2) };

    // pane [5,6)        0---4---8
    [Fact]
    public void WindowsContaining_Tumbling_IsTheOneAround() =>
        Assert.Equal([Seconds(4, 8)], Tumbling.WindowsContaining(Seconds(5, 6)));

    // pane [5,6)   2----7   4----9   (0----5 ends where the pane starts)
    [Fact]
    public void WindowsContaining_SlidingBySizeThatDoesNotDivide_AreAllAround() =>
        Assert.Equal([Seconds(4, 9), Seconds(2, 7)], Sliding.WindowsContaining(Seconds(5, 6)));

    // pane [-1,0)  -4----1  -2----3
    [Fact]
    public void WindowsContaining_SlidingBeforeTheEpoch_AlignsDownwards() =>
        Assert.Equal([Seconds(-2, 3), Seconds(-4, 1)], Sliding.WindowsContaining(Seconds(-1, 0)));

    // pane [8,10)  6--8 does not hold it; 6----10, 6------12
    [Fact]
    public void WindowsContaining_Cumulative_AreThoseFromItsStepOn() =>
        Assert.Equal([Seconds(6, 10), Seconds(6, 12)], Cumulative.WindowsContaining(Seconds(8, 10)));

    [Fact]
    public void WindowsContaining_AnyDefinitionAndPane_AgreesWithTheEnumerationByEnd() =>
        Prop.ForAll(Definitions().ToArbitrary(), Gen.Choose(-100_000, 100_000).ToArbitrary(), (definition, time) =>
        {
            Interval pane = PaneGrid.For([definition]).PaneAt(time);
            HashSet<Interval> containing = [.. definition.WindowsContaining(pane)];
            HashSet<Interval> enumerated =
                [.. definition.WindowsEndingIn(pane.StartMs, pane.EndMs + (2 * definition.SizeMs)).Where(window => window.Contains(pane))];
            return containing.SetEquals(enumerated)
                && containing.All(window => window.Contains(pane))
                && (containing.Count == 0 || containing.Max(window => window.EndMs) == definition.LastEndContaining(pane));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Validate_EveryMistake_NamesKeyExpectedAndActual()
    {
        WindowDefinition wrong = new() { Name = "1 min!", Size = TimeSpan.FromMinutes(1),
            Slide = TimeSpan.FromMinutes(2), Step = TimeSpan.FromSeconds(7), Offset = TimeSpan.FromMinutes(3) };
        string[] mistakes = [.. wrong.Validate("windows[0]")];
        Assert.Collection(
            mistakes,
            name => Assert.Equal("windows[0].name: expected 1 to 32 of a-z, 0-9 and _, got '1 min!'", name),
            both => Assert.Equal("windows[0]: expected a slide (sliding) or a step (cumulative), got both", both),
            slide => Assert.Contains(
                "windows[0].slide: expected 1ms to the size (1min), got 2min", slide, StringComparison.Ordinal),
            step => Assert.Contains("windows[0].step: expected a divisor of the size", step, StringComparison.Ordinal),
            offset => Assert.Contains("windows[0].offset: expected", offset, StringComparison.Ordinal));
    }

    private static Interval Seconds(long start, long end) => new(start * 1000, end * 1000);

    private static Gen<WindowDefinition> Definitions() =>
        from kind in Gen.Choose(0, 2)
        from unit in Gen.Choose(1, 500)
        from count in Gen.Choose(1, 12)
        from slide in Gen.Choose(1, 12)
        let hop = unit * (kind == 1 ? Math.Min(slide, count) : 1)
        from offset in Gen.Choose(0, 10_000)
        select new WindowDefinition
        {
            Name = "w",
            Size = TimeSpan.FromMilliseconds(unit * count),
            Slide = kind == 1 ? TimeSpan.FromMilliseconds(hop) : null,
            Step = kind == 2 ? TimeSpan.FromMilliseconds(unit) : null,
            Offset = TimeSpan.FromMilliseconds(offset % (kind == 1 ? hop : unit * count)),
        };
}

using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Functions.Closing;
using Tidemark.Protocol;
using Tidemark.Support.Durable;

namespace Tidemark.Functions.Tests.Proof;

/// <summary>
/// Windows without events between the first and the last event, written as zeros. That the contents are the local engine's is <see
/// cref="ClosingTests"/>' to show.
/// </summary>
public sealed class EmptyWindowsTests
{
    private static readonly EngineOptions Options = new()
    {
        EmitEmptyWindows = true,
        Windows = [new() { Name = "1min", Size = TimeSpan.FromMinutes(1) },
            new() { Name = "3min", Size = TimeSpan.FromMinutes(3), Slide = TimeSpan.FromMinutes(1) }],
        AllowedLateness = TimeSpan.FromMinutes(5),
    };

    private static readonly DateTimeOffset Begin = new(2026, 11, 22, 6, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// <code>
    /// 1min  |x|0|0|0|0|0|0|x|     the zeros come with the event that ends the silence, not before
    /// </code>
    /// </summary>
    [Fact]
    public void Close_SilenceBetweenEvents_WritesZerosInOrderWhenItEnds()
    {
        Shop shop = new(1, 2, Options);
        shop.Run(TimeSpan.FromSeconds(30), 0, 1);
        shop.World.RunFor(TimeSpan.FromMinutes(7));
        Assert.Equal([240 / 2], Minutes(shop).Select(minute => minute.TotalEvents));

        shop.Run(TimeSpan.FromSeconds(30), 0, 1);
        shop.World.RunFor(TimeSpan.FromMinutes(3));
        WindowResult[] minutes = Minutes(shop);
        Assert.Equal([120, 0, 0, 0, 0, 0, 0, 120], minutes.Select(minute => minute.TotalEvents));
        Assert.Equal([1, 0, 0, 0, 0, 0, 0, 1], minutes.Select(minute => minute.Revision));
        Assert.All(minutes, minute => Assert.Equal(Phase.OnTime, minute.Phase));
        Assert.Equal(minutes.Select(minute => minute.EndMs).Order(), minutes.Select(minute => minute.EndMs));
        Assert.All(shop.App.Sinks.Published.Where(result => result.Window == "3min"
            && result.TotalEvents == 0), result => Assert.NotNull(result.Averages));
    }

    [Fact]
    public void Close_LateEventInAnEmptyWindow_CorrectsItsZeros()
    {
        Shop shop = new(2, 1, Options);
        shop.Click(0, 5, Begin.AddSeconds(10));
        shop.Click(0, 5, Begin.AddMinutes(5));
        shop.World.RunUntil(() => shop.Last("1min", Begin.AddMinutes(3)) is not null, TimeSpan.FromMinutes(1), "the zeros");
        Assert.Equal(0, shop.Last("1min", Begin.AddMinutes(3))!.TotalEvents);
        Assert.Equal(0, shop.Last("1min", Begin.AddMinutes(3))!.Revision);

        shop.Click(0, 2, Begin.AddMinutes(3).AddSeconds(5));
        shop.World.RunFor(TimeSpan.FromSeconds(20));
        WindowResult corrected = shop.Last("1min", Begin.AddMinutes(3))!;
        Assert.Equal(2, corrected.TotalEvents);
        Assert.Equal(1, corrected.Revision);
        Assert.Equal(Phase.Corrected, corrected.Phase);
        Assert.Equal(2, shop.Last("3min", Begin.AddMinutes(1))!.TotalEvents);
        Assert.Equal(0, shop.Last("1min", Begin.AddMinutes(2))!.TotalEvents);
    }

    /// <summary>The first event comes last: there are more windows between the first and the last event than there were.</summary>
    [Fact]
    public void Close_EarlierFirstEvent_FillsTheTimeBeforeTheOldOne()
    {
        Shop shop = new(3, 1, Options);
        shop.Click(0, 1, Begin.AddMinutes(-6));
        shop.Click(0, 1, Begin.AddMinutes(-4).AddSeconds(15));
        shop.World.RunUntil(() => shop.Last("1min", Begin.AddMinutes(-5)) is not null, TimeSpan.FromMinutes(1), "the zeros");
        shop.Click(0, 1, Begin.AddMinutes(-8));
        shop.World.RunFor(TimeSpan.FromSeconds(30));
        Assert.Equal([1, 0, 1, 0], Minutes(shop).OrderBy(minute => minute.EndMs).Select(minute => minute.TotalEvents));
    }

    [Fact]
    public void Close_ManyEmptyWindows_AreWrittenSomeAtATimeWithoutGrowingTheState()
    {
        Shop shop = new(4, 1, Options);
        shop.Click(0, 1, Begin.AddHours(-20));
        shop.Click(0, 1, Begin);
        shop.World.RunFor(TimeSpan.FromSeconds(2));
        Assert.InRange(shop.App.Sinks.Last.Count, 0, 3 * TickPlan.MaxEmpty);
        int most = 0;
        shop.World.RunUntil(
            () =>
            {
                most = Math.Max(most, shop.App.Topic().Encode().Length);
                return Minutes(shop).Length == (20 * 60);
            },
            TimeSpan.FromMinutes(5),
            "all zeros");
        Assert.InRange(most, 1, 400);
    }

    /// <summary>More windows than 100,000 between two events are a gap in the data, as on the local host.</summary>
    [Fact]
    public void Close_GapOfMonths_IsSkippedAndTheRestGoesOn()
    {
        Shop shop = new(5, 1, Options);
        shop.Click(0, 1, Begin.AddDays(-80));
        shop.Click(0, 1, Begin.AddMinutes(-3));
        shop.Click(0, 1, Begin.AddSeconds(30));
        shop.World.RunFor(TimeSpan.FromMinutes(2));
        Assert.Equal(
            [Begin.AddDays(-80), Begin.AddMinutes(-3), Begin.AddMinutes(-2), Begin.AddMinutes(-1), Begin],
            Minutes(shop).Select(minute => DateTimeOffset.FromUnixTimeMilliseconds(minute.StartMs)));
    }

    [Theory]
    [InlineData(nameof(ClosingActivities.PublishWindow))]
    [InlineData(nameof(ClosingActivities.ConfirmWindow))]
    public void Close_EmptyWindowsWhileActivitiesAndSinksFail_NoneIsMissing(string activity)
    {
        Shop shop = new(6, 2, Options, Faults.Many);
        (shop.App.Sinks.FailsBefore, shop.App.Sinks.FailsAfter) = (0.02, 0.02);
        shop.App.Host.Activities.FailNext(activity, 10);
        shop.Click(0, 3, Begin.AddHours(-3));
        shop.Click(1, 3, Begin.AddHours(-3));
        shop.Click(0, 3, Begin.AddSeconds(5));
        shop.Click(1, 3, Begin.AddSeconds(5));
        shop.World.RunUntil(() => Minutes(shop).Length == (3 * 60) + 1, TimeSpan.FromHours(3), "all minutes of three hours and one");
        Assert.Equal(12, Minutes(shop).Sum(minute => minute.TotalEvents));
    }

    /// <summary>
    /// Nothing is final before the zeros before it are written; after that everything goes, and what comes after the last event is not
    /// final.
    /// </summary>
    [Fact]
    public void Final_EmptyWindowsAfterTheLastEvent_AreNotFinalUntilTheyAreWritten()
    {
        Shop shop = new(7, 1, Options);
        shop.Click(0, 1, Begin.AddSeconds(5));
        shop.Click(0, 1, Begin.AddMinutes(4));
        shop.World.RunFor(TimeSpan.FromMinutes(60));
        TopicState state = shop.App.Topic();
        Assert.Empty(state.Panes);
        Assert.Equal(Begin.AddMinutes(5), DateTimeOffset.FromUnixTimeMilliseconds(state.Family("1min")!.FinalBeforeMs));
        Assert.Equal(5, Minutes(shop).Length);

        shop.Click(0, 1);
        shop.World.RunFor(TimeSpan.FromMinutes(60));
        Assert.Equal(60 + 1, Minutes(shop).Length);
        Assert.Equal(Begin.AddMinutes(61), DateTimeOffset.FromUnixTimeMilliseconds(shop.App.Topic().Family("1min")!.FinalBeforeMs));
    }

    private static WindowResult[] Minutes(Shop shop) => [.. shop.App.Sinks.Published.Where(result => result.Window == "1min")];
}

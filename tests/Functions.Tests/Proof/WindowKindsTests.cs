using System.Globalization;
using System.Text;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Functions.Closing;
using Tidemark.Support.Durable;
using Tidemark.Support.Oracle;

namespace Tidemark.Functions.Tests.Proof;

/// <summary>
/// Cumulative and sliding windows over three partitions, hour by hour: what is written when, what a correction changes, and at the end the
/// local engine's contents.
/// </summary>
public sealed class WindowKindsTests
{
    private const int Partitions = 3;

    private static readonly DateTimeOffset Midnight = new(2026, 11, 22, 0, 0, 0, TimeSpan.Zero);

    private static readonly EngineOptions Options = new()
    {
        Windows =
        [
            new() { Name = "today", Size = TimeSpan.FromHours(6), Step = TimeSpan.FromHours(1) },
            new() { Name = "3hours", Size = TimeSpan.FromHours(3), Slide = TimeSpan.FromHours(1) },
        ],
        AllowedLateness = TimeSpan.FromHours(3),
        IdleTimeout = TimeSpan.FromHours(1),
    };

    private readonly EngineHarness _local = new(Options, Partitions);
    private int _users;

    /// <summary>
    /// <code>
    ///        0h    1h    2h    3h    4h    5h    6h    7h
    /// today  |--6--|                                       each step adds its hour to those before,
    ///        |----12-----|                                 a new day begins at 6h
    ///        |-------18--------| ...           |--6--|
    /// 3hours |-------18--------|
    ///              |-------18--------| ...
    /// </code>
    /// </summary>
    [Fact]
    public void Close_HourByHour_EachStepIsWrittenWhenItsHourIsOver()
    {
        App app = Start(1, Faults.None);
        for (int hour = 0; hour < 8; hour++)
        {
            Hour(app, hour);
            app.World.RunFor(TimeSpan.FromSeconds(20));

            // All partitions are in this hour: the one before is over.
            Assert.Equal(Enumerable.Range(1, hour), Ends(app, "today"));
            Assert.Equal(Enumerable.Range(1, hour), Ends(app, "3hours"));
        }

        Assert.Equal([6, 12, 18, 24, 30, 36, 6], Totals(app, "today", 7));
        Assert.Equal([6, 12, 18, 18, 18, 18, 18], Totals(app, "3hours", 7));
        Finish(app);
    }

    /// <summary>An event of the second hour comes in the fifth: every step that contains its hour is corrected, and nothing else.</summary>
    [Fact]
    public void Close_EventOfAnEarlyHour_CorrectsEveryLaterStep()
    {
        App app = Start(2, Faults.None);
        Enumerable.Range(0, 5).ToList().ForEach(hour => Hour(app, hour));
        app.World.RunFor(TimeSpan.FromSeconds(20));
        Event(app, 1, Midnight.AddHours(1).AddMinutes(55));
        app.World.RunFor(TimeSpan.FromSeconds(20));
        Assert.Equal([6, 13, 19, 25], Totals(app, "today", 4));
        Assert.Equal([6, 13, 19, 19], Totals(app, "3hours", 4));
        Assert.Equal([1, 3, 4, 5], Last(app, "today").Take(4).Select(result => result.Revision));
        Assert.Equal([Phase.OnTime, Phase.Corrected, Phase.Corrected, Phase.Corrected], Last(app, "today").Take(4).Select(result => result.Phase));
        Finish(app);
    }

    /// <summary>The same with workers that die, activities that fail and sinks that time out all the while.</summary>
    [Fact]
    public void Close_CrashesAndCorrections_EndWithTheEnginesContents()
    {
        for (int seed = 10; seed < 10 + (10 * Seeds.Factor); seed++)
        {
            WindowKindsTests day = new();
            App app = Start(seed, Faults.Many);
            (app.Sinks.FailsBefore, app.Sinks.FailsAfter) = (0.1, 0.1);
            for (int hour = 0; hour < 8; hour++)
            {
                day.Hour(app, hour);
                day.Event(app, hour % Partitions, Midnight.AddHours(Math.Max(0, hour - 1 - app.World.Random.Next(3))).AddMinutes(7));
                app.Host.Activities.FailNext(hour % 2 == 0 ? nameof(ClosingActivities.PublishWindow) : nameof(ClosingActivities.MergePane), 2);
                app.World.RunFor(TimeSpan.FromSeconds(app.World.Random.Next(60)));
            }

            app.World.RunFor(TimeSpan.FromMinutes(20));
            app.World.Faults = Faults.None;
            (app.Sinks.FailsBefore, app.Sinks.FailsAfter) = (0, 0);
            day.Finish(app);
        }
    }

    private static App Start(int seed, Faults faults)
    {
        App app = new(seed, Options, Partitions, faults);
        app.Trigger.Start(2);
        app.Ticker.Start();
        return app;
    }

    /// <summary>Two events in each partition. The trigger takes them before anything else comes, so that the partitions are in step.</summary>
    private void Hour(App app, int hour)
    {
        for (int partition = 0; partition < Partitions; partition++)
        {
            Event(app, partition, Midnight.AddHours(hour).AddMinutes(1 + partition));
            Event(app, partition, Midnight.AddHours(hour).AddMinutes(50 - partition));
        }

        app.World.RunUntil(() => app.Trigger.HasCommittedAll, TimeSpan.FromHours(1), "the hour");
    }

    private void Event(App app, int partition, DateTimeOffset at)
    {
        byte[] line = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"timestamp":{{at.ToUnixTimeMilliseconds()}},"event_type":"page_view","user_id":"u{{_users++ % 5}}","page_url":"/"""
                + $$"""{{_users % 3}}"}"""));
        app.Log.Append(partition, line, Midnight.AddHours(10).ToUnixTimeMilliseconds());
        _local.Feed(partition, line);
    }

    /// <summary>Silence until everything is closed; then nothing may differ from the local engine.</summary>
    private void Finish(App app)
    {
        app.World.RunUntil(() => app.Trigger.HasCommittedAll, TimeSpan.FromHours(1), "all committed");
        app.Ticker.Stop();
        app.World.RunFor(TimeSpan.FromHours(6));
        app.Ticker.Start();
        app.World.RunFor(TimeSpan.FromMinutes(15));
        _local.Engine.Complete();
        Engine.RequireSame(app, _local.Last());
    }

    private static IEnumerable<WindowResult> Last(App app, string window) =>
        app.Sinks.Last.Values.Where(result => result.Window == window && result.EndMs > Midnight.ToUnixTimeMilliseconds())
            .OrderBy(result => result.EndMs);

    private static IEnumerable<int> Ends(App app, string window) =>
        Last(app, window).Select(result => (int)((result.EndMs - Midnight.ToUnixTimeMilliseconds()) / 3_600_000));

    private static IEnumerable<long> Totals(App app, string window, int most) => Last(app, window).Take(most).Select(result => result.TotalEvents);
}

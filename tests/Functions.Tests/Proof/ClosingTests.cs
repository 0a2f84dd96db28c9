using Tidemark.Core.Results;
using Tidemark.Support.Durable;

namespace Tidemark.Functions.Tests.Proof;

/// <summary>
/// Goal: the app's last word on every window is the local engine's, whatever goes wrong on the way. Method: the engine's random streams
/// through ingest, timer, orchestrations and activities; faults, then silence until everything is final.
/// </summary>
public sealed class ClosingTests
{
    /// <summary>A stream with more windows costs time and finds nothing new.</summary>
    private const int MaxWindows = 150;

    [Fact]
    public void Close_RandomStreamsWithoutFaults_EndsWithTheEnginesContents() => ForSeeds(0, 30, Faults.None, TriggerFaults.None, 0);

    [Fact]
    public void Close_RandomStreamsUnderAllFaults_EndsWithTheEnginesContents() =>
        ForSeeds(500, 30, Faults.Many, TriggerFaults.Many, 0.05);

    [Fact]
    public void Close_RandomStreamsInAnAtomicStore_EndsWithTheEnginesContents() =>
        ForSeeds(900, 20, Faults.Many with { Commit = CommitModel.Atomic, EntityBatchDies = 0.1 }, TriggerFaults.Many, 0.05);

    [Fact]
    public void Close_RandomStreamsUnderAddedMetrics_EndsWithTheContentsOfTheOracle()
    {
        int windows = 0;
        for (int seed = 1300; seed < 1300 + (10 * Seeds.Factor); seed++)
        {
            Stream stream = Stream.NextAdded(seed);
            windows += Run(seed, stream, Faults.Many, TriggerFaults.Many, 0.05);
            string[] expected = [.. stream.Oracle().FinalContents()
                .Select(final => $"{final.Window} {final.Start}..{final.End} {final.Content.ToText()}").Order(StringComparer.Ordinal)];
            string[] engine = [.. Engine.Last(stream).Values
                .Select(result => $"{result.Window} {result.StartMs}..{result.EndMs} {ResultText.Content(result)}").Order(StringComparer.Ordinal)];
            Assert.Equal(expected, engine);
        }

        Assert.True(windows > 10, $"only {windows} windows");
    }

    [Fact]
    public void Run_SameSeed_IsTheSameRunStepByStep()
    {
        Assert.Equal(Trace(7), Trace(7));
        Assert.NotEqual(Trace(7), Trace(8));

        static (ulong, long) Trace(int seed)
        {
            Stream stream = Stream.Next(12);
            App app = new(seed, stream.Engine, stream.Partitions, Faults.Many);
            app.Trigger.Faults = TriggerFaults.Many with { BatchLost = 0 };
            Day.Feed(app, stream);
            Day.Finish(app, stream);
            return (app.World.Trace.Hash, app.World.Steps);
        }
    }

    private static void ForSeeds(int first, int count, Faults faults, TriggerFaults trigger, double sinkFails)
    {
        int windows = 0;
        count *= Seeds.Factor;
        for (int seed = first; seed < first + count; seed++)
        {
            windows += Run(seed, Stream.Next(seed), faults, trigger, sinkFails);
        }

        Assert.True(windows > count, $"only {windows} windows");
    }

    private static int Run(int seed, Stream stream, Faults faults, TriggerFaults trigger, double sinkFails)
    {
        Dictionary<(string Window, long StartMs, long EndMs), WindowResult> expected = Engine.Last(stream);
        if (expected.Count > MaxWindows)
        {
            return 0;
        }

        App app = new(seed, stream.Engine, stream.Partitions, faults, holes: 0.05);
        app.Trigger.Faults = trigger;
        (app.Sinks.FailsBefore, app.Sinks.FailsAfter) = (sinkFails, sinkFails);
        Day.Feed(app, stream);
        Day.Finish(app, stream);
        Engine.RequireSame(app, expected);
        Assert.Empty(app.Host.Entities.Thrown);
        return expected.Count;
    }
}

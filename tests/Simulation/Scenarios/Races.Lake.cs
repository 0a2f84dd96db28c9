using Tidemark.Support.Durable;

namespace Tidemark.Simulation.Scenarios;

internal static partial class Races
{
    /// <summary>
    /// Many corrections of the same windows, with slow and repeated writers: the writer of an earlier revision meets the file of a later
    /// one.
    /// </summary>
    public static Bias Lake { get; } = new()
    {
        Rates = new Dictionary<string, double>
        {
            [nameof(Faults.ActivityRunsTwice)] = 0.8, [nameof(SinkFaults.SinkSlow)] = 0.3, [nameof(SinkFaults.LakeTimesOut)] = 0.05,
        },
        HasNoOtherFaults = true,
        Partitions = 2,
        Records = 50,
        LengthMs = 60_000,
        Disorder = 0.9,
        LatenessMs = 30_000,
        LongDelaySeconds = 15,
        LakeOneIn = 1,
    };
}

using Tidemark.Support.Durable;

namespace Tidemark.Simulation.Scenarios;

internal static partial class Races
{
    /// <summary>Slow and failing sinks, with many concurrent corrections.</summary>
    public static Bias Sink { get; } = new()
    {
        Rates = new Dictionary<string, double>
        {
            [nameof(SinkFaults.SinkFails)] = 0.3, [nameof(SinkFaults.SinkTimesOut)] = 0.4,
            [nameof(SinkFaults.SinkSlow)] = 0.5, [nameof(SinkFaults.LakeFails)] = 0.1, [nameof(SinkFaults.LakeTimesOut)] = 0.2,
            [nameof(Faults.ActivityRunsTwice)] = 0.6, [nameof(Faults.ActivityFailsAfterSuccess)] = 0.3,
        },
        Disorder = 0.7,
        LatenessMs = 30_000,
        RetentionSeconds = 20,
        LongDelaySeconds = 60,
        LakeOneIn = 1,
    };
}

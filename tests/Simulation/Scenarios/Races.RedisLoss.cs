using Tidemark.Support.Durable;

namespace Tidemark.Simulation.Scenarios;

internal static partial class Races
{
    /// <summary>Redis fails over to old copies and loses everything, while windows are corrected and become final.</summary>
    public static Bias RedisLoss { get; } = new()
    {
        Rates = new Dictionary<string, double>
        {
            [nameof(InjectionKind.RedisRolledBack)] = 1, [nameof(InjectionKind.RedisEmptied)] = 1,
            [nameof(SinkFaults.SinkSlow)] = 0.5, [nameof(SinkFaults.SinkTimesOut)] = 0.4, [nameof(Faults.ActivityRunsTwice)] = 0.6,
        },
        Disorder = 0.6,
        RetentionSeconds = 20,
        LongDelaySeconds = 60,
    };
}

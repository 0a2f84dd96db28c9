using Tidemark.Support.Durable;

namespace Tidemark.Simulation.Scenarios;

internal static partial class Races
{
    /// <summary>Shards and panes are swept often, while signals to them are still on their way.</summary>
    public static Bias Sweep { get; } = new()
    {
        Rates = new Dictionary<string, double>
        {
            [nameof(Faults.SignalDelayed)] = 0.4,
            [nameof(Faults.SignalDuplicated)] = 0.6,
            [nameof(Faults.StaleRead)] = 0.5,
            [nameof(Faults.ActivityRunsTwice)] = 0.6,
            [nameof(TriggerFaults.Rebalance)] = 0.4,
        },
        Disorder = 0.6,
        LatenessMs = 0,
        SweepSeconds = 3,
        LongDelaySeconds = 60,
    };
}

using Tidemark.Support.Durable;

namespace Tidemark.Simulation.Scenarios;

internal static partial class Races
{
    /// <summary>Processes that have lost their partitions continue with their batches, beside the new owners.</summary>
    public static Bias Zombie { get; } = new()
    {
        Rates = new Dictionary<string, double>
        {
            [nameof(TriggerFaults.Rebalance)] = 0.8,
            [nameof(TriggerFaults.CommitGoesBack)] = 0.5,
            [nameof(TriggerFaults.GivesUpRetry)] = 1,
            [nameof(Faults.SignalDelayed)] = 0.3,
            [nameof(Faults.SignalDuplicated)] = 0.5,
            [nameof(Faults.StaleRead)] = 0.5,
        },
        Disorder = 0.4,
        LongDelaySeconds = 60,
    };
}

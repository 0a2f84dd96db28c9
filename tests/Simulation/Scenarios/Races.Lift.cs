using Tidemark.Support.Durable;

namespace Tidemark.Simulation.Scenarios;

internal static partial class Races
{
    /// <summary>Partitions become idle and wake at the time of their lift, while signals are late and reads of cursors are stale.</summary>
    public static Bias Lift { get; } = new()
    {
        Rates = new Dictionary<string, double>
        {
            [nameof(Faults.SignalDelayed)] = 0.3,
            [nameof(Faults.StaleRead)] = 0.4,
            [nameof(TriggerFaults.Rebalance)] = 0.3,
            [nameof(TriggerFaults.WorkerDies)] = 0.2,
        },
        Silence = 0.8,
        Disorder = 0.5,
        IdleSeconds = 2,
        LatenessMs = 5_000,
        LongDelaySeconds = 15,
    };
}

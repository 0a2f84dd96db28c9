using Tidemark.Support.Durable;

namespace Tidemark.Simulation.Scenarios;

internal static partial class Races
{
    /// <summary>Retention overtakes the cursor.</summary>
    public static Bias Truncate { get; } = new()
    {
        Rates = new Dictionary<string, double>
        {
            [nameof(InjectionKind.Truncated)] = 1,
            [nameof(TriggerFaults.BatchLost)] = 0.3,
            [nameof(TriggerFaults.WorkerDies)] = 0.2,
            [nameof(Faults.SignalLost)] = 0.3,
            [nameof(Faults.SignalDelayed)] = 0.2,
        },
        LongDelaySeconds = 15,
    };
}

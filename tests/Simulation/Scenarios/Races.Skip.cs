using Tidemark.Support.Durable;

namespace Tidemark.Simulation.Scenarios;

internal static partial class Races
{
    /// <summary>Batches are committed that were never delivered, or whose function failed.</summary>
    public static Bias Skip { get; } = new()
    {
        Rates = new Dictionary<string, double>
        {
            [nameof(TriggerFaults.BatchLost)] = 0.5,
            [nameof(TriggerFaults.FailedIsCommitted)] = 1,
            [nameof(TriggerFaults.WorkerDies)] = 0.2,
            [nameof(Faults.StaleRead)] = 0.3,
        },
        Silence = 0.6,
        LongDelaySeconds = 15,
    };
}

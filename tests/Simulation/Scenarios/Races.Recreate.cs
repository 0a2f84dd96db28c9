using Tidemark.Support.Durable;

namespace Tidemark.Simulation.Scenarios;

internal static partial class Races
{
    /// <summary>The topic is deleted and recreated.</summary>
    public static Bias Recreate { get; } = new()
    {
        Rates = new Dictionary<string, double>
        {
            [nameof(InjectionKind.Recreated)] = 1,
            [nameof(TriggerFaults.WorkerDies)] = 0.2,
            [nameof(TriggerFaults.GivesUpRetry)] = 0.5,
            [nameof(Faults.SignalDelayed)] = 0.2,
        },
        PartitionsAdded = 0,
        LongDelaySeconds = 15,
    };
}

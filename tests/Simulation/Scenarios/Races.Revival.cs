using Tidemark.Durable;

namespace Tidemark.Simulation.Scenarios;

internal static partial class Races
{
    /// <summary>A silent partition wakes just when its watermark is being lifted, and writes into the panes that the lift makes final; signals to and fro take seconds.</summary>
    public static Bias Revival { get; } = new()
    {
        Rates = new Dictionary<string, double>
        {
            [nameof(Faults.SignalDelayed)] = 0.5, [nameof(Faults.SignalLost)] = 0.2, [nameof(Faults.SignalDuplicated)] = 0.4, [nameof(Faults.StaleRead)] = 0.2,
            [nameof(TriggerFaults.WorkerDies)] = 0.1, [nameof(InjectionKind.Truncated)] = 0, [nameof(InjectionKind.Recreated)] = 0,
        },
        Partitions = 2,
        PartitionsAdded = 0,
        IdleSeconds = 2,
        LatenessMs = 5_000,
        LengthMs = 120_000,
        LongDelaySeconds = 15,
        HasRevivals = true,
    };
}

using Tidemark.Support.Durable;

namespace Tidemark.Simulation.Scenarios;

internal static partial class Races
{
    /// <summary>Partitions are added while panes become final.</summary>
    public static Bias Birth { get; } = new()
    {
        Rates = new Dictionary<string, double>
        {
            [nameof(Faults.SignalDelayed)] = 0.3,
            [nameof(Faults.SignalLost)] = 0.2,
            [nameof(Faults.StaleRead)] = 0.5,
        },
        Partitions = 1,
        PartitionsAdded = 3,
        Disorder = 0.8,
        IdleSeconds = 2,
        LatenessMs = 0,
        LengthMs = 80_000,
        LongDelaySeconds = 15,
    };
}

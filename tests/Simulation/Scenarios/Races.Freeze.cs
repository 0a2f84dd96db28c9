using Tidemark.Support.Durable;

namespace Tidemark.Simulation.Scenarios;

internal static partial class Races
{
    /// <summary>Like a lift, with shards that are frozen while rows are on their way to them.</summary>
    public static Bias Freeze { get; } = new()
    {
        Rates = new Dictionary<string, double>
        {
            [nameof(Faults.SignalDelayed)] = 0.5,
            [nameof(Faults.SignalLost)] = 0.3,
            [nameof(Faults.SignalDuplicated)] = 0.5,
            [nameof(Faults.EntityBatchDies)] = 0.2,
        },
        Partitions = 2,
        Silence = 0.9,
        Disorder = 0.6,
        IdleSeconds = 2,
        LatenessMs = 0,
        LongDelaySeconds = 15,
    };
}

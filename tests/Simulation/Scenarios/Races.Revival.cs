using Tidemark.Support.Durable;

namespace Tidemark.Simulation.Scenarios;

internal static partial class Races
{
    /// <summary>
    /// An idle partition wakes just when its watermark is being lifted, and writes into the panes that the lift makes final: freezes and
    /// lifts are late, and a step of the partition stays between its shards and its cursor while dead letters fail.
    /// </summary>
    public static Bias Revival { get; } = new()
    {
        Rates = new Dictionary<string, double>
        {
            [nameof(Faults.OperationSlow)] = 0.6, [nameof(Faults.SignalDelayed)] = 0.02,
            [nameof(Faults.SignalLost)] = 0.05, [nameof(Faults.SignalDuplicated)] = 0.2,
            [nameof(Faults.TickMissing)] = 0.2, [nameof(SinkFaults.DeadLettersFail)] = 0.6, [nameof(TriggerFaults.WorkerDies)] = 0.02,
        },
        HasNoOtherFaults = true,
        SlowOperations = new HashSet<string> { "Freeze", "Lift", "Final" },
        Partitions = 2,
        PartitionsAdded = 0,
        IdleSeconds = 2,
        LatenessMs = 1_000,
        LengthMs = 120_000,
        LongDelaySeconds = 15,
        HasRevivals = true,
    };
}

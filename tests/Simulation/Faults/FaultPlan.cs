using Tidemark.Simulation.Scenarios;
using Tidemark.Support.Durable;

namespace Tidemark.Simulation;

/// <summary>
/// The faults of a run and their rates. Each seed draws them: no faults, one kind at an extreme rate, some, or all at once, so that no
/// fault always masks another.
/// </summary>
internal sealed class FaultPlan
{
    /// <summary>The maximum rate of each kind.</summary>
    private static readonly (string Kind, double Most)[] Rates =
    [
        (nameof(Support.Durable.Faults.SignalLost), 0.3), (nameof(Support.Durable.Faults.SignalDuplicated), 0.5),
        (nameof(Support.Durable.Faults.SignalDelayed), 0.3),
        (nameof(Support.Durable.Faults.StaleRead), 0.6), (nameof(Support.Durable.Faults.EntityBatchDies), 0.2),
        (nameof(Support.Durable.Faults.EpisodeDies), 0.2),
        (nameof(Support.Durable.Faults.ActivityFails), 0.3), (nameof(Support.Durable.Faults.ActivityFailsAfterSuccess), 0.3),
        (nameof(Support.Durable.Faults.ActivityRunsTwice), 0.6),
        (nameof(Support.Durable.Faults.ActivityDies), 0.2), (nameof(Support.Durable.Faults.TickMissing), 0.7),
        (nameof(Support.Durable.Faults.TickDoubled), 0.7), (nameof(Support.Durable.Faults.TickLate), 0.5),
        (nameof(Support.Durable.Faults.StartOfRunningThrows), 1), (nameof(TriggerFaults.WorkerDies), 0.4), (nameof(TriggerFaults.Rebalance), 0.4),
        (nameof(TriggerFaults.BatchLost), 0.2), (nameof(TriggerFaults.FailedIsCommitted), 0.6), (nameof(TriggerFaults.CommitGoesBack), 0.4),
        (nameof(TriggerFaults.GivesUpRetry), 1), (nameof(SinkFaults.SinkFails), 0.3),
        (nameof(SinkFaults.SinkTimesOut), 0.3), (nameof(SinkFaults.SinkSlow), 0.2),
        (nameof(SinkFaults.LakeFails), 0.1), (nameof(SinkFaults.LakeTimesOut), 0.1),
        (nameof(SinkFaults.DeadLettersFail), 0.3), (nameof(Skew), 1),
        (nameof(InjectionKind.HostRestart), 0.5), (nameof(InjectionKind.BrokerDown), 0.5),
        (nameof(InjectionKind.Truncated), 0.15), (nameof(InjectionKind.Recreated), 0.15),
        (nameof(InjectionKind.RedisRolledBack), 0.5), (nameof(InjectionKind.RedisEmptied), 0.3),
    ];

    /// <summary>
    /// Kinds that were added later. They are drawn from a separate stream, so that the other draws of a seed do not change.
    /// </summary>
    private static readonly (string Kind, double Most)[] LaterRates =
        [(nameof(Support.Durable.Faults.ReadFails), 0.1), (nameof(Support.Durable.Faults.DispatcherBacksOff), 0.01)];

    public required Faults Faults { get; init; }

    public required TriggerFaults Trigger { get; init; }

    public required SinkFaults Sinks { get; init; }

    public required TimeSpan Skew { get; init; }

    public required IReadOnlyList<Injection> Injections { get; init; }

    public static FaultPlan Next(int seed, Random random, Bias bias, int lengthMs, int partitions, int added)
    {
        Dictionary<string, double> rates = NextRates(random);
        Random later = new(Seeds.Mix(seed, nameof(LaterRates)));
        foreach ((string kind, double most) in LaterRates)
        {
            double strength = later.NextDouble();
            if (later.Next(3) == 0)
            {
                rates[kind] = most * strength * strength;
            }
        }

        if (bias.HasNoOtherFaults)
        {
            rates.Clear();
        }

        foreach ((string kind, double rate) in bias.Rates)
        {
            rates[kind] = rate;
        }

        double Of(string kind) => rates.GetValueOrDefault(kind);
        int longDelay = bias.LongDelaySeconds ?? (random.Next(10) switch { < 5 => 15, < 9 => 60, _ => 330 });
        return new FaultPlan
        {
            Faults = new Faults
            {
                Commit = random.Next(3) == 0 ? CommitModel.Atomic : CommitModel.OutboundFirst,
                SignalLost = Of(nameof(Support.Durable.Faults.SignalLost)),
                SignalDuplicated = Of(nameof(Support.Durable.Faults.SignalDuplicated)),
                SignalDelayed = Of(nameof(Support.Durable.Faults.SignalDelayed)),
                SlowOperations = bias.SlowOperations,
                OperationSlow = Of(nameof(Support.Durable.Faults.OperationSlow)),
                StaleRead = Of(nameof(Support.Durable.Faults.StaleRead)),
                Staleness = TimeSpan.FromSeconds(1 + random.Next(15)),
                EntityBatchDies = Of(nameof(Support.Durable.Faults.EntityBatchDies)),
                EpisodeDies = Of(nameof(Support.Durable.Faults.EpisodeDies)),
                ActivityFails = Of(nameof(Support.Durable.Faults.ActivityFails)),
                ActivityFailsAfterSuccess = Of(nameof(Support.Durable.Faults.ActivityFailsAfterSuccess)),
                ActivityRunsTwice = Of(nameof(Support.Durable.Faults.ActivityRunsTwice)),
                ActivityDies = Of(nameof(Support.Durable.Faults.ActivityDies)),
                TickMissing = Of(nameof(Support.Durable.Faults.TickMissing)),
                TickDoubled = Of(nameof(Support.Durable.Faults.TickDoubled)),
                TickLate = Of(nameof(Support.Durable.Faults.TickLate)),
                StartOfRunningThrows = Of(nameof(Support.Durable.Faults.StartOfRunningThrows)),
                Latency = TimeSpan.FromMilliseconds(10 + random.Next(random.Next(4) == 0 ? 500 : 60)),
                LongDelay = TimeSpan.FromSeconds(longDelay),
                ReadFails = Of(nameof(Support.Durable.Faults.ReadFails)),
                DispatcherBacksOff = Of(nameof(Support.Durable.Faults.DispatcherBacksOff)),
                PollingWait = later.Next(4) == 0 ? TimeSpan.FromSeconds(1) : TimeSpan.Zero,
            },
            Trigger = new TriggerFaults
            {
                WorkerDies = Of(nameof(TriggerFaults.WorkerDies)),
                Rebalance = Of(nameof(TriggerFaults.Rebalance)),
                BatchLost = Of(nameof(TriggerFaults.BatchLost)),
                FailedIsCommitted = Of(nameof(TriggerFaults.FailedIsCommitted)),
                CommitGoesBack = Of(nameof(TriggerFaults.CommitGoesBack)),
                GivesUpRetry = Of(nameof(TriggerFaults.GivesUpRetry)),
            },
            Sinks = new SinkFaults
            {
                SinkFails = Of(nameof(SinkFaults.SinkFails)),
                SinkTimesOut = Of(nameof(SinkFaults.SinkTimesOut)),
                LakeFails = Of(nameof(SinkFaults.LakeFails)),
                LakeTimesOut = Of(nameof(SinkFaults.LakeTimesOut)),
                SinkSlow = Of(nameof(SinkFaults.SinkSlow)),
                DeadLettersFail = Of(nameof(SinkFaults.DeadLettersFail)),
            },
            Skew = rates.ContainsKey(nameof(Skew)) ? TimeSpan.FromSeconds(1 + random.Next(random.Next(4) == 0 ? 300 : 10)) : TimeSpan.Zero,
            Injections = NextInjections(random, rates, lengthMs, partitions, added),
        };
    }

    private static Dictionary<string, double> NextRates(Random random)
    {
        int mode = random.Next(20);
        int only = mode is >= 2 and < 7 ? random.Next(Rates.Length) : -1;
        Dictionary<string, double> rates = [];
        for (int i = 0; i < Rates.Length; i++)
        {
            double strength = random.NextDouble();
            bool isOn = mode switch { < 2 => false, < 7 => i == only, < 16 => random.Next(3) == 0, _ => true };
            if (isOn)
            {
                rates[Rates[i].Kind] = Rates[i].Most * (i == only ? 1 : strength * strength);
            }
        }

        return rates;
    }

    private static List<Injection> NextInjections(Random random, Dictionary<string, double> rates, int lengthMs, int partitions, int added)
    {
        List<Injection> injections = [];
        for (int i = 0; i < added; i++)
        {
            injections.Add(new Injection(InjectionKind.PartitionAdded, random.Next(lengthMs), partitions + i, 0));
        }

        foreach (InjectionKind kind in Enum.GetValues<InjectionKind>())
        {
            if (kind == InjectionKind.PartitionAdded || !rates.TryGetValue(kind.ToString(), out double rate))
            {
                continue;
            }

            bool isOnce = kind is InjectionKind.Truncated or InjectionKind.Recreated;
            int times = isOnce ? (random.NextDouble() < Math.Max(rate, 0.15) ? 1 : 0) : 1 + random.Next(3);
            for (int i = 0; i < times; i++)
            {
                injections.Add(new Injection(kind, random.Next(lengthMs), random.Next(partitions), 1 + random.Next(20)));
            }
        }

        return [.. injections.OrderBy(injection => injection.AtMs)];
    }
}

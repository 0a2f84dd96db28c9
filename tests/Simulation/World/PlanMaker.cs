using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Functions.Hosting;
using Tidemark.Simulation.Scenarios;
using Tidemark.Support.Oracle;

namespace Tidemark.Simulation;

/// <summary>Draws a plan from a seed and a scenario.</summary>
internal static class PlanMaker
{
    /// <summary>When every run begins: shortly before the end of an hour and a day, so that the lake has something to compact.</summary>
    public static DateTimeOffset Start { get; } = new(2026, 11, 22, 23, 59, 10, TimeSpan.Zero);

    public static Plan Make(int seed, string scenario)
    {
        Random options = new(Seeds.Mix(seed, "options"));
        Random workload = new(Seeds.Mix(seed, "workload"));
        Random faults = new(Seeds.Mix(seed, "faults"));
        Bias bias = ScenarioList.BiasOf(scenario);
        OracleOptions oracle = NextOptions(options, bias);
        int partitions = bias.Partitions ?? 1 + options.Next(4);
        int lengthMs = bias.LengthMs ?? (10_000 + options.Next(80_000));
        int count = bias.Records ?? (30 + workload.Next(110));
        int added = bias.PartitionsAdded ?? (options.Next(5) == 0 ? 1 + options.Next(2) : 0);
        double disorder = bias.Disorder ?? (workload.Next(3) == 0 ? 0 : workload.NextDouble() * 0.5);
        double silence = bias.Silence ?? (workload.Next(3) == 0 ? 0 : workload.NextDouble());
        double holes = workload.Next(3) == 0 ? 0 : workload.NextDouble() * 0.2;
        Workload producers = new(workload, oracle, partitions + added, lengthMs, disorder, silence);
        long startMs = Start.ToUnixTimeMilliseconds();
        List<PlannedRecord> records = bias.HasRevivals ? producers.NextRevivals(startMs) : producers.Next(startMs, count, holes);
        FaultPlan plan = FaultPlan.Next(seed, faults, bias, lengthMs, partitions, added);
        EngineOptions engine = OracleBridge.ToEngine(oracle) with
        {
            IdleTimeout = TimeSpan.FromSeconds(bias.IdleSeconds ?? new[] { 2, 5, 15, 30 }[options.Next(4)]),
            TopPagesCapacity = AccumulatorLimits.Functions.Pages,
            BreakdownCapacity = AccumulatorLimits.Functions.Breakdown,
        };
        return new Plan
        {
            Seed = seed,
            Scenario = scenario,
            Oracle = oracle,
            Engine = engine,
            Timing = NextTiming(options),
            Partitions = partitions,
            Instances = 1 + options.Next(3),
            MaxBatch = 1 + options.Next(40),
            MaxStepRecords = options.Next(3) == 0 ? 1 + options.Next(8) : 10_000,
            Records = records,
            Injections = plan.Injections,
            Faults = plan.Faults,
            Trigger = plan.Trigger,
            Sinks = plan.Sinks,
            Skew = plan.Skew,
            TickEvery = TimeSpan.FromSeconds(1 + options.Next(3)),
            LiveEvery = TimeSpan.FromSeconds(5 + options.Next(20)),
            RescueEvery = TimeSpan.FromSeconds(5 + options.Next(10)),
            SweepEvery = TimeSpan.FromSeconds(bias.SweepSeconds ?? (10 + options.Next(50))),
            FaultsEndMs = lengthMs + options.Next(30_000),
            RedisRetention = TimeSpan.FromSeconds(bias.RetentionSeconds ?? (options.Next(3) == 0 ? 20 + options.Next(100) : 3600)),
            HasLake = options.Next(bias.LakeOneIn) == 0,
            MarkersEvery = options.Next(8) == 0 ? TimeSpan.FromMilliseconds(500 + options.Next(3_000)) : TimeSpan.Zero,
        };
    }

    private static OracleOptions NextOptions(Random random, Bias bias)
    {
        long unitMs = new[] { 30_000, 60_000, 120_000 }[random.Next(bias.HasRevivals ? 2 : 3)];
        long offsetMs = random.Next(4) == 0 ? random.Next(3) * 10_000 : 0;
        List<OracleWindow> windows = [];
        if (random.Next(10) > 0)
        {
            windows.Add(new OracleWindow("1min", unitMs, OffsetMs: offsetMs));
        }

        if (random.Next(10) < 5)
        {
            windows.Add(new OracleWindow("sliding", unitMs * (2 + random.Next(3)), SlideMs: unitMs, OffsetMs: offsetMs));
        }

        if (random.Next(10) < 3)
        {
            windows.Add(new OracleWindow("today", unitMs * 4, StepMs: unitMs, OffsetMs: offsetMs));
        }

        if (windows.Count == 0 || random.Next(10) < 3)
        {
            windows.Add(new OracleWindow("long", unitMs * (2 + random.Next(4)), OffsetMs: offsetMs));
        }

        return new OracleOptions(windows)
        {
            MaxOutOfOrdernessMs = Workload.Pace * new[] { 0, 1_000, 5_000 }[random.Next(3)],
            AllowedLatenessMs = Workload.Pace * bias.LatenessMs ?? new[] { 0, unitMs / 2, 2 * unitMs, 180_000 }[random.Next(4)],
            MaxFutureSkewMs = Workload.Pace * new[] { 1_000, 5_000, 40_000 }[random.Next(3)],
            ExactUsersLimit = random.Next(4) == 0 ? 3 : 1_000,
            TopPages = random.Next(4) == 0 ? 2 : 10,
            EmitEmptyWindows = random.Next(6) == 0,
        };
    }

    private static ProtocolTiming NextTiming(Random random) => new()
    {
        PollFirst = TimeSpan.FromMilliseconds(50 + random.Next(200)),
        PollMax = TimeSpan.FromSeconds(1 + random.Next(2)),
        ResendAfter = TimeSpan.FromSeconds(1 + random.Next(5)),
        IngestTimeout = TimeSpan.FromSeconds(random.Next(3) == 0 ? 10 + random.Next(20) : 240),
        StepTimeout = TimeSpan.FromSeconds(5 + random.Next(25)),
        RescueTimeout = TimeSpan.FromSeconds(10 + random.Next(30)),
    };
}

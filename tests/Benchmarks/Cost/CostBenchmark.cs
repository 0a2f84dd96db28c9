namespace Tidemark.Benchmarks.Cost;

/// <summary>What the Functions app costs, as the tables of docs/COST.md.</summary>
internal static class CostBenchmark
{
    private static readonly int[] Batches = [64, 500, 2_000, 10_000, 30_000];
    private static readonly int[] CpuBatches = [64, 500, 2_000, 10_000];
    private static readonly int[] PartitionCounts = [1, 4, 30];

    /// <summary>
    /// The runs with timers: partitions, events a second, percent of late events, of which half are corrections. The first two are small
    /// enough for a test.
    /// </summary>
    public static IReadOnlyList<(string Name, int Partitions, int EventsPerSecond, double LatePercent)> Closings { get; } =
    [
        ("closing, 6 partitions, 100 events/s, no corrections", 6, 100, 0), ("closing, 6 partitions, 100 events/s", 6, 100, 0.5),
        ("closing, 30 partitions, 1,000 events/s, no corrections", 30, 1_000, 0), ("closing, 30 partitions, 1,000 events/s", 30, 1_000, 0.5),
    ];

    /// <summary>Apps to which nothing comes: a small deployment, one of more partitions, and a large one.</summary>
    private static readonly IdleCase[] IdleCases = [new(6, Polling.ControlQueues, 1), new(30, Polling.ControlQueues, 1), new(30, 16, 3)];

    /// <param name="args">Parts: ingest, latency, closing, idle, cpu; none for all. With update the tables go into docs/COST.md.</param>
    public static int Run(string[] args)
    {
        string[] parts = [.. args.Where(arg => arg != "update")];
        string path = Path.Combine(Tidemark.Root, CostPage.Path);
        string page = args.Length > parts.Length ? File.ReadAllText(path) : "";
        Machine.Print(Console.Out);
        foreach ((string name, string table) in Tables(part => parts.Length == 0 || parts.Contains(part)))
        {
            Console.WriteLine($"\n{name}\n\n{table}");
            page = page.Length > 0 ? CostPage.Replace(page, name, table) : page;
        }

        if (page.Length > 0)
        {
            File.WriteAllText(path, page);
        }

        return 0;
    }

    /// <summary>The tables of ingest: what it costs, where a backend stops, whole deployments.</summary>
    /// <param name="maxBatch">The largest batch to run; the tables lack what larger ones would give.</param>
    public static IEnumerable<(string Name, string Table)> Ingest(int maxBatch = int.MaxValue)
    {
        List<IngestFigures> rows = Each([.. Batches.Where(batch => batch <= maxBatch)], (batch, partitions) => IngestCost.Run(batch, partitions));
        yield return ("ingest", CostTables.Ingest(rows));
        yield return ("stops", CostTables.Stops(rows));
        yield return ("deployments", CostTables.Plans(rows));
    }

    /// <summary>The tables of what is asked of a storage account while little or nothing comes.</summary>
    public static IEnumerable<(string Name, string Table)> Idle()
    {
        yield return ("idle", CostTables.Idle([.. IdleCases.Select(IdleCost.Run)]));
        yield return ("looks", CostTables.Looks());
    }

    private static IEnumerable<(string Name, string Table)> Tables(Func<string, bool> isWanted)
    {
        foreach ((string name, string table) in isWanted("ingest") ? Ingest() : [])
        {
            yield return (name, table);
        }

        if (isWanted("latency"))
        {
            yield return ("latency", CostTables.Latency([.. CostTables.Latencies.Select(latency => IngestCost.Run(2_000, 4, latency))]));
        }

        foreach ((string name, int partitions, int eventsPerSecond, double latePercent) in isWanted("closing") ? Closings : [])
        {
            yield return (name, CostTables.Closing(ClosingCost.Run(partitions, eventsPerSecond, latePercent)));
        }

        foreach ((string name, string table) in isWanted("idle") ? Idle() : [])
        {
            yield return (name, table);
        }

        if (isWanted("cpu"))
        {
            // The compiler's turn.
            IngestCpu.Run(64, 30);
            yield return ("cpu", CostTables.Cpu(Each(CpuBatches, IngestCpu.Run)));
        }
    }

    private static List<T> Each<T>(int[] batches, Func<int, int, T> run) =>
        [.. batches.SelectMany(batch => PartitionCounts.Select(partitions => run(batch, partitions)))];
}

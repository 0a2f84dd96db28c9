using Tidemark.Benchmarks;
using Tidemark.Benchmarks.Cost;
using Tidemark.Benchmarks.Service;

switch (args.FirstOrDefault() ?? "throughput")
{
    case "throughput":
        return ThroughputBenchmark.Run(args.Skip(1).ToArray());
    case "memory":
        return MemoryBenchmark.Run(args.Skip(1).ToArray());
    case "parser":
        ParserBenchmark.Run(args[1..]);
        return 0;
    case "sessions":
        return SessionBenchmark.Run(args[1..]);
    case "accumulators":
        AccumulatorBenchmark.Run(Console.Out);
        return 0;
    case "redis":
        RedisBenchmark.Run(Console.Out);
        return 0;
    case "kafka":
        return KafkaBenchmark.Run(args[1..]);
    case "cost":
        return CostBenchmark.Run(args[1..]);
    case "latency":
        return LatencyBenchmark.Run(args[1..]);
    case "soak":
        return SoakBenchmark.Run(args[1..]);
    case DuckDbBaseline.Command:
        return await DuckDbBaseline.RunAsync(args[1]);
    default:
        Console.Error.WriteLine(
            """
            usage: make bench ARGS="throughput [EVENTS] [ROUNDS]"   tidemark and DuckDB on one file (the default)
                               ARGS="memory [HOURS]"                resident memory over a long stream
                               ARGS="parser [VARIANT] [MEGABYTES]"  bytes to records, against Utf8JsonReader
                               ARGS="accumulators"                  records to metrics, against HashSet and Dictionary
                               ARGS="sessions [EVENTS] [ROUNDS]"    the command with and without sessions, and the memory of a million users
                               ARGS="redis"                         windows to Redis, against one SET after another
                               ARGS="kafka [EVENTS] [ROUNDS]"       a topic to a lake with its state, against a loop that only counts
                               ARGS="latency [SECONDS] [RATE...]"   arrival to metrics:live, and watermark to the closed window (make latency)
                               ARGS="soak [SECONDS] [RATE]"         a steady rate for long: memory, handles, latency (make soak)
                               ARGS="cost [PART...] [update]"       what the Functions app costs: ingest, latency, closing, cpu; into docs/COST.md
            """);
        return 2;
}

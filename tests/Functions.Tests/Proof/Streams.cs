using Tidemark.Core;
using Tidemark.Support.Oracle;

namespace Tidemark.Functions.Tests.Proof;

/// <summary>A random stream of the engine's tests, dealt out to 1 to 30 partitions, and what must come of it.</summary>
internal sealed record Stream(OracleOptions Options, EngineOptions Engine, IReadOnlyList<(int Partition, byte[] Line)> Records, int Partitions)
{
    public static Stream Next(int seed) => Dealt(seed, StreamGenerator.Next(seed));

    /// <summary>A stream under a configuration that adds breakdowns, counters and currencies.</summary>
    public static Stream NextAdded(int seed) => Dealt(seed, AddedStreams.Next(seed));

    private static Stream Dealt(int seed, (OracleOptions Options, List<(int Partition, byte[] Line)> Records) stream)
    {
        (OracleOptions options, List<(int Partition, byte[] Line)> records) = stream;
        Random random = new(seed);
        int own = records.Count == 0 ? 1 : records.Max(record => record.Partition) + 1;

        // Every third stream keeps its partitions: what is late depends on them. The others are spread over up to 30.
        int partitions = seed % 3 == 0 ? own : Math.Max(own, 1 + random.Next(30));
        int share = partitions / own;
        IReadOnlyList<(int, byte[])> dealt =
            [.. records.Select(record => ((record.Partition * share) + (share > 1 ? random.Next(share) : 0), record.Line))];
        return new Stream(options, ToEngine(options), dealt, partitions);
    }

    public static EngineOptions ToEngine(OracleOptions options) => OracleBridge.ToEngine(options) with { IdleTimeout = TimeSpan.FromHours(2) };

    public NaiveOracle Oracle() => new(Options, Records);
}

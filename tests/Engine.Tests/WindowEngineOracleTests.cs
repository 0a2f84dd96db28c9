using System.Globalization;
using Tidemark.Core.Results;
using Tidemark.Support.Oracle;

namespace Tidemark.Engine.Tests;

/// <summary>
/// Goal: every number, revision, phase and watermark that the engine puts out is what docs/SEMANTICS.md says. Method: random streams through the
/// engine, in randomly cut batches, and through an oracle that keeps a list of events and recomputes.
/// TIDEMARK_STREAMS overrides how many streams each test takes.
/// </summary>
public sealed class WindowEngineOracleTests
{
    private static readonly int Streams = int.Parse(Environment.GetEnvironmentVariable("TIDEMARK_STREAMS") ?? "600", CultureInfo.InvariantCulture);

    private delegate (OracleOptions Options, List<(int Partition, byte[] Line)> Records) Generator(int seed);

    [Fact]
    public void Apply_RandomStreamsOfOnePartition_PublishesExactlyWhatTheOracleDoes() => ComparePublications(StreamGenerator.Next, Streams);

    [Fact]
    public void Apply_RandomStreamsOfSeveralPartitions_EndsWithTheContentsOfTheOracle() => CompareContents(StreamGenerator.Next, Streams);

    [Fact]
    public void Apply_RandomStreamsUnderAddedMetrics_PublishesExactlyWhatTheOracleDoes() => ComparePublications(AddedStreams.Next, Streams / 4);

    [Fact]
    public void Apply_RandomPartitionsUnderAddedMetrics_EndsWithTheContentsOfTheOracle() => CompareContents(AddedStreams.Next, Streams / 4);

    private static void ComparePublications(Generator next, int streams)
    {
        int compared = 0;
        Parallel.For(0, streams, seed =>
        {
            (OracleOptions options, List<(int Partition, byte[] Line)> records) = next(seed);
            List<(int, byte[])> single = [.. records.Select(record => (0, record.Line))];
            NaiveOracle oracle = new(options, single);
            EngineHarness harness = Replay(options, single, partitions: 1, seed);
            harness.Engine.Complete();

            string[] expected = [.. oracle.Publications().Select(Describe)];
            string[] actual = [.. harness.Results.Select(Describe)];
            RequireEqual(expected, actual, seed);
            RequireSameOutcomes(oracle, harness, seed);
            Interlocked.Add(ref compared, actual.Length);
        });
        Assert.True(compared > streams, $"only {compared} publications in {streams} streams: the streams test too little");
    }

    private static void CompareContents(Generator next, int streams)
    {
        Parallel.For(0, streams, seed =>
        {
            (OracleOptions options, List<(int Partition, byte[] Line)> records) = next(seed);
            int partitions = records.Count == 0 ? 1 : records.Max(record => record.Partition) + 1;
            NaiveOracle oracle = new(options, records);
            EngineHarness harness = Replay(options, records, partitions, seed);
            harness.Engine.Complete();

            string[] expected = [.. oracle.FinalContents()
                .Select(final => $"{final.Window} {final.Start}..{final.End} {final.Content.ToText()}").Order(StringComparer.Ordinal)];
            string[] actual =
                [.. harness.Last().Values.Select(result => $"{result.Window} {result.StartMs}..{result.EndMs} {OracleBridge.Content(result)}")
                    .Order(StringComparer.Ordinal)];
            RequireEqual(expected, actual, seed);
            RequireSameOutcomes(oracle, harness, seed);
        });
    }

    [Fact]
    public void Apply_SameRecordsInOtherBatches_PublishesTheSame()
    {
        for (int seed = 0; seed < Streams / 10; seed++)
        {
            (OracleOptions options, List<(int Partition, byte[] Line)> records) = StreamGenerator.Next(seed);
            List<(int, byte[])> single = [.. records.Select(record => (0, record.Line))];
            EngineHarness one = Replay(options, single, partitions: 1, batchSeed: 1);
            EngineHarness other = Replay(options, single, partitions: 1, batchSeed: 2);
            one.Engine.Complete();
            other.Engine.Complete();
            RequireEqual([.. one.Results.Select(Describe)], [.. other.Results.Select(Describe)], seed);
            Assert.Equal(one.Engine.Partitions[0].Next, other.Engine.Partitions[0].Next);
        }
    }

    private static EngineHarness Replay(OracleOptions options, List<(int Partition, byte[] Line)> records, int partitions, int batchSeed)
    {
        EngineHarness harness = new(OracleBridge.ToEngine(options), partitions, options.LatestMs);
        Random random = new(batchSeed);
        for (int i = 0; i < records.Count;)
        {
            int partition = records[i].Partition;
            int end = i + 1;
            int most = random.Next(1, 40);
            while (end < records.Count && end - i < most && records[end].Partition == partition)
            {
                end++;
            }

            harness.Feed(partition, records[i..end].Select(record => record.Line));
            i = end;
        }

        return harness;
    }

    private static void RequireSameOutcomes(NaiveOracle oracle, EngineHarness harness, int seed)
    {
        string[] expected = [.. oracle.Outcomes
            .Where(outcome => outcome.Result is not (OracleOutcome.Counted or OracleOutcome.Blank))
            .Select(outcome => $"{outcome.Partition} {outcome.Result} {outcome.LateMinute}")];
        string[] actual = [.. harness.DeadLetters.Select(letter => $"{letter.Partition} {letter.Reason} {letter.MissedMinuteMs}")];
        RequireEqual(expected, actual, seed);
        Assert.Equal(oracle.RecordsRead, harness.Engine.Partitions.Sum(partition => partition.Read));
        Assert.Equal(oracle.Results().GetValueOrDefault(OracleOutcome.Counted), harness.Engine.Partitions.Sum(partition => partition.Counted));
        Assert.Equal(harness.Engine.PublishedEvents, harness.Engine.Partitions.Sum(partition => partition.Counted));
        Assert.Equal(oracle.LateByMinute().OrderBy(pair => pair.Key).Select(pair => (pair.Key, (long)pair.Value)),
            harness.Engine.Late.ByMinute.Select(pair => (pair.Key, pair.Value)));
        Assert.Equal(oracle.LateInOpenWindow(), harness.Engine.Late.InOpenWindow);
    }

    private static void RequireEqual(string[] expected, string[] actual, int seed)
    {
        for (int i = 0; i < Math.Max(expected.Length, actual.Length); i++)
        {
            string wanted = i < expected.Length ? expected[i] : "(nothing)";
            string came = i < actual.Length ? actual[i] : "(nothing)";
            Assert.True(wanted == came,
                $"seed {seed}, item {i} of {expected.Length} expected, {actual.Length} actual\nexpected {wanted}\nactual   {came}");
        }
    }

    private static string Describe(OraclePublication publication) =>
        $"{publication.Window} {publication.Start}..{publication.End} {publication.Phase} "
            + $"r{publication.Revision} w{publication.Watermark} {publication.Content.ToText()}";

    private static string Describe(WindowResult result)
    {
        string phase = result.Phase == Phase.OnTime ? OraclePublication.OnTime : OraclePublication.Corrected;
        return $"{result.Window} {result.StartMs}..{result.EndMs} {phase} r{result.Revision} w{result.WatermarkMs} {OracleBridge.Content(result)}";
    }
}

using System.Globalization;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Support.Oracle;

namespace Tidemark.Engine.Tests;

/// <summary>
/// Goal: what is shown of open windows, merged from look to look, is what merging everything anew gives. Method: random streams with
/// corrections, clocks and small limits, looked at at random records; every column compared but the sketch, which live results lack.
/// </summary>
public sealed class LiveMergerTests
{
    private static readonly int Streams = int.Parse(Environment.GetEnvironmentVariable("TIDEMARK_STREAMS") ?? "150", CultureInfo.InvariantCulture);

    [Fact]
    public void Merge_AtRandomRecordsOfRandomStreams_IsWhatMergingAnewGives()
    {
        int compared = 0;
        Parallel.For(0, Streams, seed => Interlocked.Add(ref compared, CompareLooks(seed)));
        Assert.True(compared > 10 * Streams, $"only {compared} results compared in {Streams} streams: the streams test too little");
    }

    private static int CompareLooks(int seed)
    {
        (OracleOptions oracle, List<(int Partition, byte[] Line)> records) = seed % 8 == 0 ? AddedStreams.Next(seed) : StreamGenerator.Next(seed);
        EngineOptions options = OracleBridge.ToEngine(oracle);
        EngineHarness harness = new(options, records.Select(record => record.Partition).DefaultIfEmpty().Max() + 1, oracle.LatestMs);
        LiveMerger merger = new(options);
        WindowMerger anew = new(options);
        Random random = new(seed);
        int compared = 0;
        foreach ((int partition, byte[] line) in records)
        {
            harness.Feed(partition, line);
            if (random.Next(3) > 0)
            {
                continue;
            }

            IReadOnlyList<Publication> live = harness.Engine.Live();
            IReadOnlyList<WindowResult> shown = merger.Merge(live);
            Assert.Equal(live.Count, shown.Count);
            for (int i = 0; i < live.Count; i++)
            {
                WindowResult expected = anew.Merge(live[i]);
                string[] differing = [.. ResultColumns.Of(expected).Where(column => column is not BytesColumn
                    && !IsBounded(column, expected) && !column.AreSame(expected, shown[i])).Select(column => column.Name)];
                Assert.True(differing.Length == 0,
                    $"seed {seed}: {string.Join(", ", differing)} of {expected.Window} from {TimeText.Format(expected.StartMs)} differ");
                compared++;
            }
        }

        return compared;
    }

    // Past their capacity lists depend on the order of merging, within their bound.
    private static bool IsBounded(ResultColumn column, WindowResult result) => column switch
    {
        MapColumn map => map.Get(result).MaxError > 0,
        CountColumn count => column.Name.EndsWith("_max_error", StringComparison.Ordinal) && count.Get(result) > 0,
        _ => false,
    };
}

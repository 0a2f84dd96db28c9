using System.Globalization;
using Tidemark.Core.Windows;
using Tidemark.Support.Oracle;

namespace Tidemark.Engine.Tests;

/// <summary>
/// Goal: the content of a window, and whether there is one, does not depend on which other families are configured. Method: random streams
/// through engines with a family alone and with random others beside it. TIDEMARK_STREAMS overrides how many streams.
/// </summary>
public sealed class FamilyIndependenceTests
{
    private const int FamiliesBeside = 3;

    // More panes cost time and find nothing new.
    private const int MaxPanes = 3_000;

    private static readonly int Streams = int.Parse(Environment.GetEnvironmentVariable("TIDEMARK_STREAMS") ?? "200", CultureInfo.InvariantCulture);

    [Fact]
    public void Apply_OtherFamiliesBeside_ChangeNoContentOfAFamily()
    {
        int compared = 0;
        int late = 0;
        Parallel.For(0, Streams, seed =>
        {
            (OracleOptions options, List<(int Partition, byte[] Line)> records) = StreamGenerator.Next(seed);
            OracleOptions many = options with { Windows = Beside(options, new Random(seed)) };
            (SortedDictionary<string, string> together, int lateTogether) = Contents(many, records);
            foreach (OracleWindow family in options.Windows)
            {
                (SortedDictionary<string, string> alone, int lateAlone) = Contents(options with { Windows = [family] }, records);

                Assert.Equal(lateAlone, lateTogether);
                string[] ofFamily = [.. together.Where(window => window.Key.StartsWith(family.Name + " ", StringComparison.Ordinal))
                    .Select(window => $"{window.Key} {window.Value}")];
                RequireEqual([.. alone.Select(window => $"{window.Key} {window.Value}")], ofFamily, seed, family);
                Interlocked.Add(ref compared, ofFamily.Length);
                Interlocked.Add(ref late, lateAlone);
            }
        });

        Assert.True(compared > 2 * Streams, $"only {compared} windows in {Streams} streams: the streams test too little");
        Assert.True(late > Streams / 2, $"only {late} late events in {Streams} streams: the streams test too little");
    }

    /// <summary>Two days of silence are too many empty seconds to publish, and 47 empty hours.</summary>
    [Fact]
    public void Complete_GapOfOneFamily_LeavesTheEmptyWindowsOfAnother()
    {
        OracleWindow hour = new("1hour", 3_600_000);
        byte[][] events = [Event("2026-11-22T06:00:10Z"), Event("2026-11-24T06:00:10Z")];
        EngineHarness alone = new(OracleBridge.ToEngine(new OracleOptions([hour]) { EmitEmptyWindows = true, MaxOutOfOrdernessMs = 0 }));
        EngineHarness together =
            new(OracleBridge.ToEngine(new OracleOptions([new("1s", 1_000), hour]) { EmitEmptyWindows = true, MaxOutOfOrdernessMs = 0 }));

        foreach (EngineHarness harness in new[] { alone, together })
        {
            harness.Feed(0, events);
            harness.Engine.Complete();
        }

        Assert.Equal(2 + 47, alone.Results.Count);
        Assert.Equal(alone.Results.Select(Describe), together.Results.Where(result => result.Window == "1hour").Select(Describe));
        Assert.Equal(2, together.Results.Count(result => result.Window == "1s"));
        Assert.InRange(together.Engine.SkippedEmptyWindows, 172_000, 172_800);

        static byte[] Event(string time) => System.Text.Encoding.UTF8.GetBytes($$"""{"timestamp":"{{time}}","event_type":"click"}""");

        static string Describe(Core.Results.WindowResult result) =>
            string.Create(CultureInfo.InvariantCulture, $"{result.StartMs} {result.Phase} {OracleBridge.Content(result)}");
    }

    /// <summary>The families of the stream and some others, whose panes are smaller, larger or askew, in any order.</summary>
    private static List<OracleWindow> Beside(OracleOptions options, Random random)
    {
        OracleWindow[] others =
        [
            new("beside5s", 5_000), new("beside7s", 7_000), new("beside90s", 90_000),
            new("besideHour", 3_600_000), new("besideQuarter", 900_000, SlideMs: 300_000),
            new("besideDay", 86_400_000, StepMs: 3_600_000), new("besideAskew", 60_000, OffsetMs: 30_000),
            new("besideMinute", 60_000), new("besideTwo", 120_000, SlideMs: 20_000),
        ];
        for (int attempt = 0; attempt < 20; attempt++)
        {
            List<OracleWindow> all = [.. options.Windows, .. random.GetItems(others, random.Next(1, FamiliesBeside + 1)).Distinct()];
            random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(all));
            if (all.Max(window => window.SizeMs) / new OracleGrid(all).PaneMs <= MaxPanes
                && OracleBridge.ToEngine(options with { Windows = all }).Validate().Count == 0)
            {
                return all;
            }
        }

        // The windows of some streams go with few others: their panes are too many.
        return [.. options.Windows];
    }

    private static (SortedDictionary<string, string> Contents, int Late) Contents(OracleOptions options, List<(int Partition, byte[] Line)> records)
    {
        int partitions = records.Count == 0 ? 1 : records.Max(record => record.Partition) + 1;
        EngineHarness harness = new(OracleBridge.ToEngine(options), partitions, options.LatestMs);
        foreach ((int partition, byte[] line) in records)
        {
            harness.Feed(partition, line);
        }

        harness.Engine.Complete();
        SortedDictionary<string, string> contents = new(StringComparer.Ordinal);
        foreach (Core.Results.WindowResult result in harness.Last().Values)
        {
            contents.Add(string.Create(CultureInfo.InvariantCulture, $"{result.Window} {new Interval(result.StartMs, result.EndMs)}"),
                OracleBridge.Content(result));
        }

        return (contents, (int)harness.Engine.Partitions.Sum(partition => partition.Late));
    }

    private static void RequireEqual(string[] alone, string[] together, int seed, OracleWindow family)
    {
        for (int i = 0; i < Math.Max(alone.Length, together.Length); i++)
        {
            string wanted = i < alone.Length ? alone[i] : "(nothing)";
            string came = i < together.Length ? together[i] : "(nothing)";
            Assert.True(wanted == came, $"seed {seed}, {family}\nalone    {wanted}\ntogether {came}");
        }
    }
}

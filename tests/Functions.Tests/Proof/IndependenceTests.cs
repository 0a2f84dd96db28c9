using System.Globalization;
using System.Text;
using Tidemark.Support.Durable;
using Tidemark.Support.Oracle;

namespace Tidemark.Functions.Tests.Proof;

/// <summary>
/// Goal: the content of a window on Functions does not depend on which other families are configured. Method: the same log under faults,
/// with a family alone and with others beside it whose panes are smaller, larger or askew; many of its events are late.
/// </summary>
public sealed class IndependenceTests
{
    private const int Partitions = 3;
    private const int Events = 150;
    private const string Family = "5min";

    private static readonly DateTimeOffset Start = new(2026, 11, 22, 6, 0, 0, TimeSpan.Zero);
    private static readonly OracleWindow FiveMinutes = new(Family, 300_000);

    private static readonly OracleWindow[][] Beside =
    [
        [new("1min", 60_000)],
        [new("1hour", 3_600_000), new("20s", 20_000)],
        [new("90s", 90_000)],
        [new("askew", 300_000, OffsetMs: 30_000), new("10min", 600_000, StepMs: 120_000)],
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Close_OtherFamiliesBeside_ChangeNoContentOfAFamily(int seed)
    {
        List<(int Partition, byte[] Line)> records = Records(new Random(seed));
        (List<string> alone, long late) = Run(seed, [FiveMinutes], records, Faults.None);
        Assert.True(alone.Count >= 3 && late > 5, $"{alone.Count} windows, {late} late");

        foreach (OracleWindow[] others in Beside)
        {
            (List<string> together, long lateTogether) = Run(seed, [FiveMinutes, .. others], records, Faults.Many);

            Assert.Equal(alone, together);
            Assert.Equal(late, lateTogether);
        }
    }

    private static (List<string> Contents, long Late) Run(int seed, OracleWindow[] windows, List<(int Partition, byte[] Line)> records, Faults faults)
    {
        OracleOptions options = new(windows) { MaxOutOfOrdernessMs = 5_000, AllowedLatenessMs = 60_000 };
        Stream stream = new(options, Stream.ToEngine(options), records, Partitions);
        App app = new(seed, stream.Engine, Partitions, faults);
        Day.Feed(app, stream);
        Day.Finish(app, stream);
        Engine.RequireSame(app, Engine.Last(stream));
        List<string> contents =
        [
            .. app.Sinks.Last.Values.Where(result => result.Window == Family).OrderBy(result => result.StartMs)
                .Select(result => $"{result.StartMs.ToString(CultureInfo.InvariantCulture)} {ResultText.Content(result)}"),
        ];
        return (contents, Enumerable.Range(0, Partitions).Sum(partition => app.Cursor(partition).Late.Values.Sum()));
    }

    /// <summary>A quarter of an hour, partition by partition in order but for a few seconds, and one event in five up to five minutes back.</summary>
    private static List<(int Partition, byte[] Line)> Records(Random random)
    {
        List<(int, byte[])> records = [];
        for (int i = 0; i < Events; i++)
        {
            long nowMs = i * 15 * 60_000L / Events;
            long backMs = random.Next(5) == 0 ? random.Next(300_000) : random.Next(5_000);
            long timeMs = Start.ToUnixTimeMilliseconds() + nowMs - backMs;
            records.Add((random.Next(Partitions), Encoding.UTF8.GetBytes(string.Create(
                CultureInfo.InvariantCulture,
                $$"""{"timestamp":{{timeMs}},"event_type":"page_view","user_id":"u{{random.Next(9)}}","page_url":"/{{random.Next(4)}}"}"""))));
        }

        return records;
    }
}

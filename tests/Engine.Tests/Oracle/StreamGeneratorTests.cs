using System.Globalization;
using Tidemark.Support.Oracle;

namespace Tidemark.Engine.Tests.Oracle;

/// <summary>
/// That the random streams are worth running, and that the oracle agrees with itself on all of them. TIDEMARK_STREAMS overrides how many.
/// </summary>
public class StreamGeneratorTests
{
    private static readonly int Streams = int.Parse(Environment.GetEnvironmentVariable("TIDEMARK_STREAMS") ?? "600", CultureInfo.InvariantCulture);

    [Fact]
    public void Next_SameSeed_GivesTheSameStream()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var (options, records) = StreamGenerator.Next(seed);
            var (again, recordsAgain) = StreamGenerator.Next(seed);
            Assert.Equal(options.Windows, again.Windows);
            Assert.Equal(options, again with { Windows = options.Windows });
            Assert.Equal(records.Select(r => (r.Partition, Convert.ToHexString(r.Line))), recordsAgain.Select(
                r => (r.Partition, Convert.ToHexString(r.Line))));
        }
    }

    [Fact]
    public void Next_ManySeeds_CoversWhatMatters()
    {
        var shares = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var seed = 0; seed < Streams; seed++)
        {
            var (options, records) = StreamGenerator.Next(seed);
            Assert.DoesNotContain(records, r => r.Line.Contains((byte)'\n'));
            foreach (var trait in Traits(options, records).ToHashSet())
            {
                shares[trait] = shares.GetValueOrDefault(trait) + 1;
            }
        }

        // Per mille of the streams; about half of what there is, so that a change of the generator that loses something is seen.
        var least = new Dictionary<string, int>
        {
            ["counted"] = 490, ["late"] = 350, ["blank"] = 190, ["bad_timestamp"] = 70, ["malformed_json"] = 230,
            ["missing_timestamp"] = 110, ["missing_event_type"] = 90, ["not_an_object"] = 100, ["future_timestamp"] = 60, ["too_large"] = 5,
            ["tumbling"] = 370, ["sliding"] = 260, ["cumulative"] = 120, ["offset"] = 210, ["slide that does not divide"] = 110,
            ["several partitions"] = 140, ["before 1970"] = 170, ["across 1970"] = 50, ["shortened key"] = 150, ["invalid amount"] = 270,
            ["refund"] = 130, ["overflow"] = 20, ["estimated users"] = 90, ["full top pages"] = 140, ["empty windows"] = 20,
            ["correction of an empty window"] = 10, ["corrected"] = 170, ["corrected often"] = 90, ["closed in the stream"] = 270,
            ["published after its time"] = 180, ["final in the stream"] = 350, ["into a closed pane"] = 260,
            ["counted in the last millisecond"] = 180, ["late in the first millisecond"] = 170, ["watermark exactly at a pane's end"] = 280,
            ["at a pane's start"] = 370, ["at a pane's end"] = 330,
        };
        var seen = string.Join('\n', shares.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Key} {s.Value * 1000 / Streams}")));
        Assert.All(least, l => Assert.True(shares.GetValueOrDefault(l.Key) * 1000 / Streams >= l.Value, $"{l.Key} is rare:\n{seen}"));
    }

    private static IEnumerable<string> Traits(OracleOptions options, List<(int Partition, byte[] Line)> records)
    {
        var oracle = new NaiveOracle(options, records);
        var finals = oracle.FinalContents();
        var counted = oracle.Outcomes.Where(o => o.Result == OracleOutcome.Counted).Select(o => o.Event!).ToList();
        Assert.Equal(oracle.RecordsRead, oracle.Results().Values.Sum());
        foreach (var result in oracle.Outcomes)
        {
            yield return result.Result;
        }

        foreach (var window in options.Windows)
        {
            yield return window.StepMs is not null ? "cumulative" : window.SlideMs is not null ? "sliding" : "tumbling";
            yield return window.OffsetMs != 0 ? "offset" : "no offset";
            yield return window.SizeMs % (window.SlideMs ?? window.SizeMs) != 0 ? "slide that does not divide" : "slide that divides";
        }

        var partitions = records.Select(r => r.Partition).Distinct().Count();
        yield return partitions > 1 ? "several partitions" : "one partition";
        yield return counted.Any(e => e.Time < 0) ? "before 1970" : "after 1970";
        yield return counted.Any(e => e.Time < 0) && counted.Any(e => e.Time >= 0) ? "across 1970" : "not across 1970";
        yield return counted.Any(e => e.Page?.Length > 128 && e.Page.Contains('#', StringComparison.Ordinal)) ? "shortened key" : "short keys";
        yield return counted.Any(e => e.InvalidAmount) ? "invalid amount" : "no invalid amount";
        yield return counted.Any(e => e.Amount < 0) ? "refund" : "no refund";
        yield return finals.Any(f => !f.Content.UniqueUsersExact) ? "estimated users" : "exact users";
        yield return finals.Any(f => f.Content.RevenueOverflow) ? "overflow" : "no overflow";
        yield return finals.Any(f => f.Content.TopPages.Count == options.TopPages) ? "full top pages" : "few top pages";
        yield return finals.Any(f => f.Content.TotalEvents == 0) ? "empty windows" : "no empty windows";
        foreach (var edge in Edges(options, oracle))
        {
            yield return edge;
        }

        if (partitions > 1)
        {
            yield break;
        }

        var publications = oracle.Publications();
        yield return publications.Any(p => p.Phase == OraclePublication.Corrected) ? "corrected" : "never corrected";
        yield return publications.Any(p => p.Phase == OraclePublication.Corrected && p.Revision > 3) ? "corrected often" : "corrected rarely";
        yield return publications.Any(p => p.Watermark is not null) ? "closed in the stream" : "closed at the end";
        yield return publications.Any(p => p.Revision == 1 && p.Phase == OraclePublication.Corrected)
            ? "correction of an empty window"
            : "no correction of an empty window";
        yield return publications.Any(p => p.Watermark - p.End > oracle.PaneMs * 2 && p.Phase == OraclePublication.OnTime)
            ? "published after its time"
            : "published in time";
    }

    /// <summary>Times that hit a rule to the millisecond.</summary>
    private static IEnumerable<string> Edges(OracleOptions options, NaiveOracle oracle)
    {
        var grid = new OracleGrid(options.Windows);
        var watermarks = new Dictionary<int, long>();
        foreach (var read in oracle.Outcomes.Where(o => o.Event is not null).Select(o => o.Event!))
        {
            var end = grid.PaneEnd(read.Time);
            if (watermarks.TryGetValue(read.Partition, out var watermark))
            {
                yield return (watermark - (end - 1 + options.AllowedLatenessMs)) switch
                {
                    -1 => "counted in the last millisecond",
                    0 => "late in the first millisecond",
                    > 0 => "late for long",
                    _ when watermark >= end - 1 => "into a closed pane",
                    _ => "into an open pane",
                };
            }

            yield return read.Time == end - oracle.PaneMs ? "at a pane's start" : read.Time == end - 1 ? "at a pane's end" : "inside a pane";
            watermark = Math.Max(watermarks.GetValueOrDefault(read.Partition, long.MinValue), read.Time - options.MaxOutOfOrdernessMs - 1);
            watermarks[read.Partition] = watermark;
            if (grid.PaneStart(watermark + 1) == watermark + 1)
            {
                yield return "watermark exactly at a pane's end";
            }
        }

        var finals = oracle.FinalContents();
        yield return watermarks.Count > 0 && finals.Any(f => watermarks.Values.Min() >= f.End - 1 + options.AllowedLatenessMs)
            ? "final in the stream"
            : "never final";
    }

    [Fact]
    public void LineGenerator_EventsAndGarbage_ReadAsWhatTheyAreMeantToBe()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var lines = new LineGenerator(random);
            for (var i = 0; i < 30; i++)
            {
                // Anywhere in the calendar, seconds before midnight more often: there the leap second is.
                var time = random.NextInt64(-62_104_060_800_000, 253_370_764_800_000);
                time = i % 3 == 0 ? (time / 86_400_000 * 86_400_000) - random.Next(1_500) : time;
                Assert.Equal((time, null), Read(lines.Event(time)));
                Assert.NotNull(Read(lines.Garbage(time)).Reason);
                Assert.True(OracleReader.IsBlank(lines.Blank()));
            }
        }

        static (long? Time, string? Reason) Read(byte[] line)
        {
            Assert.False(OracleReader.IsBlank(line));
            var (read, reason) = OracleReader.Read(0, 0, line, long.MaxValue);
            return (read?.Time, reason);
        }
    }

    [Fact]
    public void Publications_ManySeeds_EqualTheClosedForm()
    {
        for (var seed = 0; seed < Streams; seed++)
        {
            var (options, records) = StreamGenerator.Next(seed);
            if (records.Select(r => r.Partition).Distinct().Count() > 1)
            {
                continue;
            }

            var oracle = new NaiveOracle(options, records);
            var publications = oracle.Publications();
            if (!options.EmitEmptyWindows)
            {
                var expected = ClosedForm(options, oracle);
                var actual = publications.Select(p => (p.Window, p.Start, p.End, p.Phase, p.Revision, p.Watermark, p.Content.TotalEvents)).ToList();
                Assert.True(expected.SequenceEqual(actual), $"seed {seed}");
            }

            // The last word on each window is its final content.
            var last = publications.GroupBy(p => (p.Window, p.Start, p.End)).ToDictionary(g => g.Key, g => g.Last().Content.ToText());
            var finals = oracle.FinalContents().ToDictionary(f => (f.Window, f.Start, f.End), f => f.Content.ToText());
            Assert.Equal(finals.OrderBy(f => f.Key), last.OrderBy(f => f.Key));
        }
    }

    /// <summary>
    /// The same rules without any state. An event is published at the first tick after it that has passed its pane; a window
    /// at every tick at which one of its events is, but not before the first tick that has passed the window; its revision
    /// is the number of different (pane, tick) pairs of its events so far.
    /// </summary>
    private static List<(string Window, long Start, long End, string Phase, long Revision, long? Watermark, long TotalEvents)> ClosedForm(
        OracleOptions options, NaiveOracle oracle)
    {
        var grid = new OracleGrid(options.Windows);
        var ticks = Ticks(options, oracle);
        var published = oracle.Outcomes
            .Where(o => o.Result == OracleOutcome.Counted)
            .Select(o => (o.Event!.Time, Tick: ticks.FindIndex(t => t.Index >= o.Index && t.Watermark >= grid.PaneEnd(o.Event!.Time) - 1)))
            .ToList();
        return published
            .SelectMany(e => grid.WindowsOf(e.Time).Select(w => (Window: w, Event: e)))
            .GroupBy(pair => pair.Window, pair => pair.Event)
            .SelectMany(window =>
            {
                var due = ticks.FindIndex(t => t.Watermark >= window.Key.End - 1);
                return window.Select(e => Math.Max(e.Tick, due)).Distinct().Order().Select((tick, i) => (
                    Tick: tick,
                    Window: window.Key,
                    Phase: i == 0 ? "on_time" : "corrected",
                    Revision: (long)window.Where(e => e.Tick <= tick).Select(e => (grid.PaneStart(e.Time), e.Tick)).Distinct().Count(),
                    Total: (long)window.Count(e => e.Tick <= tick)));
            })
            .OrderBy(p => p.Tick).ThenBy(p => p.Window.End).ThenBy(p => p.Window.Order)
            .Select(p => (options.Windows[p.Window.Order].Name, p.Window.Start, p.Window.End, p.Phase,
                p.Revision, p.Tick == ticks.Count - 1 ? null : (long?)ticks[p.Tick].Watermark, p.Total))
            .ToList();
    }

    /// <summary>After which records something is published, and the watermark then; last, the end of the source.</summary>
    private static List<(int Index, long Watermark)> Ticks(OracleOptions options, NaiveOracle oracle)
    {
        var events = oracle.Outcomes.Where(o => o.Event is not null).Select(o => (o.Index, o.Event!.Time)).ToList();
        var origin = options.Windows[0].OffsetMs;
        return events
            .Select((e, i) => (e.Index, Watermark: events.Take(i + 1).Max(x => x.Time) - options.MaxOutOfOrdernessMs - 1))
            .GroupBy(t => Math.Floor((decimal)(t.Watermark + 1 - origin) / oracle.PaneMs))
            .Select(samePane => samePane.First())
            .Append((int.MaxValue, long.MaxValue))
            .ToList();
    }
}

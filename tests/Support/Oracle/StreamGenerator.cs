using System.Globalization;

namespace Tidemark.Support.Oracle;

/// <summary>
/// Random options and a random stream for them, the same for the same seed. The pace follows the windows, so that
/// within a short stream windows close, are corrected and become final.
/// </summary>
public sealed class StreamGenerator
{
    private const long HourMs = 3_600_000;

    // More panes than these are not kept.
    private const long MaxPanesOfLateness = 100_000;

    /// <summary>Where streams begin or, half of the time, what they cross.</summary>
    private static readonly string[] Moments =
    [
        "2026-11-22T06:00:00Z", "2026-11-22T06:17:23.456Z", "1970-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z", "1969-12-31T23:00:00Z", "1969-07-20T20:17:40Z", "2024-02-29T00:00:00Z",
        "2024-03-01T00:00:00Z", "2023-12-31T23:59:59.999Z", "2024-01-01T00:00:00Z",
        "2016-12-31T23:59:59Z", "2000-02-29T12:00:00Z", "1900-02-28T23:59:59Z", "2026-05-01T00:00:00Z",
        "0002-01-01T00:00:00Z", "9998-12-31T23:59:59.999Z",
    ];

    private static readonly long Earliest = Milliseconds("0002-01-01T00:00:00Z");
    private static readonly long Latest = Milliseconds("9998-12-31T23:59:59.999Z");

    private readonly Random random;
    private readonly OracleOptions options;
    private readonly OracleGrid grid;
    private readonly LineGenerator lines;
    private readonly int count;
    private readonly long pace;
    private readonly int calm; // 0: in order and nothing bad; 1: half as wild as the rest
    private readonly Partition[] partitions;

    private StreamGenerator(int seed)
    {
        random = new Random(seed);
        var windows = WindowGenerator.Next(random);
        grid = new OracleGrid(windows);
        lines = new LineGenerator(random);
        var empties = random.Next(8) == 0;
        count = random.Next(20) switch
        {
            0 => random.Next(4),
            < 14 => random.Next(4, 50),
            < 18 => random.Next(50, 120),
            _ => empties ? random.Next(50) : random.Next(120, 401),
        };

        // What the stream is about to cross some ends of: with empty windows to come, the shortest, else any.
        var target = empties
            ? windows.Min(w => w.SlideMs ?? w.StepMs ?? w.SizeMs)
            : random.Next(3) == 0 ? grid.PaneMs : windows[random.Next(windows.Count)].SizeMs;
        var span = target * random.Next(2, 12);
        pace = Math.Max(1, span / Math.Max(1, count));
        calm = random.Next(8);
        var begin = Begin(span);
        options = new OracleOptions(windows)
        {
            MaxOutOfOrdernessMs = Math.Min(Some(target), MaxPanesOfLateness * grid.PaneMs),
            AllowedLatenessMs = Math.Min(random.Next(3) == 0 ? target * random.Next(1, 4) : Some(target), MaxPanesOfLateness * grid.PaneMs),
            ExactUsersLimit = random.Next(4) == 0 ? random.Next(0, 6) : 1_000_000,
            TopPages = random.Next(3) == 0 ? random.Next(1, 4) : 10,
            EmitEmptyWindows = empties,

            // One stream in five runs into its future, the others never reach it.
            ArrivalMs = begin + (random.Next(5) == 0 ? random.NextInt64(span + 1) : 100_000 * HourMs),
            MaxFutureSkewMs = random.Next(3) switch { 0 => 0, 1 => grid.PaneMs, _ => 300_000 },
        };
        partitions = new Partition[random.Next(10) < 7 ? 1 : random.Next(2, 5)];
        for (var p = 0; p < partitions.Length; p++)
        {
            // Partitions lag behind each other: lateness must be judged for each by itself.
            partitions[p] = new Partition { Now = begin - (p == 0 ? 0 : random.NextInt64(span + 1)) };
        }
    }

    public static (OracleOptions Options, List<(int Partition, byte[] Line)> Records) Next(int seed)
    {
        var generator = new StreamGenerator(seed);
        return (generator.options, generator.Records());
    }

    private List<(int Partition, byte[] Line)> Records()
    {
        var records = new List<(int Partition, byte[] Line)>();
        while (records.Count < count)
        {
            var p = random.Next(partitions.Length);
            var kind = random.Next(calm == 0 ? 2_000 : 200);
            if (kind == 0 && random.Next(10) == 0)
            {
                records.Add((p, lines.Huge(Clamp(partitions[p].Now))));
            }
            else if (kind < 8)
            {
                records.Add((p, lines.Garbage(Clamp(partitions[p].Now))));
            }
            else if (kind < 11)
            {
                records.Add((p, lines.Blank()));
            }
            else if (kind < 18 && records.Count > 0)
            {
                // A duplicate is an event of its own; it stays in its partition or turns up in another.
                var (partition, line) = records[random.Next(records.Count)];
                records.Add((random.Next(3) == 0 ? p : partition, line));
            }
            else
            {
                records.Add((p, lines.Event(NextTime(partitions[p]))));
            }
        }

        return records;
    }

    private long NextTime(Partition partition)
    {
        if (partition.Planned.TryDequeue(out var planned))
        {
            return planned;
        }

        var time = Clamp(ChooseTime(partition));
        if (time <= options.LatestMs)
        {
            partition.Now = Math.Max(partition.Now, time);
        }

        return time;
    }

    private long ChooseTime(Partition partition)
    {
        var now = partition.Now;
        var disorder = options.MaxOutOfOrdernessMs;
        var lateness = options.AllowedLatenessMs;
        var pane = grid.PaneMs;
        switch (calm == 0 ? 0 : random.Next(calm == 1 ? 40 : 20))
        {
            case 0 or 1:
                return now - random.NextInt64(disorder + 1);
            case 2 or 3:
                return now - disorder - random.NextInt64(lateness + pane + 1); // A correction, if a pane has closed.
            case 4:
                return now - disorder - lateness - pane - random.NextInt64((3 * pane) + 1);
            case 5:
                return Boundary(now);
            case 6:
                // Moves the watermark to a pane's end, one before it, or one after it.
                return grid.PaneEnd(now) + (pane * random.Next(3)) + disorder + random.Next(-1, 2);
            case 7:
                return LatenessEdge(partition);
            case 8 when random.Next(8) == 0:
                return now + Gap();
            case 9 when options.LatestMs < now + (20 * pace):
                return options.LatestMs + random.Next(-1, 3);
            default:
                return now + random.NextInt64((2 * pace) + 1);
        }
    }

    /// <summary>The start or the end of a window, or a millisecond before.</summary>
    private long Boundary(long now)
    {
        var windows = grid.WindowsOf(now).ToList();
        var window = windows[random.Next(windows.Count)];
        return (random.Next(2) == 0 ? window.Start : window.End) - random.Next(2);
    }

    /// <summary>Moves the watermark to where a pane's lateness ends, one before or one after, and then tries the pane.</summary>
    private long LatenessEdge(Partition partition)
    {
        var end = grid.PaneEnd(partition.Now - options.AllowedLatenessMs - options.MaxOutOfOrdernessMs);
        partition.Planned.Enqueue(Clamp(end - 1));
        partition.Planned.Enqueue(Clamp(end - grid.PaneMs));
        partition.Planned.Enqueue(Clamp(end));
        return end + options.AllowedLatenessMs + options.MaxOutOfOrdernessMs + random.Next(-1, 2);
    }

    private long Gap() => options.EmitEmptyWindows
        ? pace * random.Next(1, 100)
        : random.Next(3) switch { 0 => HourMs * random.Next(1, 30), 1 => 24 * HourMs * random.Next(1, 40), _ => pace * random.Next(10, 200) };

    /// <summary>A disorder or a lateness: nothing, next to nothing, or of the size of panes or of windows.</summary>
    private long Some(long target) => random.Next(8) switch
    {
        0 => 0,
        1 => 1,
        2 => grid.PaneMs / 2,
        3 => grid.PaneMs,
        4 => grid.PaneMs * 3,
        5 => target / 4,
        6 => target,
        _ => random.NextInt64(2 * target),
    };

    private long Begin(long span)
    {
        // The ends of the calendar are rare: most times there are refused.
        var moment = Milliseconds(Moments[random.Next(random.Next(4) == 0 ? Moments.Length : Moments.Length - 2)]);
        return random.Next(2) == 0 ? moment : moment - random.NextInt64(span + 1);
    }

    private static long Clamp(long time) => Math.Clamp(time, Earliest, Latest);

    private static long Milliseconds(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();

    private sealed class Partition
    {
        public long Now { get; set; }

        public Queue<long> Planned { get; } = new();
    }
}

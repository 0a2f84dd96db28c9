namespace Tidemark.Support.Oracle;

/// <summary>Random sets of windows: of one pane or many, with odd slides and offsets, from a millisecond to a day.</summary>
public static class WindowGenerator
{
    private const long DayMs = 86_400_000;

    // A pane far smaller than a window costs the engine a long merge and finds nothing new.
    private const long MaxPanesPerWindow = 86_400;

    private static readonly long[] Units =
        [1, 7, 10, 100, 250, 1_000, 10_000, 30_000, 60_000, 60_000, 300_000, 900_000, 3_600_000, 21_600_000, DayMs];
    private static readonly int[] Multiples = [1, 1, 2, 3, 4, 5, 6, 10, 12, 24, 60];

    public static List<OracleWindow> Next(Random random)
    {
        if (random.Next(10) == 0)
        {
            return [new OracleWindow("1min", 60_000), new OracleWindow("5min", 300_000, SlideMs: 60_000), new OracleWindow("1hour", 3_600_000)];
        }

        while (true)
        {
            var unit = Units[random.Next(Units.Length)];
            var windows = new List<OracleWindow>();
            var count = 1 + random.Next(3);
            for (var i = 0; i < count; i++)
            {
                windows.Add(One(random, i, unit));
            }

            var pane = new OracleGrid(windows).PaneMs;
            if (windows.All(w => w.SizeMs <= DayMs && w.SizeMs / pane <= MaxPanesPerWindow))
            {
                return windows;
            }
        }
    }

    private static OracleWindow One(Random random, int index, long unit)
    {
        var multiple = Multiples[random.Next(Multiples.Length)];
        var size = random.Next(12) == 0 ? DayMs : unit * multiple;
        switch (random.Next(5))
        {
            case 0 or 1 when multiple > 1 && size != DayMs:
                // Any slide up to the size, so also ones that do not divide it; not so small that an event is in dozens of windows.
                var slide = unit * random.Next(Math.Max(1, multiple / 6), multiple + 1);
                return new OracleWindow($"w{index}s{size}x{slide}", size, SlideMs: slide, OffsetMs: Offset(random, unit, slide));
            case 2 when multiple > 1:
                var steps = new[] { 2, 3, 4, 5, 6, 10, 12 }.Where(n => size % n == 0).ToArray();
                var step = steps.Length == 0 ? size : size / steps[random.Next(steps.Length)];
                return new OracleWindow($"w{index}c{size}x{step}", size, StepMs: step, OffsetMs: Offset(random, unit, size));
            default:
                return new OracleWindow($"w{index}t{size}", size, OffsetMs: Offset(random, unit, size));
        }
    }

    /// <summary>Mostly none; else whole units or, rarely, anything, below the period.</summary>
    private static long Offset(Random random, long unit, long period) => random.Next(10) switch
    {
        < 6 => 0,
        < 8 => random.NextInt64(Math.Max(1, period / unit)) * unit % period,
        8 => period / 2,
        _ => unit >= 1000 ? random.NextInt64(period / 1000) * 1000 % period : random.NextInt64(period),
    };
}

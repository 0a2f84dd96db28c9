namespace Tidemark.Support.Oracle;

/// <summary>One interval of one configured window; <see cref="Order"/> is the window's place in the configuration.</summary>
public readonly record struct OracleInterval(int Order, long Start, long End);

/// <summary>Which panes and windows there are.</summary>
public sealed class OracleGrid
{
    private const long MinuteMs = 60_000;

    private readonly IReadOnlyList<OracleWindow> windows;

    public OracleGrid(IReadOnlyList<OracleWindow> windows)
    {
        this.windows = windows;
        foreach (var window in windows)
        {
            Check(window);
            PaneMs = Gcd(PaneMs, window.SizeMs);
            PaneMs = Gcd(PaneMs, window.SlideMs ?? 0);
            PaneMs = Gcd(PaneMs, window.StepMs ?? 0);
            PaneMs = Gcd(PaneMs, Math.Abs(window.OffsetMs - windows[0].OffsetMs));
        }

        if (windows.Count > 0 && (PaneMs % MinuteMs > 0 || windows[0].OffsetMs % MinuteMs > 0))
        {
            PaneMs = Gcd(Gcd(PaneMs, windows[0].OffsetMs), MinuteMs);
        }
    }

    /// <summary>
    /// The greatest common divisor of all sizes, slides, steps and differences of offsets; if that does not make whole minutes of the
    /// clock, of the first offset and a minute too, so that no pane reaches from one minute into another.
    /// </summary>
    public long PaneMs { get; }

    /// <summary>The start of the UTC minute of a time: what lateness goes by.</summary>
    public static long MinuteStart(long time) => AlignDown(time, MinuteMs, 0);

    /// <summary>The end of the UTC minute of a time.</summary>
    public static long MinuteEnd(long time) => MinuteStart(time) + MinuteMs;

    /// <summary>The greatest start of a pane that is not after the time.</summary>
    public long PaneStart(long time) => AlignDown(time, PaneMs, windows[0].OffsetMs);

    public long PaneEnd(long time) => PaneStart(time) + PaneMs;

    /// <summary>Every window that contains the time.</summary>
    public IEnumerable<OracleInterval> WindowsOf(long time)
    {
        for (var order = 0; order < windows.Count; order++)
        {
            var window = windows[order];
            if (window.StepMs is { } step)
            {
                var start = AlignDown(time, window.SizeMs, window.OffsetMs);
                for (var end = start + step; end <= start + window.SizeMs; end += step)
                {
                    if (time < end)
                    {
                        yield return new OracleInterval(order, start, end);
                    }
                }
            }
            else
            {
                var slide = window.SlideMs ?? window.SizeMs;
                for (var start = AlignDown(time, slide, window.OffsetMs); time < start + window.SizeMs; start -= slide)
                {
                    yield return new OracleInterval(order, start, start + window.SizeMs);
                }
            }
        }
    }

    /// <summary>Every window that starts after the first time and ends at or before the last one.</summary>
    public IEnumerable<OracleInterval> WindowsBetween(long first, long last)
    {
        for (var order = 0; order < windows.Count; order++)
        {
            var window = windows[order];
            var period = window.StepMs is null ? window.SlideMs ?? window.SizeMs : window.SizeMs;
            var shortest = window.StepMs ?? window.SizeMs;
            for (var start = AlignDown(first, period, window.OffsetMs) + period; start + shortest <= last; start += period)
            {
                for (var end = start + shortest; end <= start + window.SizeMs && end <= last; end += shortest)
                {
                    yield return new OracleInterval(order, start, end);
                }
            }
        }
    }

    /// <summary>The greatest multiple of the period, plus the offset, that is not after the time: downwards before 1970 too.</summary>
    private static long AlignDown(long time, long period, long offset)
    {
        var distance = (time - offset) % period;
        return time - (distance < 0 ? distance + period : distance);
    }

    private static long Gcd(long a, long b) => b == 0 ? a : Gcd(b, a % b);

    private static void Check(OracleWindow window)
    {
        if (window.SizeMs <= 0 || window.SlideMs is <= 0 || window.StepMs is <= 0 || (window.SlideMs is not null && window.StepMs is not null))
        {
            throw new ArgumentException($"{window} is no window.");
        }

        if (window.SlideMs > window.SizeMs)
        {
            throw new ArgumentException($"{window} leaves times between its windows.");
        }

        if (window.StepMs is { } step && window.SizeMs % step != 0)
        {
            throw new ArgumentException($"{window} does not end with a whole step.");
        }
    }
}

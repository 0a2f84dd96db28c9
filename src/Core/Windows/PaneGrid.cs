namespace Tidemark.Core.Windows;

/// <summary>
/// The grid of panes: equal slices of event time, of which every window contains a whole number. An event is added to exactly one pane, and
/// a longer window is made by merging panes (Li et al., "No Pane, No Gain", SIGMOD Record 2005). Since lateness is decided by the minute, a
/// pane crosses a minute's boundary only if it consists of whole minutes.
/// </summary>
/// <param name="SizeMs">Length of a pane in milliseconds, at least 1.</param>
/// <param name="OffsetMs">The start of the first pane at or after the epoch, 0 to <paramref name="SizeMs"/> - 1.</param>
public readonly record struct PaneGrid(long SizeMs, long OffsetMs)
{
    /// <summary>
    /// The coarsest grid that fits all windows: the greatest common divisor of their sizes, slides, steps and differences of offsets; if
    /// that is not whole minutes, also of the first offset and one minute.
    /// </summary>
    /// <exception cref="ArgumentException"><paramref name="windows"/> is empty.</exception>
    public static PaneGrid For(IReadOnlyList<WindowDefinition> windows)
    {
        ArgumentNullException.ThrowIfNull(windows);
        if (windows.Count == 0)
        {
            throw new ArgumentException("expected at least one window", nameof(windows));
        }

        long size = 0;
        foreach (WindowDefinition window in windows)
        {
            size = GreatestCommonDivisor(size, window.SizeMs);
            size = GreatestCommonDivisor(size, window.Kind.HopMs);
            size = GreatestCommonDivisor(size, Math.Abs(window.OffsetMs - windows[0].OffsetMs));
        }

        long offset = windows[0].OffsetMs;
        if (size % EventTime.MinuteMs != 0 || offset % EventTime.MinuteMs != 0)
        {
            size = GreatestCommonDivisor(GreatestCommonDivisor(size, offset), EventTime.MinuteMs);
        }

        return new PaneGrid(size, offset % size);
    }

    /// <summary>The pane that contains a time. Times before the epoch align downwards too.</summary>
    public Interval PaneAt(long timeMs)
    {
        long start = EventTime.Floor(timeMs, SizeMs, OffsetMs);
        return new Interval(start, start + SizeMs);
    }

    private static long GreatestCommonDivisor(long a, long b)
    {
        while (b != 0)
        {
            (a, b) = (b, a % b);
        }

        return a;
    }
}

namespace Tidemark.Core.Windows;

/// <summary>
/// Decides which windows without events are published, if enabled: those between the first and the last event, unless there are too many in
/// a row.
/// </summary>
public static class EmptyWindows
{
    /// <summary>
    /// The maximum number published in a row. More are taken for a gap in the data or a wrong clock rather than silence, and none is
    /// published.
    /// </summary>
    public const int MaxInARow = 100_000;

    /// <summary>The latest end of a window without events that is published: it is due, and lies before the last event.</summary>
    /// <param name="dueUntilMs">Windows that end at or before this time are due, epoch milliseconds.</param>
    /// <param name="lastPaneMs">The start of the last pane that holds events, epoch milliseconds.</param>
    public static long UntilMs(long dueUntilMs, long lastPaneMs) => Math.Min(dueUntilMs, lastPaneMs);

    /// <summary>The number of windows of a family that end in a range without events. Each family is counted separately.</summary>
    /// <param name="family">The family.</param>
    /// <param name="fromMs">The start of the range.</param>
    /// <param name="untilMs">The end of the range; the result is 0 unless it is after the start.</param>
    public static long CountIn(WindowDefinition family, long fromMs, long untilMs)
    {
        ArgumentNullException.ThrowIfNull(family);
        return Math.Max(0, untilMs - fromMs) / family.Kind.HopMs;
    }

    /// <summary>Whether this many windows in a row are a gap, of which none is published.</summary>
    /// <param name="count">The number of windows of one family.</param>
    public static bool IsGap(long count) => count > MaxInARow;
}

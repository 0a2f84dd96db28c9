namespace Tidemark.Core.Windows;

/// <summary>
/// Which windows without events are published, when those are wanted: those between the first and the last event, unless there are too many in a row.
/// </summary>
public static class EmptyWindows
{
    /// <summary>Most that are published in a row. More of them are a gap in the data, or a clock that stood wrong, and not silence: none of them is published.</summary>
    public const int MaxInARow = 100_000;

    /// <summary>The last end that a window without events may have: what lies between events, and is due.</summary>
    /// <param name="dueUntilMs">What ends at or before this time is due.</param>
    /// <param name="lastPaneMs">Start of the last pane that holds events.</param>
    public static long UntilMs(long dueUntilMs, long lastPaneMs) => Math.Min(dueUntilMs, lastPaneMs);

    /// <summary>How many windows of a family end in a stretch without events. Each family is counted alone, so that none depends on another.</summary>
    /// <param name="family">The family.</param>
    /// <param name="fromMs">Start of the stretch.</param>
    /// <param name="untilMs">Its end; there are none when it is not after the start.</param>
    public static long CountIn(WindowDefinition family, long fromMs, long untilMs)
    {
        ArgumentNullException.ThrowIfNull(family);
        return Math.Max(0, untilMs - fromMs) / family.Kind.HopMs;
    }

    /// <summary>Whether so many are a gap, of which none is published.</summary>
    /// <param name="count">How many there are of one family.</param>
    public static bool IsGap(long count) => count > MaxInARow;
}

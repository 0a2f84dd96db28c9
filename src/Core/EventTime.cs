namespace Tidemark.Core;

/// <summary>Event times are epoch milliseconds, UTC, in a <see cref="long"/>.</summary>
public static class EventTime
{
    /// <summary>No time: nothing seen, or nothing decided yet. Less than every valid time.</summary>
    public const long None = long.MinValue;

    /// <summary>One minute in milliseconds, the unit in which lateness is decided.</summary>
    public const long MinuteMs = 60_000;

    /// <summary>The start of the period that contains a time. Times before the epoch align downwards too.</summary>
    /// <param name="timeMs">The time, epoch milliseconds.</param>
    /// <param name="periodMs">The length of a period in milliseconds, at least 1.</param>
    /// <param name="offsetMs">The start of any one period, epoch milliseconds.</param>
    public static long Floor(long timeMs, long periodMs, long offsetMs = 0)
    {
        long remainder = (timeMs - offsetMs) % periodMs;
        return timeMs - (remainder < 0 ? remainder + periodMs : remainder);
    }
}

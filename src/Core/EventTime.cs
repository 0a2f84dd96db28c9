namespace Tidemark.Core;

/// <summary>Event times are epoch milliseconds, UTC, in a <see cref="long"/>.</summary>
public static class EventTime
{
    /// <summary>No time: nothing was seen, or nothing was decided yet. It is before every time there is.</summary>
    public const long None = long.MinValue;

    /// <summary>A minute in milliseconds: lateness goes by it.</summary>
    public const long MinuteMs = 60_000;

    /// <summary>The start of the period that contains a time. Times before the epoch align downwards too.</summary>
    /// <param name="timeMs">The time.</param>
    /// <param name="periodMs">Length of a period in milliseconds, at least 1.</param>
    /// <param name="offsetMs">Start of one of the periods.</param>
    public static long Floor(long timeMs, long periodMs, long offsetMs = 0)
    {
        long remainder = (timeMs - offsetMs) % periodMs;
        return timeMs - (remainder < 0 ? remainder + periodMs : remainder);
    }
}

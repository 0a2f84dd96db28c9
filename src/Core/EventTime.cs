namespace Tidemark.Core;

/// <summary>Event times are epoch milliseconds, UTC, in a <see cref="long"/>.</summary>
public static class EventTime
{
    /// <summary>No time: nothing was seen, or nothing was decided yet. It is before every time there is.</summary>
    public const long None = long.MinValue;
}

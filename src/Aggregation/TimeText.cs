using System.Globalization;

namespace Tidemark.Aggregation;

/// <summary>Event times as people and JSON read them.</summary>
public static class TimeText
{
    /// <summary><c>2026-11-22T06:00:00Z</c>, with three fraction digits when there are milliseconds.</summary>
    /// <param name="epochMs">UTC epoch milliseconds, in the years 1 to 9999.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is in no such year.</exception>
    public static string Format(long epochMs)
    {
        DateTimeOffset time = DateTimeOffset.FromUnixTimeMilliseconds(epochMs);
        string format = time.Millisecond == 0 ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
        return time.ToString(format, CultureInfo.InvariantCulture);
    }
}

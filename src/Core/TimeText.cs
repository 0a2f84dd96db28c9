using System.Globalization;

namespace Tidemark.Core;

/// <summary>Formats and parses event times.</summary>
public static class TimeText
{
    /// <summary>Formats a time as <c>2026-11-22T06:00:00Z</c>, with three fraction digits unless the milliseconds are zero.</summary>
    /// <param name="epochMs">UTC epoch milliseconds, in the years 1 to 9999.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is outside these years.</exception>
    public static string Format(long epochMs)
    {
        DateTimeOffset time = DateTimeOffset.FromUnixTimeMilliseconds(epochMs);
        string format = time.Millisecond == 0 ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
        return time.ToString(format, CultureInfo.InvariantCulture);
    }

    /// <summary>Parses an RFC 3339 time; a time without an offset is UTC.</summary>
    public static bool TryParse(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);

    private static readonly string[] Formats =
        ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd' 'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd' 'HH:mmK", "yyyy-MM-dd"];
}

namespace Tidemark.Core.Parsing;

/// <summary>
/// Reads timestamps of ISO 8601 that say unambiguously when they are: those of RFC 3339, and those with an offset without a colon or without
/// minutes, a comma before the fraction, no seconds, <c>UTC</c> or <c>GMT</c>, or a space before the offset.
/// </summary>
internal static class Iso8601
{
    /// <summary>0002-01-01T00:00:00Z</summary>
    public const long MinMs = -62_104_060_800_000;

    /// <summary>9998-12-31T23:59:59.999Z</summary>
    public const long MaxMs = 253_370_764_799_999;

    public const long DayMs = 86_400_000;

    /// <summary>The length of a date and a time to the minute in bytes, the shortest form.</summary>
    public const int Shortest = 16;

    private const int DateLength = 10;

    /// <summary>Reads <c>YYYY-MM-DDThh:mm[:ss[.fraction]][offset]</c>.</summary>
    /// <param name="text">The text, all of it.</param>
    /// <param name="zone">The zone of a time without an offset; null rejects it.</param>
    /// <param name="ms">Epoch milliseconds.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, TimeZoneInfo? zone, out long ms)
    {
        ms = 0;
        return text.Length >= Shortest && TryParseDate(text, out long days) && TryParseTime(text, days, zone, out ms);
    }

    /// <summary>The same for a text of at least <see cref="Shortest"/> bytes whose date is already read.</summary>
    public static bool TryParseTime(ReadOnlySpan<byte> text, long days, TimeZoneInfo? zone, out long ms)
    {
        ms = 0;
        if (text[DateLength] is not ((byte)'T' or (byte)'t' or (byte)' ')
            || text[13] != ':' || !Two(text, 11, 23, out int hour) || !Two(text, 14, 59, out int minute))
        {
            return false;
        }

        int at = Shortest;
        if (!TryParseSeconds(text, ref at, out int second, out int fraction))
        {
            return false;
        }

        long localMinute = (days * 1440) + (hour * 60) + minute;
        return TryParseOffset(text[at..], localMinute, zone, out int offset) && TryCombine(localMinute - offset, second, fraction, out ms);
    }

    /// <summary>A time from its minute since 1970 and the rest; false for a leap second that does not end a UTC day, and when out of range.</summary>
    private static bool TryCombine(long minute, int second, int milliseconds, out long ms)
    {
        ms = 0;
        if (second == 60)
        {
            // A leap second ends a UTC day, whatever the local time is. It counts as the second before.
            if (((minute % 1440) + 1440) % 1440 != 1439)
            {
                return false;
            }

            second = 59;
        }

        ms = (((minute * 60) + second) * 1000) + milliseconds;
        return ms is >= MinMs and <= MaxMs;
    }

    /// <summary>Reads the <c>YYYY-MM-DD</c> that the text starts with as days since 1970.</summary>
    public static bool TryParseDate(ReadOnlySpan<byte> text, out long days)
    {
        days = 0;
        if (!Two(text, 0, 99, out int century) || !Two(text, 2, 99, out int year) || text[4] != '-'
            || !Two(text, 5, 12, out int month) || text[7] != '-' || !Two(text, 8, 31, out int day))
        {
            return false;
        }

        year += century * 100;
        if (year == 0 || month == 0 || day == 0 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        days = new DateTime(year, month, day).Ticks / TimeSpan.TicksPerDay - (DateTime.UnixEpoch.Ticks / TimeSpan.TicksPerDay);
        return true;
    }

    /// <summary>Reads optional seconds and their optional fraction of 1 to 9 digits, truncated to milliseconds.</summary>
    private static bool TryParseSeconds(ReadOnlySpan<byte> text, ref int at, out int second, out int milliseconds)
    {
        second = milliseconds = 0;
        if (at >= text.Length || text[at] != ':')
        {
            return true;
        }

        if (text.Length < at + 3 || !Two(text, at + 1, 60, out second))
        {
            return false;
        }

        at += 3;
        if (at >= text.Length || text[at] is not ((byte)'.' or (byte)','))
        {
            return true;
        }

        int start = ++at;
        int weight = 100;
        for (; at < text.Length && char.IsAsciiDigit((char)text[at]); at++, weight /= 10)
        {
            milliseconds += (text[at] - '0') * weight;
        }

        return at - start is >= 1 and <= 9;
    }

    /// <summary>Reads an offset, which must be the entire rest, in minutes; of an empty rest that of the zone.</summary>
    private static bool TryParseOffset(ReadOnlySpan<byte> rest, long localMinute, TimeZoneInfo? zone, out int minutes)
    {
        minutes = 0;
        if (rest.IsEmpty)
        {
            minutes = zone is null ? 0 : (int)zone.GetUtcOffset(DateTime.SpecifyKind(
                DateTime.UnixEpoch.AddMinutes(localMinute), DateTimeKind.Unspecified)).TotalMinutes;
            return zone is not null;
        }

        rest = rest[0] == ' ' ? rest[1..] : rest;
        if (rest is [(byte)'Z' or (byte)'z'] || rest.SequenceEqual("UTC"u8) || rest.SequenceEqual("GMT"u8))
        {
            return true;
        }

        bool hasColon = rest.Length == 6 && rest[3] == ':';
        int minute = 0;
        if ((rest.Length is not (3 or 5) && !hasColon) || rest[0] is not ((byte)'+' or (byte)'-') || !Two(rest, 1, 23, out int hour)
            || (rest.Length > 3 && !Two(rest, hasColon ? 4 : 3, 59, out minute)))
        {
            return false;
        }

        minutes = (hour * 60) + minute;
        minutes = rest[0] == '-' ? -minutes : minutes;
        return true;
    }

    private static bool Two(ReadOnlySpan<byte> text, int at, int max, out int value)
    {
        unchecked
        {
            uint tens = (uint)(text[at] - '0');
            uint ones = (uint)(text[at + 1] - '0');
            value = (int)((tens * 10) + ones);
            return tens <= 9 && ones <= 9 && value <= max;
        }
    }
}

namespace Tidemark.Core.Parsing;

/// <summary>Reads timestamps of RFC 3339.</summary>
internal static class Rfc3339
{
    /// <summary>0002-01-01T00:00:00Z</summary>
    public const long MinMs = -62_104_060_800_000;

    /// <summary>9998-12-31T23:59:59.999Z</summary>
    public const long MaxMs = 253_370_764_799_999;

    public const long DayMs = 86_400_000;

    /// <summary>The length of the shortest form in bytes.</summary>
    public const int Shortest = 20;

    private const int DateLength = 10;

    /// <summary>Reads <c>YYYY-MM-DDThh:mm:ss[.fraction](Z|±hh:mm)</c>.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long ms)
    {
        ms = 0;
        return text.Length >= Shortest && TryParseDate(text, out long days) && TryParseTime(text, days, out ms);
    }

    /// <summary>The same for a text of at least <see cref="Shortest"/> bytes whose date is already read.</summary>
    public static bool TryParseTime(ReadOnlySpan<byte> text, long days, out long ms)
    {
        ms = 0;
        if (text[DateLength] is not ((byte)'T' or (byte)'t' or (byte)' ')
            || text[13] != ':' || text[16] != ':'
            || !Two(text, 11, 23, out int hour) || !Two(text, 14, 59, out int minute) || !Two(text, 17, 60, out int second))
        {
            return false;
        }

        int at = 19;
        if (!TryParseFraction(text, ref at, out int fraction) || !TryParseOffset(text[at..], out int offset))
        {
            return false;
        }

        return TryCombine((days * 1440) + (hour * 60) + minute - offset, second, fraction, out ms);
    }

    /// <summary>A time from its minute since 1970 and the rest; false for a leap second that does not end a UTC day, and when out of range.</summary>
    public static bool TryCombine(long minute, int second, int milliseconds, out long ms)
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

    /// <summary>Reads an optional fraction of 1 to 9 digits, truncated to milliseconds.</summary>
    private static bool TryParseFraction(ReadOnlySpan<byte> text, ref int at, out int milliseconds)
    {
        milliseconds = 0;
        if (at >= text.Length || text[at] != '.')
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

    /// <summary>Reads <c>Z</c>, <c>z</c> or <c>±hh:mm</c>, which must be the entire text, in minutes.</summary>
    private static bool TryParseOffset(ReadOnlySpan<byte> text, out int minutes)
    {
        minutes = 0;
        if (text.Length == 1)
        {
            return text[0] is (byte)'Z' or (byte)'z';
        }

        if (text.Length != 6 || text[0] is not ((byte)'+' or (byte)'-') || text[3] != ':'
            || !Two(text, 1, 23, out int hour) || !Two(text, 4, 59, out int minute))
        {
            return false;
        }

        minutes = (hour * 60) + minute;
        if (text[0] == '-')
        {
            minutes = -minutes;
        }

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

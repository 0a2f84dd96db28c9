using System.Buffers.Text;

namespace Tidemark.Core.Parsing;

/// <summary>
/// Reads timestamps that say unambiguously when they are, but not as RFC 3339 wants it: offsets without a colon or without minutes, a comma
/// before the fraction, no seconds, <c>UTC</c> or <c>GMT</c>, a space before the offset, a number of at least nine digits in a string, and
/// times without an offset where a default zone is configured.
/// </summary>
internal static class LooseTimestamp
{
    private const int ShortestDigits = 9;
    private const int TimeStart = 11;
    private const int SecondsStart = 16;

    /// <summary>Reads a text that <see cref="Rfc3339.TryParse"/> does not accept.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, RecordSchema schema, out long ms)
    {
        ms = 0;
        int integer = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if ((integer < 0 ? text.Length : integer) >= ShortestDigits)
        {
            return (integer < 0 || (text[integer] == '.' && !text[(integer + 1)..].IsEmpty
                && !text[(integer + 1)..].ContainsAnyExceptInRange((byte)'0', (byte)'9')))
                && EpochNumber.TryParse(text, schema.TimestampUnit, out ms);
        }

        if (text.Length < SecondsStart || !Rfc3339.TryParseDate(text, out long days) || text[10] is not ((byte)'T' or (byte)'t' or (byte)' ')
            || !Two(text, TimeStart, 23, out int hour) || text[13] != ':' || !Two(text, 14, 59, out int minute))
        {
            return false;
        }

        int at = SecondsStart;
        int second = 0;
        if (at < text.Length && text[at] == ':')
        {
            if (!Two(text, at + 1, 60, out second))
            {
                return false;
            }

            at += 3;
        }

        if (!TryReadFraction(text, ref at, out int fraction))
        {
            return false;
        }

        long localMinute = (days * 1440) + (hour * 60) + minute;
        return TryReadOffset(text[at..], schema, localMinute, out int offset) && Rfc3339.TryCombine(localMinute - offset, second, fraction, out ms);
    }

    private static bool TryReadFraction(ReadOnlySpan<byte> text, ref int at, out int milliseconds)
    {
        milliseconds = 0;
        if (at == SecondsStart || at >= text.Length || text[at] is not ((byte)'.' or (byte)','))
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

    /// <summary>Reads an offset, which must be the entire rest, in minutes; of an empty rest the default zone's.</summary>
    private static bool TryReadOffset(ReadOnlySpan<byte> rest, RecordSchema schema, long localMinute, out int minutes)
    {
        minutes = 0;
        if (rest.IsEmpty)
        {
            if (schema.DefaultZone is not { } zone)
            {
                return false;
            }

            minutes = (int)zone.GetUtcOffset(DateTime.UnixEpoch.AddMinutes(localMinute).ToUnspecified()).TotalMinutes;
            return true;
        }

        rest = rest[0] == ' ' ? rest[1..] : rest;
        if (rest.SequenceEqual("Z"u8) || rest.SequenceEqual("z"u8) || rest.SequenceEqual("UTC"u8) || rest.SequenceEqual("GMT"u8))
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

    private static DateTime ToUnspecified(this DateTime time) => DateTime.SpecifyKind(time, DateTimeKind.Unspecified);

    private static bool Two(ReadOnlySpan<byte> text, int at, int max, out int value)
    {
        value = 0;
        return at + 2 <= text.Length && char.IsAsciiDigit((char)text[at]) && char.IsAsciiDigit((char)text[at + 1])
            && Utf8Parser.TryParse(text.Slice(at, 2), out value, out _) && value <= max;
    }
}

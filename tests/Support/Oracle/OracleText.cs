using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;

namespace Tidemark.Support.Oracle;

/// <summary>The texts inside an event: times, amounts and keys, each as its grammar says.</summary>
public static class OracleText
{
    public const int MaxKeyBytes = 512;
    private const ulong HashSeed = 0xADC83B19;

    private static readonly long Earliest = new DateTimeOffset(2, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
    private static readonly long Latest = new DateTimeOffset(9998, 12, 31, 23, 59, 59, 999, TimeSpan.Zero).ToUnixTimeMilliseconds();

    private static readonly Regex Rfc3339 = new(
        @"\A([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))\z",
        RegexOptions.CultureInvariant);

    private static readonly Regex Integer = new(@"\A-?[0-9]+\z", RegexOptions.CultureInvariant);

    private static readonly Regex Decimal = new(@"\A[ \t\n\v\f\r]*([+-]?)([0-9]*)(?:\.([0-9]*))?[ \t\n\v\f\r]*\z", RegexOptions.CultureInvariant);

    /// <summary>Epoch milliseconds of a JSON number, or null.</summary>
    public static long? EpochMilliseconds(string number)
    {
        if (!Integer.IsMatch(number))
        {
            return null;
        }

        var value = BigInteger.Parse(number, CultureInfo.InvariantCulture);
        return value < Earliest || value > Latest ? null : (long)value;
    }

    /// <summary>Epoch milliseconds of an RFC 3339 text, or null.</summary>
    public static long? Rfc3339Milliseconds(string text)
    {
        var match = Rfc3339.Match(text);
        if (!match.Success)
        {
            return null;
        }

        int year = Number(match, 1), month = Number(match, 2), day = Number(match, 3);
        int hour = Number(match, 4), minute = Number(match, 5), second = Number(match, 6);
        var offsetMinutes = 0;
        if (match.Groups[8].Success)
        {
            int offsetHour = Number(match, 9), offsetMinute = Number(match, 10);
            if (offsetHour > 23 || offsetMinute > 59)
            {
                return null;
            }

            offsetMinutes = (match.Groups[8].Value == "-" ? -1 : 1) * ((offsetHour * 60) + offsetMinute);
        }

        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 60)
        {
            return null;
        }

        if (second == 60)
        {
            var minuteOfDayUtc = ((hour * 60) + minute - offsetMinutes + (2 * 1440)) % 1440;
            if (minuteOfDayUtc != (23 * 60) + 59)
            {
                return null;
            }

            second = 59;
        }

        // Digits after the third are dropped; the fraction always counts upwards, so before 1970 this cuts towards the past too.
        var milliseconds = int.Parse((match.Groups[7].Value + "000")[..3], CultureInfo.InvariantCulture);
        var local = new DateTimeOffset(year, month, day, hour, minute, second, TimeSpan.Zero).ToUnixTimeMilliseconds() + milliseconds;
        var utc = local - (offsetMinutes * 60_000L);
        return utc < Earliest || utc > Latest ? null : utc;
    }

    /// <summary>An amount in ten-thousandths, or null when the text is none.</summary>
    public static long? Amount(string text)
    {
        var match = Decimal.Match(text);
        if (!match.Success || match.Groups[2].Length + match.Groups[3].Length == 0)
        {
            return null;
        }

        var integer = match.Groups[2].Value.TrimStart('0');
        var fraction = match.Groups[3].Value.TrimEnd('0');
        if (integer.Length > 14 || fraction.Length > 4)
        {
            return null;
        }

        var magnitude = long.Parse("0" + integer + fraction.PadRight(4, '0'), CultureInfo.InvariantCulture);
        return match.Groups[1].Value == "-" ? -magnitude : magnitude;
    }

    /// <summary>A key as it is kept: over 512 bytes, a prefix of whole characters and the hash of all of it.</summary>
    public static string Key(string key)
    {
        var bytes = Encoding.UTF8.GetBytes(key);
        if (bytes.Length <= MaxKeyBytes)
        {
            return key;
        }

        var prefix = new StringBuilder();
        var length = 0;
        foreach (var rune in key.EnumerateRunes())
        {
            length += rune.Utf8SequenceLength;
            if (length > MaxKeyBytes)
            {
                break;
            }

            prefix.Append(rune);
        }

        return prefix.Append('#').Append(Hash(bytes).ToString("x16", CultureInfo.InvariantCulture)).ToString();
    }

    /// <summary>MurmurHash64A, from its definition: eight bytes at a time, little endian.</summary>
    public static ulong Hash(byte[] bytes)
    {
        const ulong m = 0xc6a4a7935bd1e995;
        unchecked
        {
            var h = HashSeed ^ ((ulong)bytes.Length * m);
            var whole = bytes.Length / 8 * 8;
            for (var i = 0; i < whole; i += 8)
            {
                var k = LittleEndian(bytes, i, 8) * m;
                k ^= k >> 47;
                k *= m;
                h = (h ^ k) * m;
            }

            if (whole < bytes.Length)
            {
                h = (h ^ LittleEndian(bytes, whole, bytes.Length - whole)) * m;
            }

            h ^= h >> 47;
            h *= m;
            return h ^ (h >> 47);
        }
    }

    /// <summary>The order of the keys' UTF-8 bytes, which is not the order of .NET's chars beyond U+FFFF.</summary>
    public static int CompareUtf8(string left, string right) =>
        Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right));

    private static ulong LittleEndian(byte[] bytes, int start, int count)
    {
        ulong value = 0;
        for (var i = count - 1; i >= 0; i--)
        {
            value = (value << 8) | bytes[start + i];
        }

        return value;
    }

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
}

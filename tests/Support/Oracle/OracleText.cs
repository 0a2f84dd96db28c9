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

    private static readonly Regex Time = new(
        @"\A([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
        + @"(?: ?(?:[Zz]|UTC|GMT|([+-])([0-9]{2})(?::?([0-9]{2}))?))\z",
        RegexOptions.CultureInvariant);

    private static readonly Regex DigitsInText = new(@"\A[0-9]{9,}(?:\.[0-9]+)?\z", RegexOptions.CultureInvariant);

    private static readonly Regex Number = new(@"\A([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?\z", RegexOptions.CultureInvariant);

    /// <summary>Epoch milliseconds of a number whose magnitude tells its unit, or null.</summary>
    public static long? EpochMilliseconds(string number)
    {
        // In billionths, of which a decimal of ns has as many as it needs.
        if (Scaled(number, 9) is not { } billionths)
        {
            return null;
        }

        var magnitude = BigInteger.Abs(billionths) / BigInteger.Pow(10, 9);
        var perMillisecond = magnitude < BigInteger.Pow(10, 11) ? BigInteger.Pow(10, 6)
            : magnitude < BigInteger.Pow(10, 14) ? BigInteger.Pow(10, 9)
            : magnitude < BigInteger.Pow(10, 17) ? BigInteger.Pow(10, 12)
            : BigInteger.Pow(10, 15);
        var value = Floor(billionths, perMillisecond);
        return value < Earliest || value > Latest ? null : (long)value;
    }

    /// <summary>Epoch milliseconds of a text that says unambiguously when it is, or null.</summary>
    public static long? TextMilliseconds(string text)
    {
        if (DigitsInText.IsMatch(text))
        {
            return EpochMilliseconds(text);
        }

        var match = Time.Match(text);
        if (!match.Success)
        {
            return null;
        }

        int year = Part(match, 1), month = Part(match, 2), day = Part(match, 3);
        int hour = Part(match, 4), minute = Part(match, 5), second = match.Groups[6].Success ? Part(match, 6) : 0;
        var offsetMinutes = 0;
        if (match.Groups[8].Success)
        {
            int offsetHour = Part(match, 9), offsetMinute = match.Groups[10].Success ? Part(match, 10) : 0;
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

    /// <summary>An amount in ten-thousandths, rounded half to even, or null when the text is none.</summary>
    public static long? Amount(string text)
    {
        var value = Scaled(text.Trim(' ', '\t', '\n', '\v', '\f', '\r'), 4);
        return value is null || BigInteger.Abs(value.Value) >= BigInteger.Pow(10, 18) ? null : (long)value.Value;
    }

    /// <summary>
    /// A decimal number times a power of ten, rounded half to even; null when the text is none, or far beyond everything that is asked for.
    /// </summary>
    private static BigInteger? Scaled(string text, int power)
    {
        var match = Number.Match(text);
        if (!match.Success || match.Groups[2].Length + match.Groups[3].Length == 0)
        {
            return null;
        }

        var digits = BigInteger.Parse("0" + match.Groups[2].Value + match.Groups[3].Value, CultureInfo.InvariantCulture);
        var exponent = (match.Groups[4].Success ? BigInteger.Parse(match.Groups[4].Value, CultureInfo.InvariantCulture) : 0)
            + power - match.Groups[3].Length;
        digits = match.Groups[1].Value == "-" ? -digits : digits;
        if (digits.IsZero || exponent < -(text.Length + 1))
        {
            return BigInteger.Zero;
        }

        if (exponent >= 0)
        {
            return exponent > 60 ? null : digits * BigInteger.Pow(10, (int)exponent);
        }

        var divisor = BigInteger.Pow(10, (int)-exponent);
        var floor = Floor(digits, divisor);
        var twice = (digits - (floor * divisor)) * 2;
        return floor + (twice > divisor || (twice == divisor && !floor.IsEven) ? 1 : 0);
    }

    private static BigInteger Floor(BigInteger value, BigInteger divisor)
    {
        var quotient = BigInteger.DivRem(value, divisor, out var remainder);
        return remainder.Sign < 0 ? quotient - 1 : quotient;
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

    private static int Part(Match match, int group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
}

using System.Buffers.Text;
using System.Globalization;

namespace Tidemark.Core.Parsing;

/// <summary>Reads times that are written as numbers.</summary>
internal static class EpochNumber
{
    private const int MaxLength = 64;
    private const int ShortestText = 9;
    private const ulong SecondsBelow = 100_000_000_000;
    private const ulong MillisecondsBelow = 1000 * SecondsBelow;
    private const ulong MicrosecondsBelow = 1000 * MillisecondsBelow;

    /// <summary>Reads a number of a unit since 1970, truncated to the millisecond before it; false when it is out of range.</summary>
    /// <param name="number">A well-formed JSON number.</param>
    /// <param name="unit">Its unit.</param>
    /// <param name="ms">Epoch milliseconds.</param>
    public static bool TryParse(ReadOnlySpan<byte> number, TimestampUnit unit, out long ms)
    {
        if (Utf8Parser.TryParse(number, out long integer, out int read) && read == number.Length && integer != long.MinValue)
        {
            return TryScale(integer, unit == TimestampUnit.Auto ? UnitOf((ulong)Math.Abs(integer)) : unit, out ms);
        }

        ms = 0;
        if (number.Length > MaxLength || !decimal.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal value))
        {
            return false;
        }

        decimal scaled = (unit == TimestampUnit.Auto ? UnitOf((ulong)Math.Min(Math.Abs(value), MicrosecondsBelow)) : unit) switch
        {
            TimestampUnit.Seconds => Math.Abs(value) < SecondsBelow * 10 ? value * 1000 : decimal.MaxValue,
            TimestampUnit.Milliseconds => value,
            TimestampUnit.Microseconds => value / 1000,
            _ => value / 1_000_000,
        };
        scaled = Math.Floor(scaled);
        if (scaled is < Iso8601.MinMs or > Iso8601.MaxMs)
        {
            return false;
        }

        ms = (long)scaled;
        return true;
    }

    /// <summary>
    /// Reads a number in a string: at least nine digits, and optionally a point and more digits. What is shorter may be a date.
    /// </summary>
    public static bool TryParseText(ReadOnlySpan<byte> text, TimestampUnit unit, out long ms)
    {
        ms = 0;
        int integer = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        ReadOnlySpan<byte> fraction = integer >= 0 && text[integer] == '.' ? text[(integer + 1)..] : default;
        return (integer < 0 ? text.Length : integer) >= ShortestText
            && (integer < 0 || (!fraction.IsEmpty && !fraction.ContainsAnyExceptInRange((byte)'0', (byte)'9')))
            && TryParse(text, unit, out ms);
    }

    private static TimestampUnit UnitOf(ulong magnitude) => magnitude switch
    {
        < SecondsBelow => TimestampUnit.Seconds,
        < MillisecondsBelow => TimestampUnit.Milliseconds,
        < MicrosecondsBelow => TimestampUnit.Microseconds,
        _ => TimestampUnit.Nanoseconds,
    };

    private static bool TryScale(long value, TimestampUnit unit, out long ms)
    {
        const long MaxSeconds = Iso8601.MaxMs / 1000;
        if (unit == TimestampUnit.Seconds && value is not (>= -MaxSeconds and <= MaxSeconds))
        {
            ms = 0;
            return false;
        }

        ms = unit switch
        {
            TimestampUnit.Seconds => value * 1000,
            TimestampUnit.Milliseconds => value,
            TimestampUnit.Microseconds => FloorDivide(value, 1000),
            _ => FloorDivide(value, 1_000_000),
        };
        bool isInRange = ms is >= Iso8601.MinMs and <= Iso8601.MaxMs;
        ms = isInRange ? ms : 0;
        return isInRange;
    }

    private static long FloorDivide(long value, long by) => (value / by) - (value % by < 0 ? 1 : 0);
}

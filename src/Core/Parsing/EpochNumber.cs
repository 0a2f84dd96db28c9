using System.Buffers.Text;
using System.Globalization;

namespace Tidemark.Core.Parsing;

/// <summary>Reads times that are written as numbers.</summary>
internal static class EpochNumber
{
    private const int MaxLength = 64;
    private const decimal SecondsBelow = 1e11m;
    private const decimal MillisecondsBelow = 1e14m;
    private const decimal MicrosecondsBelow = 1e17m;

    /// <summary>Reads a number of a unit since 1970, truncated to the millisecond before it; false when it is out of range.</summary>
    /// <param name="number">A well-formed JSON number.</param>
    /// <param name="unit">Its unit.</param>
    /// <param name="ms">Epoch milliseconds.</param>
    public static bool TryParse(ReadOnlySpan<byte> number, TimestampUnit unit, out long ms)
    {
        if (Utf8Parser.TryParse(number, out long integer, out int read) && read == number.Length && integer != long.MinValue)
        {
            return TryScale(integer, unit == TimestampUnit.Auto ? UnitOf(Math.Abs((decimal)integer)) : unit, out ms);
        }

        ms = 0;
        if (number.Length > MaxLength || !decimal.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal value))
        {
            return false;
        }

        decimal scaled = (unit == TimestampUnit.Auto ? UnitOf(Math.Abs(value)) : unit) switch
        {
            TimestampUnit.Seconds => Math.Abs(value) < SecondsBelow * 10 ? value * 1000 : decimal.MaxValue,
            TimestampUnit.Milliseconds => value,
            TimestampUnit.Microseconds => value / 1000,
            _ => value / 1_000_000,
        };
        scaled = Math.Floor(scaled);
        if (scaled is < Rfc3339.MinMs or > Rfc3339.MaxMs)
        {
            return false;
        }

        ms = (long)scaled;
        return true;
    }

    private static TimestampUnit UnitOf(decimal magnitude) => magnitude switch
    {
        < SecondsBelow => TimestampUnit.Seconds,
        < MillisecondsBelow => TimestampUnit.Milliseconds,
        < MicrosecondsBelow => TimestampUnit.Microseconds,
        _ => TimestampUnit.Nanoseconds,
    };

    private static bool TryScale(long value, TimestampUnit unit, out long ms)
    {
        const long MaxSeconds = Rfc3339.MaxMs / 1000;
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
        bool isInRange = ms is >= Rfc3339.MinMs and <= Rfc3339.MaxMs;
        ms = isInRange ? ms : 0;
        return isInRange;
    }

    private static long FloorDivide(long value, long by) => (value / by) - (value % by < 0 ? 1 : 0);
}

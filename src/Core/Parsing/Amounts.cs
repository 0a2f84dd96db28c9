using System.Buffers.Text;

namespace Tidemark.Core.Parsing;

/// <summary>
/// Amounts of money: decimal numbers, with an exponent or without, of at most 14 integer digits. Digits after the fourth decimal are
/// rounded, half to even, so that what floating point prints for 3 × 1.10 is 3.3000.
/// </summary>
internal static class Amounts
{
    private const int MaxIntegerDigits = 14;
    private const int MaxFractionDigits = 4;
    private const long Limit = 1_000_000_000_000_000_000; // ten-thousandths of 14 nines, plus one

    /// <summary>Reads an amount in ten-thousandths; false when the text is not a valid amount.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long tenThousandths)
    {
        tenThousandths = 0;
        text = text.Trim(" \t\n\v\f\r"u8);
        bool negative = text.Length > 0 && text[0] == '-';
        if (negative || (text.Length > 0 && text[0] == '+'))
        {
            text = text[1..];
        }

        int mantissa = text.IndexOfAny((byte)'e', (byte)'E');
        int exponent = 0;
        if (mantissa >= 0)
        {
            if (!TryParseExponent(text[(mantissa + 1)..], out exponent))
            {
                return false;
            }

            text = text[..mantissa];
        }

        int point = text.IndexOf((byte)'.');
        ReadOnlySpan<byte> integer = point < 0 ? text : text[..point];
        ReadOnlySpan<byte> fraction = point < 0 ? default : text[(point + 1)..];
        if (integer.Length + fraction.Length == 0 || integer.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            || fraction.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            || !TryRound(integer, fraction, exponent, out long value))
        {
            return false;
        }

        tenThousandths = negative ? -value : value;
        return true;
    }

    /// <summary>Reads an exponent; one beyond all amounts is cut to where the result is the same.</summary>
    private static bool TryParseExponent(ReadOnlySpan<byte> text, out int exponent)
    {
        exponent = 0;
        bool negative = text.Length > 0 && text[0] == '-';
        ReadOnlySpan<byte> digits = negative || (text.Length > 0 && text[0] == '+') ? text[1..] : text;
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return false;
        }

        digits = digits.TrimStart((byte)'0');
        const int Beyond = 1 << 24; // records are shorter than that
        if (digits.Length > 7 || !Utf8Parser.TryParse(digits, out exponent, out _))
        {
            exponent = digits.IsEmpty ? 0 : Beyond;
        }

        exponent = negative ? -exponent : exponent;
        return true;
    }

    /// <summary>Rounds <c>integer.fraction * 10^exponent</c> to ten-thousandths, half to even; false when it has too many integer digits.</summary>
    private static bool TryRound(ReadOnlySpan<byte> integer, ReadOnlySpan<byte> fraction, int exponent, out long value)
    {
        value = 0;
        int count = integer.Length + fraction.Length;
        int first = 0;
        while (first < count && Digit(integer, fraction, first) == 0)
        {
            first++;
        }

        if (first == count)
        {
            return true;
        }

        // Digits before this one are kept; the first of them has a weight of at most 10^13.
        int kept = integer.Length + exponent + MaxFractionDigits;
        if (integer.Length + exponent - first > MaxIntegerDigits)
        {
            return false;
        }

        for (int i = first; i < kept; i++)
        {
            value = (value * 10) + (i < count ? Digit(integer, fraction, i) : 0);
        }

        if (kept >= first && kept < count)
        {
            value += RoundsUp(integer, fraction, kept, isOdd: (value & 1) != 0) ? 1 : 0;
        }

        bool fits = value < Limit;
        value = fits ? value : 0;
        return fits;
    }

    private static bool RoundsUp(ReadOnlySpan<byte> integer, ReadOnlySpan<byte> fraction, int from, bool isOdd)
    {
        int digit = Digit(integer, fraction, from);
        if (digit != 5)
        {
            return digit > 5;
        }

        for (int i = from + 1; i < integer.Length + fraction.Length; i++)
        {
            if (Digit(integer, fraction, i) != 0)
            {
                return true;
            }
        }

        return isOdd;
    }

    private static int Digit(ReadOnlySpan<byte> integer, ReadOnlySpan<byte> fraction, int at) =>
        (at < integer.Length ? integer[at] : fraction[at - integer.Length]) - '0';
}

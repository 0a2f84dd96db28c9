namespace Tidemark.Core.Parsing;

/// <summary>Amounts of money: plain decimals of at most 14 integer and 4 fraction digits.</summary>
internal static class Amounts
{
    private const int MaxIntegerDigits = 14;
    private const int MaxFractionDigits = 4;

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

        long value = 0;
        int at = 0;
        for (int digits = 0; at < text.Length && char.IsAsciiDigit((char)text[at]); at++)
        {
            value = (value * 10) + (text[at] - '0');
            if (value != 0 && ++digits > MaxIntegerDigits)
            {
                return false;
            }
        }

        bool any = at > 0;
        int scale = 0;
        if (at < text.Length && text[at] == '.')
        {
            for (at++; at < text.Length && char.IsAsciiDigit((char)text[at]); at++, any = true)
            {
                if (scale < MaxFractionDigits)
                {
                    value = (value * 10) + (text[at] - '0');
                    scale++;
                }
                else if (text[at] != '0')
                {
                    return false;
                }
            }
        }

        if (!any || at != text.Length)
        {
            return false;
        }

        for (; scale < MaxFractionDigits; scale++)
        {
            value *= 10;
        }

        tenThousandths = negative ? -value : value;
        return true;
    }
}

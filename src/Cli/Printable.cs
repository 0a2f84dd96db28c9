using System.Globalization;
using System.Text;

namespace Tidemark.Cli;

/// <summary>
/// Text of others made fit for a terminal, which takes some characters for orders: to move, to colour, to turn what follows around.
/// </summary>
internal static class Printable
{
    private static readonly Rune Joiner = new('\u200d');

    /// <summary>The text with such characters written as in JSON: <c>\u001b</c>.</summary>
    public static string Escape(string text)
    {
        if (!NeedsWork(text))
        {
            return text;
        }

        StringBuilder shown = new();
        foreach (Rune rune in text.EnumerateRunes())
        {
            string characters = rune.ToString();
            if (IsPrintable(rune))
            {
                shown.Append(characters);
                continue;
            }

            foreach (char character in characters)
            {
                shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            }
        }

        return shown.ToString();
    }

    /// <summary>The text without such characters. What joins several emoji to one stays between them.</summary>
    public static string Strip(string text)
    {
        if (!NeedsWork(text))
        {
            return text;
        }

        StringBuilder shown = new();
        for (int start = 0; start < text.Length;)
        {
            int length = StringInfo.GetNextTextElementLength(text.AsSpan(start));
            int left = length;
            foreach (Rune rune in text.AsSpan(start, length).EnumerateRunes())
            {
                left -= rune.Utf16SequenceLength;
                if (IsPrintable(rune) || (rune == Joiner && left > 0 && left + 1 < length))
                {
                    shown.Append(rune.ToString());
                }
            }

            start += length;
        }

        return shown.ToString();
    }

    /// <summary>Whether a character is only shown: no control or format character, no end of a line or a paragraph.</summary>
    public static bool IsPrintable(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is not (
            UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    private static bool NeedsWork(string text)
    {
        foreach (char character in text)
        {
            if (character is < ' ' or > '~')
            {
                return true;
            }
        }

        return false;
    }
}

using System.Globalization;
using System.Text;

namespace Tidemark.Cli.Terminal;

/// <summary>How many columns text takes on a terminal: East Asian characters and emoji take two.</summary>
internal static class TextWidth
{
    // Of the blocks that Unicode calls wide, those with letters and pictures.
    private static readonly (int First, int Last)[] Wide =
    [
        (0x1100, 0x115F), (0x2E80, 0x303E), (0x3041, 0xA4CF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFE30, 0xFE6F),
        (0xFF00, 0xFF60), (0xFFE0, 0xFFE6), (0x1F300, 0x1F64F), (0x1F680, 0x1FAFF), (0x20000, 0x3FFFD),
    ];

    /// <summary>The width of a text.</summary>
    public static int Of(string text)
    {
        int width = 0;
        for (int start = 0; start < text.Length;)
        {
            int length = StringInfo.GetNextTextElementLength(text.AsSpan(start));
            width += OfElement(text.AsSpan(start, length));
            start += length;
        }

        return width;
    }

    /// <summary>The text if it fits, else as much of it as leaves room for an ellipsis, cut between two characters as people see them.</summary>
    /// <param name="text">The text.</param>
    /// <param name="width">How many columns it may take.</param>
    /// <param name="ellipsis">What stands for the rest.</param>
    public static string Cut(string text, int width, string ellipsis)
    {
        if (Of(text) <= width)
        {
            return text;
        }

        int cut = 0;
        int left = width - ellipsis.Length;
        while (cut < text.Length)
        {
            int length = StringInfo.GetNextTextElementLength(text.AsSpan(cut));
            left -= OfElement(text.AsSpan(cut, length));
            if (left < 0)
            {
                break;
            }

            cut += length;
        }

        return string.Concat(text.AsSpan(0, cut), ellipsis);
    }

    private static int OfElement(ReadOnlySpan<char> element)
    {
        foreach (Rune rune in element.EnumerateRunes())
        {
            foreach ((int first, int last) in Wide)
            {
                if (rune.Value >= first && rune.Value <= last)
                {
                    return 2;
                }
            }
        }

        return 1;
    }
}

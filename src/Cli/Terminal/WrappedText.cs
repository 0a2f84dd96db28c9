using System.Text;

namespace Tidemark.Cli.Terminal;

/// <summary>Text in lines of a given width.</summary>
internal static class WrappedText
{
    /// <summary>Words one after the other; lines after the first begin further to the right. A word that is longer than a line stays whole.</summary>
    /// <param name="text">Where the words are appended, the first at the end of what is there.</param>
    /// <param name="words">The words, with spaces between them.</param>
    /// <param name="indent">Where lines begin, and where the first word stands.</param>
    /// <param name="columns">How many columns a line may have.</param>
    public static void Append(StringBuilder text, string words, int indent, int columns)
    {
        int used = indent;
        foreach (string word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (used > indent && used + 1 + word.Length > columns)
            {
                text.Append('\n').Append(' ', indent);
                used = indent;
            }
            else if (used > indent)
            {
                text.Append(' ');
                used++;
            }

            text.Append(word);
            used += word.Length;
        }

        text.Append('\n');
    }
}

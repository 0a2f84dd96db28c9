using System.Text;

namespace Tidemark.Cli;

/// <summary>Words of a command line that a person can paste into any POSIX shell.</summary>
internal static class ShellText
{
    /// <summary>One word, in single quotes unless it is plain.</summary>
    public static string Word(string text)
    {
        bool plain = text.Length > 0 && text.All(c => char.IsLetterOrDigit(c) || c is '/' or '.' or '_' or '-');
        return plain ? text : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    /// <summary>A command that runs a query in DuckDB.</summary>
    /// <param name="sql">The query, in which only quoted strings hold anything but ASCII letters and signs.</param>
    public static string DuckDb(string sql)
    {
        StringBuilder word = new();
        foreach (Rune rune in sql.EnumerateRunes())
        {
            // A terminal takes some characters for orders, and an interactive shell replaces ! even behind a backslash. SQL can spell them.
            if (rune.Value == '!' || !Printable.IsPrintable(rune))
            {
                word.Append(System.Globalization.CultureInfo.InvariantCulture, $"' || chr({rune.Value}) || '");
                continue;
            }

            word.Append(rune.Value is '"' or '\\' or '$' or '`' ? "\\" : "").Append(rune.ToString());
        }

        return $"duckdb -c \"{word}\"";
    }
}

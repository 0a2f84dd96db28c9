namespace Tidemark.Cli.Sources.Formats;

/// <summary>A text has a form that is not read. The message says which, and the way to feed it.</summary>
internal sealed class UnreadableFormException : IOException
{
    private UnreadableFormException(string message)
        : base(message)
    {
    }

    /// <summary>A form that is not read.</summary>
    /// <param name="form">The form.</param>
    /// <param name="path">Where the text lies; null when it comes through a pipe.</param>
    public static UnreadableFormException Of(TextForm form, string? path)
    {
        // In a command within a command only a name without special characters means itself.
        string file = path is not null && ShellText.Word(path) == path ? path : "FILE";
        return new($"it is {form.Name}, which is not read; feed it by {form.FeedOf(file)}");
    }

    /// <summary>Compressed data within compressed data.</summary>
    public static UnreadableFormException Of(TextForm outer, TextForm inner) =>
        new($"it is {inner.Name} within {outer.Name}, and only one of them is decompressed; decompress the outer one first");
}

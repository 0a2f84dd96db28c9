namespace Tidemark.Cli.Sources.Formats;

/// <summary>How a text is read.</summary>
internal enum FormKind
{
    /// <summary>As lines.</summary>
    Lines,

    /// <summary>As the elements of a JSON array.</summary>
    Array,

    /// <summary>Decompressed.</summary>
    Gzip,

    /// <inheritdoc cref="Gzip"/>
    Zstd,

    /// <inheritdoc cref="Gzip"/>
    Bzip2,

    /// <summary>As UTF-8, which it is turned into.</summary>
    Utf16,

    /// <inheritdoc cref="Utf16"/>
    Utf16BigEndian,

    /// <summary>Not at all.</summary>
    Refused,
}

/// <summary>What a text is, by its first bytes.</summary>
/// <param name="Name">What messages call it.</param>
/// <param name="Kind">How it is read.</param>
/// <param name="Feed">A command that turns <c>FILE</c> into lines, for one that is refused; null otherwise.</param>
internal sealed record TextForm(string Name, FormKind Kind, string? Feed = null)
{
    /// <summary>The first bytes of a tar archive that are needed to tell it.</summary>
    public const int TarBytes = 262;

    /// <summary>Lines.</summary>
    public static TextForm Lines { get; } = new("JSON lines", FormKind.Lines);

    /// <summary>A JSON array.</summary>
    public static TextForm Array { get; } = new("a JSON array", FormKind.Array);

    private static readonly TextForm Tar = new("a tar archive", FormKind.Refused, "tar -xOf FILE");

    /// <summary>The way to feed a file that is refused.</summary>
    /// <param name="file">The file as a word of a shell's command.</param>
    public string FeedOf(string file) => $"{Feed!.Replace("FILE", file, StringComparison.Ordinal)} | tidemark run --source -";

    /// <summary>What a text is.</summary>
    /// <param name="start">Its first bytes, without padding.</param>
    /// <param name="isAll">Whether there are no more, or enough.</param>
    /// <returns>Null when more of it has to be seen.</returns>
    public static TextForm? Of(ReadOnlySpan<byte> start, bool isAll)
    {
        // Most are lines. The table costs some milliseconds of the start, and is not even made for them.
        if (start is [(byte)'{', not 0, ..])
        {
            return Lines;
        }

        if (!isAll && (MagicBytes.MayComeFrom(start) || IsMarkBegun(start)))
        {
            return null;
        }

        return MagicBytes.Find(start) ?? OfText(start, isAll);
    }

    private static TextForm? OfText(ReadOnlySpan<byte> start, bool isAll)
    {
        ReadOnlySpan<byte> text = start.StartsWith(LineBlockReader.ByteOrderMark) ? start[LineBlockReader.ByteOrderMark.Length..] : start;
        text = text.TrimStart(JsonSpace);
        if (text.IsEmpty)
        {
            return isAll ? Lines : null;
        }

        if (text[0] == '[')
        {
            // An array of objects, or an empty one. Anything else is a line that starts so.
            text = text[1..].TrimStart(JsonSpace);
            return text.IsEmpty ? (isAll ? Array : null) : text[0] is (byte)'{' or (byte)']' ? Array : Lines;
        }

        if (start.Length >= TarBytes && start[(TarBytes - 5)..TarBytes].SequenceEqual("ustar"u8))
        {
            return Tar;
        }

        // A line that has not come to its end could not be counted yet, so nobody waits for it.
        return isAll || text[0] == '{' || start.Length >= TarBytes || start.Contains((byte)'\n') ? Lines : null;
    }

    private static bool IsMarkBegun(ReadOnlySpan<byte> start) =>
        start.Length < LineBlockReader.ByteOrderMark.Length && LineBlockReader.ByteOrderMark.StartsWith(start);

    private static ReadOnlySpan<byte> JsonSpace => " \t\r\n"u8;
}

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

    /// <summary>The first bytes of each form; -1 stands for any byte. Of two that match, the first counts.</summary>
    private static readonly (int[] Bytes, TextForm Form)[] Magics =
    [
        ([0x1F, 0x8B], new("gzip", FormKind.Gzip)),
        ([0x28, 0xB5, 0x2F, 0xFD], new("zstd", FormKind.Zstd)),
        .. Enumerable.Range(0x50, 16).Select(first => (new[] { first, 0x2A, 0x4D, 0x18 }, new TextForm("zstd", FormKind.Zstd))),
        (['B', 'Z', 'h', -1, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59], new("bzip2", FormKind.Bzip2)),
        (['B', 'Z', 'h', -1, 0x17, 0x72, 0x45, 0x38, 0x50, 0x90], new("bzip2", FormKind.Bzip2)),
        ([0xFF, 0xFE, 0, 0], new("UTF-32", FormKind.Refused, "iconv -f UTF-32 -t UTF-8 FILE")),
        ([0, 0, 0xFE, 0xFF], new("UTF-32", FormKind.Refused, "iconv -f UTF-32 -t UTF-8 FILE")),
        ([0xFF, 0xFE], new("UTF-16", FormKind.Utf16)),
        ([0xFE, 0xFF], new("UTF-16", FormKind.Utf16BigEndian)),
        (['{', 0, -1, 0], new("UTF-16 without a byte order mark", FormKind.Refused, "iconv -f UTF-16LE -t UTF-8 FILE")),
        (['[', 0, -1, 0], new("UTF-16 without a byte order mark", FormKind.Refused, "iconv -f UTF-16LE -t UTF-8 FILE")),
        ([0, '{', 0, -1], new("UTF-16 without a byte order mark", FormKind.Refused, "iconv -f UTF-16BE -t UTF-8 FILE")),
        ([0, '[', 0, -1], new("UTF-16 without a byte order mark", FormKind.Refused, "iconv -f UTF-16BE -t UTF-8 FILE")),
        ([0xFD, '7', 'z', 'X', 'Z', 0], new("xz", FormKind.Refused, "xz -dc FILE")),
        ([0x04, 0x22, 0x4D, 0x18], new("lz4", FormKind.Refused, "lz4 -dc FILE")),
        ([0x1F, 0x9D], new("compress (.Z)", FormKind.Refused, "gzip -dc FILE")),
        (['P', 'K', 3, 4], new("a zip archive", FormKind.Refused, "unzip -p FILE")),
        (['P', 'K', 5, 6], new("a zip archive", FormKind.Refused, "unzip -p FILE")),
        (['7', 'z', 0xBC, 0xAF, 0x27, 0x1C], new("a 7z archive", FormKind.Refused, "7z x -so FILE")),
        (['P', 'A', 'R', '1'], new("Parquet", FormKind.Refused, "duckdb -c \"COPY (FROM 'FILE') TO '/dev/stdout' (FORMAT json)\"")),
        (['O', 'b', 'j', 1], new("Avro", FormKind.Refused, "fastavro FILE")),
    ];

    /// <summary>The way to feed a file that is refused.</summary>
    /// <param name="file">The file as a word of a shell's command.</param>
    public string FeedOf(string file) => $"{Feed!.Replace("FILE", file, StringComparison.Ordinal)} | tidemark run --source -";

    /// <summary>What starts so by its first bytes alone; null when they are none that are known.</summary>
    public static TextForm? OfMagic(ReadOnlySpan<byte> start)
    {
        foreach ((int[] bytes, TextForm form) in Magics)
        {
            if (start.Length >= bytes.Length && Agrees(start, bytes))
            {
                return form;
            }
        }

        return null;
    }

    /// <summary>What a text is.</summary>
    /// <param name="start">Its first bytes, without padding.</param>
    /// <param name="isAll">Whether there are no more, or enough.</param>
    /// <returns>Null when more of it has to be seen.</returns>
    public static TextForm? Of(ReadOnlySpan<byte> start, bool isAll)
    {
        if (!isAll && CouldBeMagic(start))
        {
            return null;
        }

        return OfMagic(start) ?? OfText(start, isAll);
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

    private static ReadOnlySpan<byte> JsonSpace => " \t\r\n"u8;

    private static bool CouldBeMagic(ReadOnlySpan<byte> start)
    {
        foreach ((int[] bytes, _) in Magics)
        {
            if (start.Length < bytes.Length && Agrees(start, bytes))
            {
                return true;
            }
        }

        return start.Length < LineBlockReader.ByteOrderMark.Length && LineBlockReader.ByteOrderMark.StartsWith(start);
    }

    private static bool Agrees(ReadOnlySpan<byte> start, int[] bytes)
    {
        for (int i = 0; i < Math.Min(start.Length, bytes.Length); i++)
        {
            if (bytes[i] >= 0 && bytes[i] != start[i])
            {
                return false;
            }
        }

        return true;
    }
}

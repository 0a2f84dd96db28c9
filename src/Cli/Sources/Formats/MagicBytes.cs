namespace Tidemark.Cli.Sources.Formats;

/// <summary>The forms that are told by their first bytes alone.</summary>
internal static class MagicBytes
{
    /// <summary>The first bytes of each form; -1 stands for any byte. Of two that match, the first counts.</summary>
    private static readonly (int[] Bytes, TextForm Form)[] Table =
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

    /// <summary>What starts so by its first bytes alone; null when they are none that are known.</summary>
    public static TextForm? Find(ReadOnlySpan<byte> start)
    {
        foreach ((int[] bytes, TextForm form) in Table)
        {
            if (start.Length >= bytes.Length && Agrees(start, bytes))
            {
                return form;
            }
        }

        return null;
    }

    /// <summary>Whether more bytes may make one of the forms of these.</summary>
    public static bool MayComeFrom(ReadOnlySpan<byte> start)
    {
        foreach ((int[] bytes, _) in Table)
        {
            if (start.Length < bytes.Length && Agrees(start, bytes))
            {
                return true;
            }
        }

        return false;
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

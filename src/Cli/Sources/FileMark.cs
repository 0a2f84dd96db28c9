using System.Globalization;
using System.IO.Hashing;
using System.Text.Json;

namespace Tidemark.Cli.Sources;

/// <summary>
/// How far a file has been counted, and how to know it again: by what it says, not by its name. A file that starts with the same bytes, and
/// has the same bytes before the position, is the same file, wherever it lies, compressed or not.
/// </summary>
internal sealed record FileMark
{
    /// <summary>Most bytes at the start and before the position that a file is known by.</summary>
    public const int SampleBytes = 64 << 10;

    private const int LeastStep = 16;

    /// <summary>Where it was last. A hint.</summary>
    public required string Path { get; init; }

    /// <summary>Which file it was last. A hint; null when the system could not tell.</summary>
    public required FileIdentity? File { get; init; }

    /// <summary>Bytes of text at the start that are known, up to <see cref="SampleBytes"/>.</summary>
    public required int HeadBytes { get; init; }

    /// <summary>Their XxHash128.</summary>
    public required UInt128 Head { get; init; }

    /// <summary>
    /// The XxHash3 of the first 16 bytes, of the first 32, and so on while they are known: to tell a file that was cut from another one.
    /// </summary>
    public required IReadOnlyList<ulong> Steps { get; init; }

    /// <summary>Bytes of text that are counted, decompressed.</summary>
    public required long Position { get; init; }

    /// <summary>Bytes before the position that are known, up to <see cref="SampleBytes"/>.</summary>
    public required int TailBytes { get; init; }

    /// <summary>Their XxHash128.</summary>
    public required UInt128 Tail { get; init; }

    /// <summary>Lines that are counted.</summary>
    public required long Lines { get; init; }

    /// <summary>Whether the position lies within a line that is counted already: one that is too long, or that had no end yet.</summary>
    public required bool IsWithinLine { get; init; }

    /// <summary>Whether the file was read to its end.</summary>
    public required bool IsEnded { get; init; }

    /// <summary>When the lines before <see cref="ArrivedUntil"/> arrived, epoch milliseconds.</summary>
    public required long ArrivedMs { get; init; }

    /// <summary>The length of the file when it was first opened: what lies before it arrived then.</summary>
    public required long ArrivedUntil { get; init; }

    /// <summary>The partition that it was read as.</summary>
    public required int Partition { get; init; }

    /// <summary>The hash that files are known by.</summary>
    public static UInt128 Hash(ReadOnlySpan<byte> bytes) => XxHash128.HashToUInt128(bytes);

    /// <summary>The <see cref="Steps"/> of a text's first bytes.</summary>
    public static IReadOnlyList<ulong> StepsOf(ReadOnlySpan<byte> head)
    {
        List<ulong> steps = [];
        for (int bytes = LeastStep; bytes <= head.Length; bytes *= 2)
        {
            steps.Add(XxHash3.HashToUInt64(head[..bytes]));
        }

        return steps;
    }

    /// <summary>Whether a text that is shorter than what is known starts as the file does, as far as the steps tell.</summary>
    public bool StartsAs(ReadOnlySpan<byte> text)
    {
        IReadOnlyList<ulong> steps = StepsOf(text[..Math.Min(text.Length, SampleBytes)]);
        return steps.Count > 0 && steps.Count <= Steps.Count && steps[^1] == Steps[steps.Count - 1];
    }

    /// <summary>Writes the properties of an object.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("path", Path);
        if (File is { } file)
        {
            json.WriteNumber("device", file.Device);
            json.WriteNumber("inode", file.Inode);
        }

        json.WriteNumber("headBytes", HeadBytes);
        json.WriteString("head", Head.ToString("x32", CultureInfo.InvariantCulture));
        json.WriteString("steps", string.Join(' ', Steps.Select(step => step.ToString("x16", CultureInfo.InvariantCulture))));
        json.WriteNumber("position", Position);
        json.WriteNumber("tailBytes", TailBytes);
        json.WriteString("tail", Tail.ToString("x32", CultureInfo.InvariantCulture));
        json.WriteNumber("lines", Lines);
        json.WriteBoolean("withinLine", IsWithinLine);
        json.WriteBoolean("ended", IsEnded);
        json.WriteNumber("arrived", ArrivedMs);
        json.WriteNumber("arrivedUntil", ArrivedUntil);
        json.WriteNumber("partition", Partition);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static FileMark Read(JsonElement json) => new()
    {
        Path = json.GetProperty("path").GetString() ?? "",
        File = json.TryGetProperty("inode", out JsonElement inode)
            ? new FileIdentity(json.GetProperty("device").GetUInt64(), inode.GetUInt64())
            : null,
        HeadBytes = json.GetProperty("headBytes").GetInt32(),
        Head = Hex(json, "head"),
        Steps =
        [
            .. (json.GetProperty("steps").GetString() ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(step => ulong.Parse(step, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)),
        ],
        Position = json.GetProperty("position").GetInt64(),
        TailBytes = json.GetProperty("tailBytes").GetInt32(),
        Tail = Hex(json, "tail"),
        Lines = json.GetProperty("lines").GetInt64(),
        IsWithinLine = json.GetProperty("withinLine").GetBoolean(),
        IsEnded = json.GetProperty("ended").GetBoolean(),
        ArrivedMs = json.GetProperty("arrived").GetInt64(),
        ArrivedUntil = json.GetProperty("arrivedUntil").GetInt64(),
        Partition = json.GetProperty("partition").GetInt32(),
    };

    private static UInt128 Hex(JsonElement json, string key) =>
        UInt128.Parse(json.GetProperty(key).GetString() ?? "", NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}

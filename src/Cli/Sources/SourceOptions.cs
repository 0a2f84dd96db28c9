using System.Text.Json;

namespace Tidemark.Cli.Sources;

/// <summary>How files and pipes are read.</summary>
internal sealed record SourceOptions
{
    /// <summary>The paths, as on the command line: files, directories, patterns, <c>-</c> for stdin.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Whether the last file of each stream is followed as it grows and is replaced.</summary>
    public bool Follows { get; init; }

    /// <summary>Whether each source is a partition, read side by side with the others, instead of one after the other as one.</summary>
    public bool Merges { get; init; }

    /// <summary>Whether it is remembered what was counted.</summary>
    public bool Remembers { get; init; }

    /// <summary>What was counted before, as <see cref="LinePosition"/> wrote it; null for nothing.</summary>
    public JsonElement? Before { get; init; }

    /// <summary>The pieces that it names.</summary>
    public Func<long, ReadOnlyMemory<byte>> Item { get; init; } = _ => throw new InvalidDataException("there are no pieces");

    /// <summary>
    /// When the records are taken to have arrived. Null for the clock: when they are read on a live source, else when a file was first
    /// opened.
    /// </summary>
    public DateTimeOffset? Now { get; init; }

    /// <summary>
    /// How a file was counted that is read from its start all the same; null for one that was not. What lay there when it was first opened
    /// arrived then.
    /// </summary>
    public Func<string, FileMark?> ArrivalOf { get; init; } = static _ => null;

    /// <summary>Whether it is told only what went wrong.</summary>
    public bool IsQuiet { get; init; }

    /// <summary>Bytes of text in a block.</summary>
    public int BlockBytes { get; init; } = 512 * 1024;
}

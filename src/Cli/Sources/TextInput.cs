namespace Tidemark.Cli.Sources;

/// <summary>One file or pipe while it is read, from the position on where it was opened.</summary>
internal sealed class TextInput : IDisposable
{
    /// <summary>What dead letters and messages call it: the path, or <c>stdin</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The text from the position on.</summary>
    public required Stream Text { get; init; }

    /// <summary>What the text is made of, to tell how much of it was read; null where no length is known.</summary>
    public FileStream? Raw { get; init; }

    /// <summary>The file that is read, which must not be written; null when it is none.</summary>
    public FileIdentity? File { get; init; }

    /// <summary>Whether more may come at any time: lines are handed out as they come, and arrive when they do.</summary>
    public bool IsLive { get; init; }

    /// <summary>What the file is known by as far as it is counted; null for a pipe.</summary>
    public TextTrace? Trace { get; init; }

    /// <summary>Bytes of text that were counted before.</summary>
    public long Start { get; init; }

    /// <summary>Whether that is within a line, of which the rest is not wanted.</summary>
    public bool StartsWithinLine { get; init; }

    /// <summary>Whether the file is one that was counted before, at least a part of it.</summary>
    public bool IsKnown { get; init; }

    /// <summary>When what lies before <see cref="ArrivedUntil"/> arrived, epoch milliseconds; null when it arrives as it is read.</summary>
    public long? ArrivedMs { get; set; }

    /// <summary>How far <see cref="ArrivedMs"/> holds; what lies behind it arrives at <see cref="LaterArrivedMs"/>.</summary>
    public long ArrivedUntil { get; set; } = long.MaxValue;

    /// <summary>When what lies behind <see cref="ArrivedUntil"/> arrived, epoch milliseconds.</summary>
    public long LaterArrivedMs { get; set; }

    /// <summary>Lines that are counted.</summary>
    public long Lines { get; set; }

    /// <summary>Whether the last of them is counted only in part: it is too long, or had no end.</summary>
    public bool IsWithinLine { get; set; }

    /// <summary>What its records are: lines, or elements of a JSON array.</summary>
    public string RecordsAre => Text is SourceText { IsArray: true } ? "element" : "line";

    /// <summary>NUL bytes that were skipped.</summary>
    public long Padding => Volatile.Read(ref _padding) + (Raw is null && Text is SourceText text ? text.Padding : 0);

    /// <summary>Whether its end has been read. Set by the thread that reads.</summary>
    public bool IsEnded
    {
        get => Volatile.Read(ref _isEnded);
        set => Volatile.Write(ref _isEnded, value);
    }

    /// <summary>Whether its end is one only because it was cut: what came behind may lie in a copy.</summary>
    public bool WasCut => Text is FollowedFile { WasCut: true };

    /// <summary>Blocks read of it. Set by the thread that reads.</summary>
    public long BlocksRead
    {
        get => Volatile.Read(ref _blocksRead);
        set => Volatile.Write(ref _blocksRead, value);
    }

    /// <summary>Blocks of it that are applied, the last one perhaps not whole.</summary>
    public long BlocksApplied { get; set; }

    /// <summary>Whether all of it that was read is applied.</summary>
    public bool IsApplied => BlocksApplied == BlocksRead;

    private bool _isEnded;
    private long _padding;
    private long _blocksRead;

    /// <summary>Adds NUL bytes that were skipped. On any thread.</summary>
    public void AddPadding(long bytes) => Interlocked.Add(ref _padding, bytes);

    /// <summary>How far it is counted, and how to know it again. Hashes what was captured: not while the engine waits.</summary>
    public static FileMark MarkOf(TracePoint point, TextInput input, int partition, CapturedProgress progress) => new()
    {
        Path = Path.GetFullPath(input.Name),
        File = input.File,
        HeadBytes = point.Head.Length,
        Head = FileMark.Hash(point.Head),
        Steps = FileMark.StepsOf(point.Head),
        Position = point.Position,
        TailBytes = point.Tail.Length,
        Tail = FileMark.Hash(point.Tail),
        Lines = progress.Lines,
        IsWithinLine = progress.IsWithinLine,
        IsEnded = progress.IsEnded,
        ArrivedMs = input.ArrivedMs ?? 0,
        ArrivedUntil = input.ArrivedMs is null ? 0 : input.ArrivedUntil,
        Partition = partition,
    };

    /// <summary>Bytes that were read as they lie on the disk; for display.</summary>
    public long ReadOnDisk => Raw is { CanRead: true } raw ? _readOnDisk = raw.Position : _readOnDisk;

    private long _readOnDisk;

    /// <summary>The same input, whose text goes on as the file grows.</summary>
    public TextInput Following(FollowedFile text) => new()
    {
        Name = Name, Raw = Raw, Text = text, File = File, Trace = Trace, Start = Start,
        StartsWithinLine = StartsWithinLine, IsKnown = IsKnown, IsLive = true,
        IsWithinLine = IsWithinLine, Lines = Lines, _padding = Padding,
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = ReadOnDisk;
        Text.Dispose();
        Raw?.Dispose();
    }
}

/// <summary>How far an input was counted at one moment.</summary>
/// <param name="Lines">Lines.</param>
/// <param name="IsWithinLine"><see cref="TextInput.IsWithinLine"/>.</param>
/// <param name="IsEnded">Whether that is its end.</param>
internal readonly record struct CapturedProgress(long Lines, bool IsWithinLine, bool IsEnded);

using Tidemark.Core;
using Tidemark.Engine;

namespace Tidemark.Cli.Sources;

/// <summary>Files and pipes as a source of lines: one partition read in order, or several side by side.</summary>
internal sealed class LineSource : IRecordSource
{
    private readonly CommandContext _context;
    private readonly Action<string> _say;
    private readonly FileMemory? _memory;
    private readonly FileOpener _opener;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<LineStream> _streams = [];
    private readonly Lock _lock = new();
    private readonly List<(TextInput Input, int Partition)> _open = []; // under _lock
    private readonly Dictionary<string, long> _pipes = new(StringComparer.Ordinal); // under _lock
    private readonly long _startMs;
    private readonly SideBySide? _sideBySide;
    private string _pipeName = "stdin";
    private long _lengthRead; // under _lock
    private long _padding; // under _lock; of files that are not open any more
    private WindowEngine? _engine;

    private LineSource(SourceOptions options, CommandContext context, Action<string> say)
    {
        Options = options;
        _context = context;
        _say = say;
        _startMs = (options.Now ?? context.Time.GetUtcNow()).ToUnixTimeMilliseconds();
        _memory = options.Remembers || options.Follows ? Remember(options) : null;
        _opener = new FileOpener(_memory, follows: false);
        IReadOnlyList<string> paths = SourcePaths.Expand(options.Paths);
        Name = paths.Count == 1 ? NameOf(paths[0]) : $"{NameOf(paths[0])} and {paths.Count - 1} more";
        Length = paths.Select(path => FileIdentity.At(path) is null ? 0 : new FileInfo(path).Length).Sum();
        IsLive = options.Follows || paths.Any(SourcePaths.IsPipe);
        if (options.Merges && paths.Count > 1)
        {
            AddSideBySide(paths);
            _sideBySide = IsLive ? new SideBySide(this, _streams) : null;
        }
        else
        {
            _streams.Add(new LineStream(this, 0, paths, options.Follows));
        }
    }

    /// <inheritdoc/>
    public string Name { get; private init; }

    /// <inheritdoc/>
    public bool IsLive { get; }

    /// <inheritdoc/>
    public string PositionKind => LinePosition.Lines;

    /// <inheritdoc/>
    public int Partitions => _streams.Max(stream => stream.Partition) + 1;

    /// <summary>Bytes of the files as they lie on the disk, 0 when none has a length.</summary>
    public long Length { get; }

    /// <inheritdoc/>
    public long BytesRead => _streams.Sum(stream => stream.BytesRead);

    /// <inheritdoc/>
    public double? Share
    {
        get
        {
            if (Length == 0 || IsLive)
            {
                return null;
            }

            lock (_lock)
            {
                return Math.Clamp((double)(_lengthRead + _open.Sum(open => open.Input.ReadOnDisk)) / Length, 0, 1);
            }
        }
    }

    /// <inheritdoc/>
    public string? Remark
    {
        get
        {
            lock (_lock)
            {
                long padding = _padding + _open.Sum(open => open.Input.Padding);
                return padding == 0 ? null : string.Create(System.Globalization.CultureInfo.InvariantCulture,
                    $"{padding:N0} NUL bytes were skipped where lines begin: holes that log rotation or a crash left");
            }
        }
    }

    /// <summary>The files that are read, which must not be written.</summary>
    public IReadOnlyList<FileIdentity> Files { get; private set; } = [];

    /// <summary>How it reads.</summary>
    public SourceOptions Options { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time => _context.Time;

    /// <summary>When what is read now arrives, epoch milliseconds.</summary>
    public long NowMs => (Options.Now ?? Time.GetUtcNow()).ToUnixTimeMilliseconds();

    /// <summary>Whether nobody wants any more.</summary>
    public bool IsStopped => _stop.IsCancellationRequested;

    /// <summary>Makes sure that there is something to read at every path, without opening it.</summary>
    /// <exception cref="SourceException">There is not.</exception>
    public static void RequireThere(IReadOnlyList<string> given, bool follows, CommandContext context)
    {
        IReadOnlyList<string> paths = SourcePaths.Expand(given);
        if (paths.Contains(SourcePaths.StandardInput) && context.IsStandardInputClosed())
        {
            throw new SourceException("cannot read stdin: it was closed when the command began; give a file, or '< /dev/null' for no events");
        }

        foreach (string path in paths.Where(path => path != SourcePaths.StandardInput && !File.Exists(path) && !(follows && path == paths[^1])))
        {
            new FileOpener(null, follows: false).Open(path).Dispose();
        }
    }

    /// <summary>Opens a source.</summary>
    /// <param name="options">What, and how.</param>
    /// <param name="context">Opens stdin.</param>
    /// <exception cref="SourceException">It cannot be opened, or is not what it was when it was counted.</exception>
    /// <exception cref="InvalidDataException">What was counted before cannot be read.</exception>
    public static LineSource Open(SourceOptions options, CommandContext context) => Open(options, context, context.Say);

    /// <summary>Opens a source, with a place for what is to be told.</summary>
    /// <inheritdoc cref="Open(SourceOptions, CommandContext)"/>
    public static LineSource Open(SourceOptions options, CommandContext context, Action<string> say)
    {
        LineSource source = new(options, context, say);
        try
        {
            source.OpenFirst();
            return source;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>A source of events made here.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="lines">The lines, which come when they come.</param>
    /// <param name="context">The clock.</param>
    /// <param name="now">See <see cref="SourceOptions.Now"/>.</param>
    public static LineSource Of(string name, Stream lines, CommandContext context, DateTimeOffset? now) =>
        new(new SourceOptions { Paths = [SourcePaths.StandardInput], Now = now },
            context with { OpenStandardInput = () => lines }, context.Say) { _pipeName = name, Name = name };


    /// <inheritdoc/>
    public RecordBlock NewBlock() => new LineBlock(Options.BlockBytes);

    /// <inheritdoc/>
    public void Attach(WindowEngine engine) => _engine = engine;

    /// <inheritdoc/>
    public bool Read(RecordBlock block)
    {
        LineBlock lines = (LineBlock)block;
        if (_sideBySide is not null)
        {
            return _sideBySide.Read(lines);
        }

        while (Lowest(_streams.Where(stream => !stream.IsEnded)) is { } stream)
        {
            if (stream.Read(lines))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The stream whose watermark is lowest: read next, so that as little as possible waits in memory for the others.</summary>
    public LineStream? Lowest(IEnumerable<LineStream> streams) => _streams.Count == 1 ? streams.FirstOrDefault() : streams.MinBy(WatermarkMs);

    /// <inheritdoc/>
    public void Applied(RecordBlock block)
    {
        LineBlock lines = (LineBlock)block;
        lines.NoteProgress();
        if (lines.IsApplied)
        {
            lines.Input.BlocksApplied++;
        }

        if (lines.Input.Trace is null)
        {
            lock (_lock)
            {
                _pipes[lines.Input.Name] = lines.Input.Lines;
            }
        }
    }

    /// <inheritdoc/>
    public TimeSpan? SilenceOf(int partition)
    {
        LineStream? stream = _streams.Find(stream => stream.Partition == partition);
        lock (_lock)
        {
            if (_open.Exists(open => open.Partition == partition && !open.Input.IsApplied))
            {
                return null;
            }
        }

        return stream is null || stream.IsEnded ? TimeSpan.MaxValue : stream.IsLive ? stream.Silence : null;
    }

    /// <inheritdoc/>
    public ISourcePosition Capture()
    {
        lock (_lock)
        {
            ForgetEnded();
            return new LinePosition(
                [
                    .. _open.Where(open => open.Input.Trace is not null).Select(open =>
                        (open.Input, open.Partition, open.Input.Trace!.Capture(), new CapturedProgress(
                            open.Input.Lines, open.Input.IsWithinLine, false))),
                ],
                [.. _pipes],
                _memory?.Files ?? []);
        }
    }

    /// <inheritdoc/>
    public void Saved(ISourcePosition position)
    {
    }

    /// <inheritdoc/>
    public void Stop() => _stop.Cancel();

    /// <summary>Says something to whoever runs this.</summary>
    public void Say(string message) => _say(message);

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        foreach (LineStream stream in _streams)
        {
            stream.Dispose();
        }
    }

    /// <summary>Opens the next input of a stream.</summary>
    public TextInput Open(string path)
    {
        if (path == SourcePaths.StandardInput)
        {
            return Pipe(new TextInput { Name = _pipeName, Text = new SourceText(_context.OpenStandardInput()), IsLive = true });
        }

        TextInput input = _opener.Open(path);
        return input.Raw is null ? Pipe(input) : Arrived(input);
    }

    /// <summary>Opens the file that a stream follows, waiting until there is one. What became of it since it was last read comes first.</summary>
    /// <param name="path">Where it lies.</param>
    /// <param name="last">What was read last; null at the start.</param>
    /// <param name="before">Takes the files that are read first, but for the one that is returned.</param>
    /// <returns>Null once nobody waits any more.</returns>
    public TextInput? Follow(string path, TextInput? last, Queue<string> before)
    {
        if (last is null && Rotations.Missing(path, _memory!) is { } missing)
        {
            Say($"{path} was replaced while nobody watched, and the file that was counted to line "
                + $"{missing.Lines:N0} is not found beside it: what was added to it after that is not counted");
        }

        // What was read is known once it is applied: until then it would look new.
        while (last is not null && !IsRemembered(last) && !IsStopped)
        {
            _stop.Token.WaitHandle.WaitOne(FollowedFile.Pause / 10);
        }

        for (bool isFirst = true; !IsStopped; isFirst = false)
        {
            // Before the look beside it: what takes the file's place meanwhile has another identity, and is not opened before what was renamed.
            bool exists = File.Exists(path);
            FileIdentity? there = FileIdentity.At(path);
            if ((isFirst || exists) && (last is not null || !IsWhereItWas(path)) && Rotations.Before(path, _memory!) is { Count: > 0 } rotated)
            {
                foreach (string later in rotated.Skip(1))
                {
                    before.Enqueue(later);
                }

                return Arrived(_opener.Open(rotated[0]));
            }

            if (exists && new FileOpener(_memory, follows: true).OpenIf(path, there) is { } input)
            {
                return input.Raw is { } raw ? input.Following(new FollowedFile(path, raw, input.File, Time, _stop.Token)) : input;
            }

            _stop.Token.WaitHandle.WaitOne(FollowedFile.Pause);
        }

        return null;
    }

    /// <summary>Notes that an input is being read.</summary>
    public void Begin(TextInput input, int partition)
    {
        lock (_lock)
        {
            ForgetEnded();
            _open.Add((input, partition));
        }
    }

    private bool IsRemembered(TextInput input)
    {
        lock (_lock)
        {
            if (input.IsApplied)
            {
                ForgetEnded();
            }

            return !_open.Exists(open => open.Input == input);
        }
    }

    /// <summary>Whether the file at a path is the one that was counted there last.</summary>
    private bool IsWhereItWas(string path) => _memory!.LastAt(Path.GetFullPath(path), null) is { } last && FileOpener.IsSame(path, last.Mark);

    private TextInput Pipe(TextInput input)
    {
        lock (_lock)
        {
            input.Lines = _pipes.GetValueOrDefault(input.Name);
        }

        return input;
    }

    /// <summary>
    /// When the lines of a file arrived: those that lay there when it was first opened, then; the others, now. What is followed arrives as
    /// it is read.
    /// </summary>
    private TextInput Arrived(TextInput input)
    {
        if (Options.Follows)
        {
            input.ArrivedMs = null;
            return input;
        }

        if (Options.ArrivalOf(input.Name) is { } before)
        {
            (input.ArrivedMs, input.ArrivedUntil, input.LaterArrivedMs) = (before.ArrivedMs, before.ArrivedUntil, _startMs);
            return input;
        }

        input.LaterArrivedMs = _startMs;
        if (Options.Now is not null || !input.IsKnown || input.Start >= input.ArrivedUntil)
        {
            input.ArrivedMs = _startMs;
            input.ArrivedUntil = long.MaxValue;
        }

        return input;
    }

    /// <summary>What has been read and applied to its end is remembered, and no longer open. Under the lock.</summary>
    private void ForgetEnded()
    {
        for (int i = _open.Count - 1; i >= 0; i--)
        {
            (TextInput input, int partition) = _open[i];
            if (input.IsEnded && input.IsApplied)
            {
                _open.RemoveAt(i);
                _lengthRead += input.ReadOnDisk;
                _padding += input.Padding;
                if (input.Trace is { } trace && _memory is not null)
                {
                    _memory.Add(new RememberedFile(TextInput.MarkOf(
                        trace.Capture(), input, partition, new CapturedProgress(input.Lines, input.IsWithinLine, !input.WasCut))));
                }
            }
        }
    }

    private long WatermarkMs(LineStream stream) =>
        _engine is { } engine && stream.Partition < engine.Partitions.Count ? engine.Partitions[stream.Partition].WatermarkMs : EventTime.None;

    private FileMemory Remember(SourceOptions options)
    {
        FileMemory memory = new();
        if (options.Before is { } before)
        {
            (IReadOnlyList<RememberedFile> open, IReadOnlyDictionary<string, long> pipes, IReadOnlyList<RememberedFile> files) =
                LinePosition.Read(before, options.Item);
            foreach (RememberedFile file in files.Concat(open))
            {
                memory.Add(file);
            }

            foreach ((string name, long lines) in pipes)
            {
                _pipes[name] = lines;
            }
        }

        return memory;
    }

    /// <summary>A stream for each path: as the partition that the file was read as before, else as one that no other file has.</summary>
    private void AddSideBySide(IReadOnlyList<string> paths)
    {
        HashSet<int> taken = [];
        int?[] partitions = new int?[paths.Count];
        for (int i = 0; i < paths.Count; i++)
        {
            string full = Path.GetFullPath(paths[i]);
            if (_memory?.Files.FindLast(file => file.Mark.Path == full)?.Mark.Partition is { } before && taken.Add(before))
            {
                partitions[i] = before;
            }
        }

        int next = 0;
        for (int i = 0; i < paths.Count; i++)
        {
            while (partitions[i] is null && !taken.Add(next))
            {
                next++;
            }

            _streams.Add(new LineStream(this, partitions[i] ?? next, [paths[i]], Options.Follows));
        }
    }

    private void OpenFirst()
    {
        // Before anything is written, not after hours of reading.
        IReadOnlyList<string> paths = SourcePaths.Expand(Options.Paths);
        foreach (string path in paths.Count == 1 ? [] : paths.Where(path => !SourcePaths.IsPipe(path)))
        {
            FileOpener.RequireForm(path);
        }

        foreach (LineStream stream in _streams)
        {
            stream.OpenFirst();
        }

        Files =
        [
            .. paths.Select(path => path == SourcePaths.StandardInput ? _context.IdentifyStandardInput() : FileIdentity.At(path))
                .OfType<FileIdentity>(),
        ];
    }

    private static string NameOf(string path) => path == SourcePaths.StandardInput ? "stdin" : path;
}

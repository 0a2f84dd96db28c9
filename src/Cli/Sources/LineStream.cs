using Tidemark.Cli.Sources.Formats;
using Tidemark.Sinks;

namespace Tidemark.Cli.Sources;

/// <summary>The files and pipes of one partition, read one after the other. One thread at a time reads it.</summary>
internal sealed class LineStream : IDisposable
{
    private readonly LineSource _source;
    private readonly Queue<string> _paths;
    private readonly string? _followed;
    private TextInput? _current;
    private LineBlockReader? _reader;
    private TextInput? _last;
    private long _bytesBefore;
    private long _paddingNoted;
    private long _lastRead;

    /// <param name="source">The source that it is a part of.</param>
    /// <param name="partition">Its partition.</param>
    /// <param name="paths">What is read, in order.</param>
    /// <param name="follows">Whether the last one is followed.</param>
    public LineStream(LineSource source, int partition, IReadOnlyList<string> paths, bool follows)
    {
        _source = source;
        Partition = partition;
        _followed = follows && !SourcePaths.IsPipe(paths[^1]) ? paths[^1] : null;
        _paths = new Queue<string>(_followed is null ? paths : paths.SkipLast(1));
        _lastRead = source.Time.GetTimestamp();
    }

    /// <summary>The partition.</summary>
    public int Partition { get; }

    /// <summary>Whether its end has been read.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Whether more may come at any time on what is being read.</summary>
    public bool IsLive => Volatile.Read(ref _current)?.IsLive ?? false;

    /// <summary>Bytes of text read so far.</summary>
    public long BytesRead => _bytesBefore + (_reader?.BytesRead ?? 0);

    /// <summary>How long nothing has been read.</summary>
    public TimeSpan Silence => _source.Time.GetElapsedTime(Volatile.Read(ref _lastRead));

    /// <summary>
    /// Opens the first file now, so that what is wrong with it is told before anything else happens. What may wait is opened when it is
    /// read.
    /// </summary>
    public void OpenFirst()
    {
        if (_paths.TryPeek(out string? path) && !SourcePaths.IsPipe(path))
        {
            OpenNext();
        }
    }

    /// <summary>Fills a block.</summary>
    /// <returns>False at the end.</returns>
    public bool Read(LineBlock block)
    {
        while (_current is not null || OpenNext())
        {
            TextInput input = _current!;
            block.Begin(input, Partition);
            if (ReadBlock(block, input))
            {
                // Live lines arrive as they are read; those of a file did when it was opened.
                block.ArrivalMs = input.ArrivedMs is not { } arrived
                    ? _source.NowMs : block.End - block.Length < input.ArrivedUntil ? arrived : input.LaterArrivedMs;
                input.BlocksRead++;
                Volatile.Write(ref _lastRead, _source.Time.GetTimestamp());
                return true;
            }

            EndCurrent(input);
        }

        IsEnded = true;
        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _current?.Dispose();

    private bool ReadBlock(LineBlock block, TextInput input)
    {
        try
        {
            bool isRead = _reader!.Read(block);
            input.AddPadding(_reader.PaddingBytes - _paddingNoted);
            _paddingNoted = _reader.PaddingBytes;
            return isRead;
        }
        catch (UnreadableFormException error)
        {
            throw new SourceException($"cannot read {input.Name}: {error.Message}", error);
        }
        catch (Exception error) when (error is InvalidDataException || IoProblem.Is(error))
        {
            string reason = error is InvalidDataException ? error.Message : IoProblem.Describe(error);
            throw new SourceException($"cannot read {input.Name} after {input.Start + _reader!.BytesRead:N0} bytes of text: {reason}", error);
        }
    }

    private bool OpenNext()
    {
        TextInput? input =
            _paths.TryDequeue(out string? path) ? _source.Open(path) : _followed is null ? null : _source.Follow(_followed, _last, _paths);
        if (input is null)
        {
            return false;
        }

        _paddingNoted = 0;
        _reader = new LineBlockReader(input.Text, _source.Options.BlockBytes, input.IsLive,
            input.Start, input.StartsWithinLine) { WasCut = () => input.WasCut };
        Volatile.Write(ref _current, input);
        _source.Begin(input, Partition);
        return true;
    }

    private void EndCurrent(TextInput input)
    {
        long read = _reader!.BytesRead;
        _bytesBefore += read;
        _reader = null;
        Volatile.Write(ref _current, null);
        input.Dispose();
        if (_source.IsStopped)
        {
            // Not its end: nobody waits for it any more.
            _paths.Clear();
            return;
        }

        input.ArrivedUntil = Math.Min(input.ArrivedUntil, input.Start + read);
        input.IsEnded = true;
        _last = input;
        if (input.IsKnown && input.BlocksRead == 0 && _followed is null && !_source.Options.IsQuiet)
        {
            _source.Say($"{input.Name} was counted before, all {input.Lines:N0} {input.RecordsAre}s of it: nothing is added");
        }
    }
}

using System.Runtime.ExceptionServices;
using Tidemark.Cli.Sources;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Core.Watermarks;
using Tidemark.Engine;
using Tidemark.Sinks;

namespace Tidemark.Cli.Run;

/// <summary>
/// Drives one source through the engine. Every thread reads a block, parses it, waits for its turn, applies it: parsing is parallel, and
/// the engine sees the records in the order of the source, so no result depends on the number of threads or the size of the blocks.
/// </summary>
internal sealed class StreamJob
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LiveInterval = TimeSpan.FromSeconds(1);

    private readonly EngineOptions _options;
    private readonly LineSource _source;
    private readonly LineBlockReader _reader;
    private readonly JobOutput _output;
    private readonly JobTuning _tuning;
    private readonly TimeProvider _time;
    private readonly long? _arrivalMs;
    private readonly long _skewMs;
    private readonly object _readLock = new();
    private readonly object _engineLock = new();
    private readonly Turns _turns = new();
    private ExceptionDispatchInfo? _failure;
    private volatile bool _stopping;
    private bool _sourceFailed;
    private long _lastArrival;
    private long _lastLive;
    private long _blocksRead;
    private long _blocksApplied;
    private long _nextOffset;

    /// <param name="options">Valid options.</param>
    /// <param name="source">Where the lines come from.</param>
    /// <param name="output">Where results and dead letters go.</param>
    /// <param name="now">When the records are taken to have arrived. Null for the clock: when a block was read on a live source, else now.</param>
    /// <param name="tuning">Threads and block size.</param>
    /// <param name="time">For arrival and idleness.</param>
    public StreamJob(EngineOptions options, LineSource source, JobOutput output, DateTimeOffset? now, JobTuning tuning, TimeProvider time)
    {
        _options = options;
        _source = source;
        _reader = new LineBlockReader(source.Lines, tuning.BlockBytes, source.IsLive);
        _output = output;
        _tuning = tuning;
        _time = time;

        // A pipe may run for weeks: what arrives on it is judged by the clock of that moment. A file is all there when it is opened.
        _arrivalMs = now is null && source.IsLive ? null : (now ?? time.GetUtcNow()).ToUnixTimeMilliseconds();
        _skewMs = (long)options.MaxFutureSkew.TotalMilliseconds;
        _lastArrival = time.GetTimestamp();
        Engine = new WindowEngine(options, partitions: 1, output);
    }

    /// <summary>The engine; its counters may be read at any time for display.</summary>
    public WindowEngine Engine { get; }

    /// <summary>Bytes of text read so far.</summary>
    public long BytesRead => _reader.BytesRead;

    /// <summary>Runs to the end of the source, or until cancelled. When the source fails, what was read before is applied first.</summary>
    /// <param name="onTick">Called about ten times a second, and once at the end.</param>
    /// <param name="cancellationToken">Stops reading; what is still open is not published.</param>
    /// <returns>Whether the end of the source was reached.</returns>
    /// <exception cref="SourceException">The source cannot be read.</exception>
    public bool Run(Action onTick, CancellationToken cancellationToken)
    {
        // Never disposed: when the job is cancelled, a thread may still wait for stdin and count down long after.
        CountdownEvent working = new(_tuning.Threads);
        for (int i = 0; i < _tuning.Threads; i++)
        {
            // Background: a thread that waits for stdin must not keep a cancelled process alive.
            new Thread(() => Work(working)) { IsBackground = true, Name = $"tidemark-{i}" }.Start();
        }

        try
        {
            // A thread that failed stops the others, but not one that waits for stdin.
            while (!working.Wait(Tick, CancellationToken.None) && !cancellationToken.IsCancellationRequested && !_stopping)
            {
                onTick();
                _output.ThrowIfFailed();
                CloseByClock();
                PublishLive();
            }
        }
        finally
        {
            // What is being applied is applied whole; once Run has returned or thrown, nothing changes any more.
            Stop();
            lock (_engineLock)
            {
            }
        }

        // Asked once: whoever interrupts the closing of the last windows must not be told that they are missing.
        bool ended = working.IsSet && !cancellationToken.IsCancellationRequested;
        lock (_engineLock)
        {
            _failure?.Throw();
            if (ended)
            {
                Engine.Complete();
            }
        }

        onTick();
        return ended;
    }

    private void Work(CountdownEvent working)
    {
        try
        {
            EventParser parser = new();
            EventBatch batch = new();
            LineBlock block = new(_tuning.BlockBytes);
            while (ReadNext(block))
            {
                parser.ParseLines(block.Buffer, block.Length, block.ArrivalMs + _skewMs, batch);
                if (!_turns.WaitFor(block.Sequence))
                {
                    break;
                }

                lock (_engineLock)
                {
                    // Once Run has returned nothing changes any more.
                    if (_stopping)
                    {
                        break;
                    }

                    Engine.Apply(0, batch, _nextOffset);
                    _nextOffset += batch.Lines;
                    _blocksApplied++;
                }

                _turns.Pass();
            }
        }
#pragma warning disable CA1031 // Whatever stops one thread stops the job, and is thrown by Run.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(error), null);
            Stop();
        }
        finally
        {
            working.Signal();
        }
    }

    private bool ReadNext(LineBlock block)
    {
        lock (_readLock)
        {
            try
            {
                if (_stopping || _sourceFailed || !_reader.Read(block))
                {
                    return false;
                }
            }
            catch (Exception error) when (error is InvalidDataException || IoProblem.Is(error))
            {
                // Others may hold blocks from before: they still take their turns.
                _sourceFailed = true;
                string reason = error is InvalidDataException ? error.Message : IoProblem.Describe(error);
                SourceException failure = new($"cannot read {_source.Name} after {_reader.BytesRead:N0} bytes of text: {reason}", error);
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(failure), null);
                return false;
            }

            block.ArrivalMs = _arrivalMs ?? _time.GetUtcNow().ToUnixTimeMilliseconds();
            Volatile.Write(ref _lastArrival, _time.GetTimestamp());
            Interlocked.Increment(ref _blocksRead);
            return true;
        }
    }

    private void Stop()
    {
        _stopping = true;
        _turns.Stop();
    }

    /// <summary>On a live source that has been silent for a while, lets the clock move the watermark.</summary>
    private void CloseByClock()
    {
        if (!_source.IsLive)
        {
            return;
        }

        TimeSpan silent = _time.GetElapsedTime(Volatile.Read(ref _lastArrival));
        lock (_engineLock)
        {
            bool hasMore = Interlocked.Read(ref _blocksRead) != _blocksApplied;
            if (Watermark.IsIdle(hasMore, (long)silent.TotalMilliseconds, (long)_options.IdleTimeout.TotalMilliseconds))
            {
                Engine.MarkIdle(0);
                Engine.AdvanceIdle((long)silent.TotalMilliseconds);
            }

            _output.Flush();
        }
    }

    private void PublishLive()
    {
        if (!_output.WantsLive || _time.GetElapsedTime(_lastLive) < LiveInterval)
        {
            return;
        }

        _lastLive = _time.GetTimestamp();
        IReadOnlyList<Publication> live;
        lock (_engineLock)
        {
            live = Engine.Live();
        }

        _output.PublishLive(live);
    }
}

using System.Runtime.ExceptionServices;
using Tidemark.Cli.DeadLetters;
using Tidemark.Cli.Sources;
using Tidemark.Cli.State;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Engine;
using Tidemark.Engine.Checkpoint;

namespace Tidemark.Cli.Run;

/// <summary>
/// Drives a source through the engine. Every thread reads a block, parses it, waits for its turn, applies it: parsing is parallel, and
/// the engine sees the records in the order of the source, so no result depends on the number of threads or the size of the blocks.
/// </summary>
internal sealed class StreamJob
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    // Ctrl-C on a pipe of commands ends the one that writes at the same instant.
    private static readonly TimeSpan EndOrInterrupt = TimeSpan.FromMilliseconds(200);

    // The lines of a replay that is piped in come one upon the other.
    private static readonly TimeSpan LiveWait = TimeSpan.FromSeconds(1);

    private readonly EngineOptions _options;
    private readonly RecordSchema _schema;
    private readonly IRecordSource _source;
    private readonly JobOutput _output;
    private readonly JobTuning _tuning;
    private readonly TimeProvider _time;
    private readonly bool _keepsOpen;
    private readonly long _skewMs;
    private readonly object _readLock = new();
    private readonly StreamLock _engineLock = new();
    private readonly Turns _turns = new();
    private readonly Silences _silences; // under the lock of the engine
    private readonly WaitingBlocks _waiting; // under the lock of the engine
    private ExceptionDispatchInfo? _failure;
    private volatile bool _stopping;
    private bool _isBroken;
    private bool _sourceFailed;
    private bool _sourceEnded;
    private long _sequence;
    private long _progress;

    /// <param name="options">Valid options.</param>
    /// <param name="source">Where the records come from.</param>
    /// <param name="output">Where results and dead letters go.</param>
    /// <param name="tuning">Threads and block size.</param>
    /// <param name="time">For idleness.</param>
    /// <param name="before">What an earlier run knew; null for nothing.</param>
    /// <param name="keepsOpen">
    /// Whether the state is kept: then windows that the end of the source closes may be corrected by what comes after it.
    /// </param>
    public StreamJob(EngineOptions options, IRecordSource source, JobOutput output,
        JobTuning tuning, TimeProvider time, EngineSnapshot? before = null, bool keepsOpen = false)
    {
        _options = options;
        _schema = RecordSchema.Create(options.Input);
        _source = source;
        _output = output;
        _tuning = tuning;
        _time = time;
        _keepsOpen = keepsOpen;
        _waiting = new WaitingBlocks(options.MaxJump, time);
        _silences = new Silences(source, time);
        _skewMs = (long)options.MaxFutureSkew.TotalMilliseconds;
        Engine = before is null ? new WindowEngine(options, source.Partitions, output) : WindowEngine.Restore(options, before, output);
        AddPartitions(source.Partitions);
        source.Attach(Engine);

        // Of what is about to be read nothing may become final because it was at its end when the state was saved.
        for (int partition = 0; partition < Engine.Partitions.Count; partition++)
        {
            if (source.SilenceOf(partition) != TimeSpan.MaxValue)
            {
                Engine.MarkActive(partition);
            }
        }
    }

    /// <summary>The engine; its counters may be read at any time for display.</summary>
    public WindowEngine Engine { get; }

    /// <summary>A number that differs when there is something new. On any thread.</summary>
    public long Progress => Interlocked.Read(ref _progress);

    /// <summary>How many records were no JSON and of a form that is known, in this run.</summary>
    public long CountOf(RecordForm form) => _output.CountOf(form);

    /// <summary>What was seen of the records that were not counted.</summary>
    public RunReview Review => _output.Review;

    /// <summary>The windows that are open, as they stand between two records. On any thread.</summary>
    public IReadOnlyList<Publication> Live()
    {
        using (_engineLock.Take())
        {
            return Engine.Live();
        }
    }

    /// <summary>Looks at the engine, and at what goes with it, as they stand between two records. On any thread.</summary>
    /// <param name="look">Reads what it needs, and keeps nothing that changes.</param>
    public T Look<T>(Func<WindowEngine, T> look)
    {
        using (_engineLock.Take())
        {
            return look(Engine);
        }
    }

    /// <summary>Everything that a run goes on from, as it stands between two records. On any thread.</summary>
    /// <param name="isClean">Whether the run ends with it.</param>
    /// <param name="outbox">What the sinks lack; looked at while nothing is added to it.</param>
    /// <exception cref="Sinks.SinkException">Dead letters are lost: nothing may be remembered as done.</exception>
    /// <exception cref="InvalidOperationException">The engine has failed within a record.</exception>
    public RunCapture Capture(bool isClean, Func<(IReadOnlyList<EngineEvent> Events, long Sequence)> outbox)
    {
        using (_engineLock.Take())
        {
            if (_isBroken)
            {
                throw new InvalidOperationException("The engine has failed within a record: its state cannot be saved.");
            }

            _output.Flush();
            (IReadOnlyList<EngineEvent> events, long sequence) = outbox();
            return new RunCapture(Engine.Capture(isStored: true), events, sequence, _source.Capture(), _output.DeadLetters(), isClean);
        }
    }

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
            }

            if (_source.IsLive && working.IsSet && _failure is null)
            {
                cancellationToken.WaitHandle.WaitOne(EndOrInterrupt);
            }
        }
        finally
        {
            // What is being applied is applied whole; once Run has returned or thrown, nothing changes any more.
            Stop();
            using (_engineLock.Take())
            {
            }
        }

        // Asked once: whoever interrupts the closing of the last windows must not be told that they are missing.
        bool ended = working.IsSet && !cancellationToken.IsCancellationRequested;
        using (_engineLock.Take())
        {
            ApplyWhatWaits(ended);
            _failure?.Throw();
            if (ended)
            {
                Close();
            }
        }

        onTick();
        return ended;
    }

    private void Close()
    {
        if (_keepsOpen)
        {
            Engine.CloseAll();
        }
        else
        {
            Engine.Complete();
        }

        Interlocked.Increment(ref _progress);
    }

    /// <summary>
    /// Nothing more comes: what waits to be confirmed is. A file that was left in the middle is read on from there by the next run instead;
    /// what came on a pipe comes once.
    /// </summary>
    private void ApplyWhatWaits(bool ended)
    {
        foreach (int partition in _isBroken ? [] : _waiting.Partitions)
        {
            while (_waiting.Next(partition, Engine, confirms: true) is { } block && (ended || _sourceFailed || !block.IsKept))
            {
                ApplyPart(block);
            }
        }
    }

    private void Work(CountdownEvent working)
    {
        try
        {
            EventParser parser = new(_schema);
            RecordBlock block = _source.NewBlock();
            while (ReadNext(block))
            {
                block.Parse(parser, _skewMs);
                if (!_turns.WaitFor(block.Sequence) || !Apply(block, out bool isWhole))
                {
                    break;
                }

                block = isWhole ? block : ((LineBlock)block).Detach();
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

    /// <summary>Applies what a block adds to what may be applied, stopping between two records whenever the sinks are full.</summary>
    /// <param name="block">The block.</param>
    /// <param name="isWhole">Whether all of it is applied. If not it waits for the blocks that follow, and must be left alone.</param>
    /// <returns>False once nothing may change any more.</returns>
    private bool Apply(RecordBlock block, out bool isWhole)
    {
        isWhole = false;
        for (bool isNew = true, isStuck = false; !isWhole && !isStuck; isNew = false)
        {
            _output.WaitForRoom(() => _stopping);
            using (_engineLock.TakeForStream())
            {
                // Once Run has returned nothing changes any more.
                if (_stopping)
                {
                    return false;
                }

                AddPartitions(block.Partition + 1);
                if (isNew)
                {
                    _waiting.Add(block);
                }

                RecordBlock? next = _waiting.Next(block.Partition, Engine, confirms: false);
                isStuck = next is null;
                if (next is not null)
                {
                    ApplyPart(next);
                }

                // Nothing behind it was added, since it is its turn.
                isWhole = !_waiting.HasAny(block.Partition);
            }
        }

        _output.ThrowIfLettersAreLost();
        return true;
    }

    /// <summary>
    /// Applies what may be applied of the first block of a partition, or less when the sinks are full. Under the lock of the engine.
    /// </summary>
    private void ApplyPart(RecordBlock block)
    {
        _isBroken = true;
        _output.Begin(block);
        bool isWhole = block.Apply(Engine);
        _source.Applied(block);
        _silences.Note(Engine, block.ReadAt);
        if (isWhole)
        {
            block.Review(_output.Review);
            _waiting.Remove(block.Partition);
        }

        _isBroken = false;
        Interlocked.Increment(ref _progress);
    }

    private void AddPartitions(int partitions)
    {
        while (Engine.Partitions.Count < partitions)
        {
            Engine.AddPartition();
        }

        _silences.AddNew(Engine);
    }

    private bool ReadNext(RecordBlock block)
    {
        lock (_readLock)
        {
            try
            {
                if (_stopping || _sourceFailed || _sourceEnded)
                {
                    return false;
                }

                if (!_source.Read(block))
                {
                    _sourceEnded = true;
                    return false;
                }
            }
            catch (SourceException error)
            {
                // Others may hold blocks from before: they still take their turns.
                _sourceFailed = true;
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(error), null);
                return false;
            }

            block.Sequence = _sequence++;
            block.ReadAt = _time.GetTimestamp();
            return true;
        }
    }

    private void Stop()
    {
        _stopping = true;
        _turns.Stop();
        _source.Stop();
    }

    /// <summary>
    /// Partitions that have ended hold nothing back, and those of a live source that have been silent for a while do not either: then the
    /// clock moves the watermark.
    /// </summary>
    private void CloseByClock()
    {
        using (_engineLock.Take())
        {
            ConfirmByClock();
            TimeSpan least = TimeSpan.MaxValue;
            bool isIdle = false;
            for (int partition = 0; partition < Engine.Partitions.Count; partition++)
            {
                TimeSpan silence = _silences.Of(partition) ?? TimeSpan.Zero;
                least = silence < least ? silence : least;
                if (silence >= _options.IdleTimeout)
                {
                    Engine.MarkIdle(partition);
                    isIdle = true;
                }
            }

            // When all have ended it is the end of the source that closes.
            if (isIdle && least < TimeSpan.MaxValue)
            {
                AdvanceIdle(least);
            }

            if (_source.IsLive)
            {
                _output.Flush();
            }
        }
    }

    /// <summary>On a live source nothing waits for more lines for longer than a moment: results are wanted now.</summary>
    private void ConfirmByClock()
    {
        foreach (int partition in _source.IsLive && !_isBroken ? _waiting.Partitions : [])
        {
            while (!_output.IsFull
                && _waiting.Next(partition, Engine, confirms: _waiting.HasWaited(partition, LiveWait)) is { } block)
            {
                ApplyPart(block);
            }
        }
    }

    private void AdvanceIdle(TimeSpan silence)
    {
        long before = Engine.WatermarkMs;
        Engine.AdvanceIdle((long)silence.TotalMilliseconds);
        if (Engine.WatermarkMs != before)
        {
            Interlocked.Increment(ref _progress);
        }
    }
}

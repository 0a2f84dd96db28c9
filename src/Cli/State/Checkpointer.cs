using System.Runtime.ExceptionServices;
using System.Text.Json;
using Tidemark.Core;
using Tidemark.Engine.Checkpoint;

namespace Tidemark.Cli.State;

/// <summary>
/// Saves a run's state on a thread of its own: about once a second while records come, and at once when results wait for it. The engine
/// waits only while what it knows is captured.
/// </summary>
internal sealed class Checkpointer : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // On a file nobody waits for a result: many of them share a checkpoint.
    private static readonly TimeSpan BoundedSpacing = TimeSpan.FromMilliseconds(500);

    // Saving takes a twentieth of the time at most, unless the sinks wait for it.
    private const int CostFactor = 20;

    private readonly object _lock = new();
    private readonly object _saving = new();
    private readonly StateLog _log;
    private readonly EngineOptions _options;
    private readonly IReadOnlyDictionary<string, JsonElement> _others;
    private readonly PartTable _parts;
    private readonly StateItems _items;
    private readonly TimeProvider _time;
    private readonly CheckpointSource _source;
    private bool _isRequested;
    private bool _isStopped;
    private Thread? _thread;
    private long _savedProgress = -1;
    private long _lastSave;
    private TimeSpan _lastCost;

    /// <param name="log">Where checkpoints go.</param>
    /// <param name="options">The options of the run.</param>
    /// <param name="others">Positions of sources of other kinds.</param>
    /// <param name="parts">The numbers of panes' parts.</param>
    /// <param name="items">The numbers of all pieces.</param>
    /// <param name="source">What is saved.</param>
    /// <param name="time">When, and how long it takes.</param>
    public Checkpointer(
        StateLog log, EngineOptions options, IReadOnlyDictionary<string, JsonElement> others,
        PartTable parts, StateItems items, CheckpointSource source, TimeProvider time)
    {
        (_log, _options, _others, _parts, _items, _source, _time) = (log, options, others, parts, items, source, time);
        _lastSave = time.GetTimestamp();
    }

    /// <summary>How long the engine waited at most, for one checkpoint.</summary>
    public TimeSpan LongestPause { get; private set; }

    /// <summary>Checkpoints that were saved.</summary>
    public long Saved { get; private set; }

    /// <summary>How old the last checkpoint is; null before the first. On any thread.</summary>
    public TimeSpan? Age => Saved == 0 ? null : _time.GetElapsedTime(Interlocked.Read(ref _lastSave));

    /// <summary>Starts saving now and then.</summary>
    public void Start()
    {
        _thread = new Thread(SaveAll) { IsBackground = true, Name = "tidemark-state" };
        _thread.Start();
    }

    /// <summary>Something waits for the next checkpoint.</summary>
    public void Request()
    {
        lock (_lock)
        {
            _isRequested = true;
            Monitor.Pulse(_lock);
        }
    }

    /// <summary>Stops saving now and then; waits for what is being saved.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _isStopped = true;
            Monitor.Pulse(_lock);
        }

        _thread?.Join();
    }

    /// <summary>Told of what ended the saving now and then, if anything does.</summary>
    public Action<ExceptionDispatchInfo>? Failed { get; init; }

    /// <summary>Saves now.</summary>
    /// <param name="isClean">Whether the run ends with this.</param>
    /// <exception cref="StateException">The state cannot be saved.</exception>
    /// <exception cref="Sinks.SinkException">Dead letters cannot be.</exception>
    public void Save(bool isClean)
    {
        lock (_saving)
        {
            long start = _time.GetTimestamp();
            long progress = _source.Progress();
            RunCapture capture = _source.Capture(isClean);
            TimeSpan pause = _time.GetElapsedTime(start);
            LongestPause = pause > LongestPause ? pause : LongestPause;

            byte[] content = RunStateCodec.Encode(capture, _options, _others, _time.GetUtcNow(), _parts, _items);
            _source.BeforeWrite(capture);
            _log.Write(content, _items);
            _source.AfterWrite(capture);
            (_savedProgress, _lastSave) = (progress, _time.GetTimestamp());
            _lastCost = _time.GetElapsedTime(start);
            Saved++;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        _log.Dispose();
    }

    private void SaveAll()
    {
        try
        {
            while (WaitForNext())
            {
                Save(isClean: false);
            }
        }
#pragma warning disable CA1031 // Whatever ends this thread ends the run, and is thrown there.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Failed?.Invoke(ExceptionDispatchInfo.Capture(error));
        }
    }

    private bool WaitForNext()
    {
        lock (_lock)
        {
            while (!_isStopped)
            {
                bool isDue = _isRequested || _source.Progress() != _savedProgress;
                TimeSpan wait = Spacing() - _time.GetElapsedTime(_lastSave);
                if (isDue && wait <= TimeSpan.Zero)
                {
                    _isRequested = false;
                    return true;
                }

                Monitor.Wait(_lock, isDue && wait < Interval ? wait : Interval);
            }

            return false;
        }
    }

    /// <summary>How long after the last checkpoint the next one is made.</summary>
    private TimeSpan Spacing()
    {
        if (_isRequested && (_source.IsLive || _source.IsFull()))
        {
            return TimeSpan.Zero;
        }

        TimeSpan spacing = _isRequested ? BoundedSpacing : Interval;
        TimeSpan affordable = CostFactor * _lastCost;
        return affordable > spacing ? affordable : spacing;
    }
}

/// <summary>What a <see cref="Checkpointer"/> saves.</summary>
/// <param name="Capture">Captures everything; whether the run ends with it.</param>
/// <param name="Progress">A number that differs when there is something new to save. On any thread.</param>
/// <param name="IsFull">Whether the stream waits for a checkpoint. On any thread.</param>
/// <param name="IsLive">Whether somebody waits for results as they come.</param>
/// <param name="BeforeWrite">Makes durable what a capture relies on.</param>
/// <param name="AfterWrite">Told once a capture is durable.</param>
internal sealed record CheckpointSource(
    Func<bool, RunCapture> Capture, Func<long> Progress, Func<bool> IsFull,
    bool IsLive, Action<RunCapture> BeforeWrite, Action<RunCapture> AfterWrite);

using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Sinks;

namespace Tidemark.Cli.Run;

/// <summary>
/// Merges and writes publications on a thread of its own, in order, so that the sinks' time is not the stream's. At most
/// <see cref="Capacity"/> wait; then the stream waits, but not once the run is interrupted: what finds no room then is dropped, and so is
/// everything after it. Sinks are forward-only, so another run over the same events writes what is missing.
/// </summary>
internal sealed class ResultPublisher : IDisposable
{
    private const int Capacity = 256;
    private const int MaxInBatch = 32;

    // A result may hold three times breakdownCapacity keys of half a kilobyte: a full batch of them would be a gigabyte.
    private const int MaxKeysInBatch = 20_000;

    /// <summary>How long an interrupted run waits for the writing: below what people take for hanging.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly BlockingCollection<Item> _queue = new(Capacity);
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _noWaiting;
    private readonly ManualResetEventSlim _ended = new();
    private readonly CancellationToken _interrupted;
    private readonly IReadOnlyList<IResultSink> _sinks;
    private readonly IResultSink? _liveSink;
    private readonly WindowMerger _merger;
    private ExceptionDispatchInfo? _failure;
    private bool _isDropping;
    private bool _gaveUp;
    private long _added;

    /// <param name="options">Valid options.</param>
    /// <param name="sinks">Where results go.</param>
    /// <param name="interrupted">Cancelled when the run should end soon.</param>
    /// <param name="liveSink">The one of the sinks that also wants the windows that are still open, or null.</param>
    public ResultPublisher(EngineOptions options, IReadOnlyList<IResultSink> sinks, CancellationToken interrupted, IResultSink? liveSink = null)
    {
        _merger = new WindowMerger(options);
        _sinks = sinks;
        _liveSink = liveSink;
        _interrupted = interrupted;
        _noWaiting = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, interrupted);
        new Thread(WriteAll) { IsBackground = true, Name = "tidemark-publish" }.Start();
    }

    /// <summary>Publications written, by window family and phase.</summary>
    public ConcurrentDictionary<(string Window, Phase Phase), long> Written { get; } = new();

    /// <summary>Publications that were due and are not written.</summary>
    public long Unwritten => Volatile.Read(ref _added) - Written.Values.Sum();

    /// <summary>Queues a publication. Callers take turns.</summary>
    /// <exception cref="SinkException">A sink has failed for good.</exception>
    public void Add(Publication publication)
    {
        Volatile.Write(ref _added, _added + 1);
        Add(new Item(publication, null, 0));
    }

    /// <summary>Whether anybody wants to see windows that are still open.</summary>
    public bool WantsLive => _liveSink is not null;

    /// <summary>Queues live results, unless much else waits: the next ones, a second later, hold more anyway.</summary>
    public void AddLive(IReadOnlyList<Publication> live)
    {
        foreach (Publication publication in live)
        {
            if (_queue.Count > Capacity / 2 || !_queue.TryAdd(new Item(publication, null, 0)))
            {
                return;
            }
        }
    }

    /// <summary>Queues the note that windows are final; it reaches the sinks after everything queued before it. Callers take turns.</summary>
    /// <exception cref="SinkException">A sink has failed for good.</exception>
    public void MarkFinal(WindowDefinition family, long beforeMs) => Add(new Item(null, family, beforeMs));

    /// <summary>Throws what ended the writing, if anything has.</summary>
    /// <exception cref="SinkException">A sink has failed for good.</exception>
    public void ThrowIfFailed() => Volatile.Read(ref _failure)?.Throw();

    /// <summary>Waits until everything queued is written; once the run is interrupted, for a second at most, and what is left is dropped.</summary>
    /// <returns>Whether everything that was ever added is written.</returns>
    /// <exception cref="SinkException">A sink has failed for good.</exception>
    public bool Complete()
    {
        _queue.CompleteAdding();
        _gaveUp = !WaitForEnd();
        if (_gaveUp)
        {
            _stop.Cancel();
        }

        ThrowIfFailed();
        return Unwritten == 0;
    }

    /// <summary>Without <see cref="Complete"/> before it, drops what is not written within a second.</summary>
    public void Dispose()
    {
        if (!_queue.IsAddingCompleted)
        {
            _queue.CompleteAdding();
        }

        if (_ended.Wait(_gaveUp ? TimeSpan.Zero : Grace))
        {
            _queue.Dispose();
            _noWaiting.Dispose();
            return;
        }

        // It waits for a reader who does not read, and ends with the process.
        _stop.Cancel();
    }

    private bool WaitForEnd()
    {
        try
        {
            _ended.Wait(_interrupted);
            return true;
        }
        catch (OperationCanceledException)
        {
            return _ended.Wait(Grace, CancellationToken.None);
        }
    }

    private void Add(Item item)
    {
        if (_isDropping)
        {
            return;
        }

        try
        {
            _queue.Add(item, _noWaiting.Token);
        }
        catch (OperationCanceledException)
        {
            ThrowIfFailed();
            _isDropping = !_queue.TryAdd(item);
        }
    }

    private void WriteAll()
    {
        try
        {
            List<WindowResult> batch = [];
            int keys = 0;
            foreach (Item item in _queue.GetConsumingEnumerable(_stop.Token))
            {
                if (item.Publication is { Phase: Phase.Live } live)
                {
                    // After what was closed before, so that a window never looks open again.
                    Write(batch);
                    batch.Clear();
                    keys = 0;
                    _liveSink!.WriteAsync([_merger.Merge(live)], _stop.Token).GetAwaiter().GetResult();
                }
                else if (item.Publication is { } publication)
                {
                    WindowResult result = _merger.Merge(publication);
                    batch.Add(result);
                    keys += KeysOf(result);
                }

                if (_queue.Count == 0 || batch.Count == MaxInBatch || keys >= MaxKeysInBatch || item.Family is not null)
                {
                    Write(batch);
                    batch.Clear();
                    keys = 0;
                }

                if (item.Family is { } family)
                {
                    MarkFinal(family.Name, item.FinalBeforeMs);
                }
            }

            Write(batch);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Nobody waits for the rest.
        }
#pragma warning disable CA1031 // Whatever ends this thread is thrown where the stream adds and completes.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Volatile.Write(ref _failure, ExceptionDispatchInfo.Capture(error));
            _stop.Cancel();
        }
        finally
        {
            _ended.Set();
        }
    }

    private static int KeysOf(WindowResult result) =>
        result.TopPages.Counts.Count + result.Devices.Counts.Count + result.Countries.Counts.Count + result.EventTypes.Counts.Count;

    private void Write(List<WindowResult> batch)
    {
        if (batch.Count == 0)
        {
            return;
        }

        foreach (IResultSink sink in _sinks)
        {
            sink.WriteAsync(batch, _stop.Token).GetAwaiter().GetResult();
        }

        foreach (WindowResult result in batch)
        {
            Written.AddOrUpdate((result.Window, result.Phase), 1, static (_, count) => count + 1);
        }
    }

    private void MarkFinal(string window, long beforeMs)
    {
        foreach (IResultSink sink in _sinks)
        {
            sink.MarkFinalAsync(window, beforeMs, _stop.Token).GetAwaiter().GetResult();
        }
    }

    /// <summary>A publication, or the family whose windows are final before a time.</summary>
    private readonly record struct Item(Publication? Publication, WindowDefinition? Family, long FinalBeforeMs);
}

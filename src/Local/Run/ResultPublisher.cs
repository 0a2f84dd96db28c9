using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Tidemark.Aggregation;
using Tidemark.Aggregation.Closing;
using Tidemark.Aggregation.Windows;
using Tidemark.Storage;

namespace Tidemark.Local.Run;

/// <summary>
/// Merges and writes publications on a thread of its own, in order, so that the sinks' time is not the stream's. At most
/// <see cref="Capacity"/> wait; then the stream waits.
/// </summary>
internal sealed class ResultPublisher : IDisposable
{
    private const int Capacity = 256;
    private const int MostInBatch = 32;

    private readonly BlockingCollection<Item> _queue = new(Capacity);
    private readonly CancellationTokenSource _failed = new();
    private readonly IReadOnlyList<IResultSink> _sinks;
    private readonly WindowMerger _merger;
    private readonly Thread _thread;
    private ExceptionDispatchInfo? _failure;

    public ResultPublisher(EngineOptions options, IReadOnlyList<IResultSink> sinks)
    {
        _merger = new WindowMerger(options);
        _sinks = sinks;
        _thread = new Thread(WriteAll) { IsBackground = true, Name = "tidemark-publish" };
        _thread.Start();
    }

    /// <summary>Publications written, by window family and phase.</summary>
    public ConcurrentDictionary<(string Window, Phase Phase), long> Written { get; } = new();

    /// <summary>Queues a publication.</summary>
    /// <exception cref="SinkException">A sink has failed for good.</exception>
    public void Add(Publication publication) => Add(new Item(publication, null, 0));

    /// <summary>Queues the note that windows are final; it reaches the sinks after everything queued before it.</summary>
    /// <exception cref="SinkException">A sink has failed for good.</exception>
    public void MarkFinal(WindowDefinition family, long beforeMs) => Add(new Item(null, family, beforeMs));

    /// <summary>Throws what ended the writing, if anything has.</summary>
    /// <exception cref="SinkException">A sink has failed for good.</exception>
    public void ThrowIfFailed()
    {
        if (_failed.IsCancellationRequested)
        {
            _failure!.Throw();
        }
    }

    /// <summary>Waits until everything queued is written.</summary>
    /// <exception cref="SinkException">A sink has failed for good.</exception>
    public void Complete()
    {
        _queue.CompleteAdding();
        _thread.Join();
        _failure?.Throw();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_queue.IsAddingCompleted)
        {
            _queue.CompleteAdding();
        }

        _thread.Join();
        _queue.Dispose();
        _failed.Dispose();
    }

    private void Add(Item item)
    {
        try
        {
            _queue.Add(item, _failed.Token);
        }
        catch (OperationCanceledException)
        {
            _failure!.Throw();
        }
    }

    private void WriteAll()
    {
        try
        {
            List<WindowResult> batch = [];
            foreach (Item item in _queue.GetConsumingEnumerable(_failed.Token))
            {
                if (item.Publication is { } publication)
                {
                    batch.Add(_merger.Merge(publication));
                }

                if (_queue.Count == 0 || batch.Count == MostInBatch || item.Family is not null)
                {
                    Write(batch);
                    batch.Clear();
                }

                if (item.Family is { } family)
                {
                    MarkFinal(family.Name, item.FinalBeforeMs);
                }
            }

            Write(batch);
        }
#pragma warning disable CA1031 // Whatever ends this thread is thrown where the stream adds and completes.
        catch (Exception error)
#pragma warning restore CA1031
        {
            _failure = ExceptionDispatchInfo.Capture(error);
            _failed.Cancel();
        }
    }

    private void Write(List<WindowResult> batch)
    {
        if (batch.Count == 0)
        {
            return;
        }

        foreach (IResultSink sink in _sinks)
        {
            sink.WriteAsync(batch, _failed.Token).GetAwaiter().GetResult();
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
            sink.MarkFinalAsync(window, beforeMs, _failed.Token).GetAwaiter().GetResult();
        }
    }

    /// <summary>A publication, or the family whose windows are final before a time.</summary>
    private readonly record struct Item(Publication? Publication, WindowDefinition? Family, long FinalBeforeMs);
}

using Microsoft.Azure.Functions.Worker;

namespace Tidemark.Support.AzureStorageHost;

/// <summary>
/// Calls the functions of one instance as the Functions host does: batches that mix partitions and are repeated until the function
/// succeeds, and timers that run in one instance at a time. Partitions and timers of a dead instance move to another one.
/// </summary>
internal sealed class Triggers(StoredApp app, AppFolder folder, int index, int instances, int maxBatch) : IAsyncDisposable
{
    /// <summary>How long another instance's partitions must be free before they are taken over.</summary>
    private static readonly TimeSpan Courtesy = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<int, FileStream> _owned = [];
    private readonly List<Task> _running = [];

    /// <summary>The exceptions of functions, without duplicates, to be checked by the test.</summary>
    public List<string> Failures { get; } = [];

    public void Start()
    {
        _running.Add(Task.Run(DeliverAsync));
        _running.Add(Task.Run(TickAsync));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (Task task in _running)
        {
            await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        foreach (FileStream owned in _owned.Values)
        {
            await owned.DisposeAsync();
        }

        _stop.Dispose();
    }

    /// <summary>The records of a batch as the trigger delivers them.</summary>
    public static KafkaRecord ToKafka(RecordedLog log, int partition, long offset)
    {
        (_, long arrivalMs, ReadOnlyMemory<byte> value) = log.At(partition, offset);
        return new KafkaRecord
        {
            Topic = "clickstream_events",
            Partition = partition,
            Offset = offset,
            Key = [],
            Value = value.ToArray(),
            Timestamp = new KafkaTimestamp { UnixTimestampMs = arrivalMs, Type = KafkaTimestampType.CreateTime },
            Headers = [],
        };
    }

    private async Task DeliverAsync()
    {
        long started = Environment.TickCount64;
        while (!_stop.IsCancellationRequested)
        {
            Acquire(all: Environment.TickCount64 - started > Courtesy.TotalMilliseconds);
            if (Next() is { Length: > 0 } batch)
            {
                await DeliverAsync(batch);
            }
            else
            {
                await Task.Delay(20, _stop.Token);
            }
        }
    }

    private async Task DeliverAsync(KafkaRecord[] batch)
    {
        while (!await TryAsync(() => app.IngestAsync(batch, _stop.Token)))
        {
            await Task.Delay(Retry, _stop.Token);
        }

        foreach (IGrouping<int, KafkaRecord> records in batch.GroupBy(record => record.Partition))
        {
            folder.Commit(records.Key, records.Max(record => record.Offset) + 1);
        }
    }

    private void Acquire(bool all)
    {
        for (int partition = 0; partition < app.Log.Partitions.Count; partition++)
        {
            if (!_owned.ContainsKey(partition) && (all || partition % instances == index) && AppFolder.TryHold(folder.Owner(partition)) is { } file)
            {
                _owned.Add(partition, file);
            }
        }
    }

    /// <summary>The next records of each partition that this instance owns.</summary>
    private KafkaRecord[] Next() => [.. _owned.Keys.Order().SelectMany(partition =>
    {
        long from = folder.Committed(partition);
        long count = Math.Min(Math.Max(1, maxBatch / _owned.Count), app.Log.Partitions[partition].Count - from);
        return Enumerable.Range(0, (int)count).Select(i => ToKafka(app.Log, partition, from + i));
    })];

    private async Task TickAsync()
    {
        FileStream? held;
        while ((held = AppFolder.TryHold(folder.Timers)) is null)
        {
            await Task.Delay(Retry, _stop.Token);
        }

        await using FileStream _ = held;
        await Task.WhenAll(app.Ticks.Select(tick => TickAsync(tick.Every, tick.Run)));
    }

    private async Task TickAsync(TimeSpan every, Func<CancellationToken, Task> run)
    {
        using PeriodicTimer timer = new(every);
        while (await timer.WaitForNextTickAsync(_stop.Token))
        {
            await TryAsync(() => run(_stop.Token));
        }
    }

    private async Task<bool> TryAsync(Func<Task> run)
    {
        try
        {
            await run();
            return true;
        }
#pragma warning disable CA1031 // Whatever a function throws, the host calls it again.
        catch (Exception exception) when (!_stop.IsCancellationRequested)
#pragma warning restore CA1031
        {
            lock (Failures)
            {
                Failures.Add(exception.ToString());
            }

            return false;
        }
    }
}

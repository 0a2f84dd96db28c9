using Tidemark.Aggregation.Closing;
using Tidemark.Durable;
using Tidemark.Simulation.Invariants;
using Tidemark.Storage;

namespace Tidemark.Simulation;

/// <summary>Shows the observer every result on its way.</summary>
internal sealed class WatchedSink(Func<Observer> observer, IResultSink inner) : IResultSink
{
    public Task WriteAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken)
    {
        foreach (WindowResult result in results)
        {
            observer().ResultWritten(result);
        }

        return inner.WriteAsync(results, cancellationToken);
    }

    public Task MarkFinalAsync(string window, long finalBeforeMs, CancellationToken cancellationToken) => inner.MarkFinalAsync(window, finalBeforeMs, cancellationToken);
}

/// <summary>A forward-only store, the simplest there is.</summary>
internal sealed class MemoryStore(ResultStore kind, Func<Observer> observer)
{
    private readonly Dictionary<(string Window, long StartMs, long EndMs), StoredResult> _results = [];

    public void Write(WindowResult result)
    {
        if (result.Phase == Phase.Live)
        {
            return;
        }

        (string, long, long) key = (result.Window, result.StartMs, result.EndMs);
        StoredResult? before = _results.GetValueOrDefault(key);
        if (before is null || before.Revision < result.Revision)
        {
            StoredResult after = Observer.Describe(result);
            _results[key] = after;
            observer().ResultStored(kind, before, after);
        }
    }
}

/// <summary>A memory store as one process reaches it: slow, failing before, failing after.</summary>
internal sealed class MemoryFrontSink(Worker worker, MemoryStore store, SinkFaults faults, World world) : IResultSink
{
    public async Task WriteAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken)
    {
        if (world.Chance(faults.SinkSlow))
        {
            await Task.Delay(world.LongDelay() / 4, worker.Time, cancellationToken).ConfigureAwait(false);
        }

        bool fails = world.Chance(faults.SinkFails);
        bool timesOut = world.Chance(faults.SinkTimesOut);
        await worker.CallAsync($"writes {results.Count} results", () =>
        {
            if (!fails)
            {
                foreach (WindowResult result in results)
                {
                    store.Write(result);
                }
            }

            if (fails || timesOut)
            {
                throw new SinkException("The sink does not answer.") { IsTransient = true };
            }
        }).ConfigureAwait(false);
    }

    public Task MarkFinalAsync(string window, long finalBeforeMs, CancellationToken cancellationToken) => Task.CompletedTask;
}

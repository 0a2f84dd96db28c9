using Tidemark.Core.Results;
using Tidemark.Sinks;

namespace Tidemark.Support.Durable;

/// <summary>
/// A sink as seen by one process: forward-only like the real ones. Sometimes it fails before or after it has written.
/// </summary>
internal sealed class MemorySink(Worker worker, SinkStore store) : IResultSink
{
    public Task WriteAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken) =>
        worker.CallAsync($"writes {results.Count} results", () => store.Write(results));

    public Task MarkFinalAsync(string window, long finalBeforeMs, CancellationToken cancellationToken) =>
        worker.CallAsync($"marks {window} final before {finalBeforeMs}", () => store.MarkFinal(window, finalBeforeMs));
}

/// <summary>The store behind all sinks. It fails the run when something is written that must never be.</summary>
internal sealed class SinkStore(World world)
{
    private readonly Dictionary<(string Window, long StartMs, long EndMs), WindowResult> _last = [];
    private readonly Dictionary<(string Window, long StartMs, long EndMs, long Revision), WindowResult> _revisions = [];

    public double FailsBefore { get; set; }

    public double FailsAfter { get; set; }

    public long Writes { get; private set; }

    public Dictionary<string, long> FinalBeforeMs { get; } = [];

    /// <summary>The last result of each window that has been closed.</summary>
    public IReadOnlyDictionary<(string Window, long StartMs, long EndMs), WindowResult> Last => _last;

    /// <summary>Live results, by window: the one of the greatest sequence.</summary>
    public Dictionary<(string Window, long StartMs), WindowResult> Live { get; } = [];

    /// <summary>Each closing, in the order of the first write.</summary>
    public List<WindowResult> Published { get; } = [];

    /// <summary>Called for every live result that replaced another.</summary>
    public Action<WindowResult>? OnLive { get; set; }

    public void Write(IReadOnlyList<WindowResult> results)
    {
        ThrowAt(FailsBefore, "before it wrote");
        foreach (WindowResult result in results)
        {
            Writes++;
            if (result.Phase == Phase.Live)
            {
                WriteLive(result);
            }
            else
            {
                WriteClosed(result);
            }
        }

        ThrowAt(FailsAfter, "after it had written");
    }

    public void MarkFinal(string window, long beforeMs)
    {
        ThrowAt(FailsBefore, "before it marked");
        FinalBeforeMs[window] = Math.Max(FinalBeforeMs.GetValueOrDefault(window, long.MinValue), beforeMs);
    }

    private void WriteLive(WindowResult result)
    {
        if (!Live.TryGetValue((result.Window, result.StartMs), out WindowResult? before) || before.Sequence < result.Sequence)
        {
            Live[(result.Window, result.StartMs)] = result;
            OnLive?.Invoke(result);
        }
    }

    private void WriteClosed(WindowResult result)
    {
        (string, long, long) key = (result.Window, result.StartMs, result.EndMs);
        if (_revisions.TryGetValue((result.Window, result.StartMs, result.EndMs, result.Revision), out WindowResult? same))
        {
            if (ResultText.Content(same) != ResultText.Content(result))
            {
                world.Fail(new InvalidOperationException(
                    $"{result.Window} {result.StartMs} revision {result.Revision} has two "
                        + $"contents:\n{ResultText.Content(same)}\n{ResultText.Content(result)}"));
            }
        }
        else
        {
            _revisions.Add((result.Window, result.StartMs, result.EndMs, result.Revision), result);
        }

        WindowResult? known = _last.GetValueOrDefault(key);
        if (known is not null && known.Revision >= result.Revision)
        {
            return;
        }

        if (result.EndMs <= FinalBeforeMs.GetValueOrDefault(result.Window, long.MinValue))
        {
            world.Fail(new InvalidOperationException($"{result.Window} {result.StartMs} revision {result.Revision} is published though it is final"));
        }

        _last[key] = result;
        Published.Add(result);
        world.Note("sink", $"has {result.Window} {result.StartMs} r{result.Revision} {result.Phase} with {result.TotalEvents}");
    }

    private void ThrowAt(double rate, string when)
    {
        if (world.Chance(rate))
        {
            throw new TimeoutException($"The sink timed out {when}.");
        }
    }
}

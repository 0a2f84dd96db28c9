using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Tidemark.Functions.Hosting;

namespace Tidemark.Functions.Ingest;

/// <summary>
/// The partitions that this worker knows to be stopped: retrying does not help until an operator decides. They are skipped, so that the
/// other partitions of their batch continue. Nothing is lost: a cursor stays where it is, and later records are read from the broker,
/// whatever offset the trigger has committed.
/// </summary>
public sealed class StoppedPartitions(ILogger<StoppedPartitions> log)
{
    private readonly ConcurrentDictionary<int, string> _reasons = [];

    /// <summary>The number of stopped partitions.</summary>
    public int Count => _reasons.Count;

    /// <summary>Whether a partition is stopped.</summary>
    public bool Contains(int partition) => _reasons.ContainsKey(partition);

    /// <summary>
    /// Runs work on a partition. A failure that stops the partition is logged once and not thrown; any other failure is thrown.
    /// </summary>
    /// <param name="partition">The partition.</param>
    /// <param name="work">The work.</param>
    public async Task RunAsync(int partition, Func<Task> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        try
        {
            await work().ConfigureAwait(false);
            Resume(partition);
        }
        catch (Exception problem) when (IsStop(problem))
        {
            Stop(partition, problem);
        }
    }

    /// <summary>Whether a failure stops its partition, so that retrying does not help.</summary>
    public static bool IsStop(Exception problem) => problem is LogMismatchException or InvalidDataException;

    /// <summary>Records that work on a partition succeeded.</summary>
    public void Resume(int partition)
    {
        if (_reasons.TryRemove(partition, out _))
        {
            log.PartitionResumed(partition);
        }
    }

    /// <summary>Records that a partition is stopped, and why.</summary>
    public void Stop(int partition, Exception problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        bool isKnown = _reasons.TryGetValue(partition, out string? known) && known == problem.Message;
        _reasons[partition] = problem.Message;
        if (!isKnown)
        {
            log.PartitionStopped(problem, partition);
        }
    }
}

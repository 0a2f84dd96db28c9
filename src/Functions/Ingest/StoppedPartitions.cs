using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Tidemark.Functions.Hosting;

namespace Tidemark.Functions.Ingest;

/// <summary>
/// The partitions that this worker knows to be stopped: trying again does not help them until a person decides. They are set aside, so that the others of their batch go on.
/// Nothing is lost by it: a cursor stays where it is, and what lies beyond it is read from the broker, whatever offset the trigger has committed.
/// </summary>
public sealed class StoppedPartitions(ILogger<StoppedPartitions> log)
{
    private readonly ConcurrentDictionary<int, string> _reasons = [];

    /// <summary>How many there are.</summary>
    public int Count => _reasons.Count;

    /// <summary>Whether a partition is one of them.</summary>
    public bool Contains(int partition) => _reasons.ContainsKey(partition);

    /// <summary>Works on a partition. When it turns out to be stopped, that is logged once and the work has ended; any other failure is the caller's.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="work">What is done with it.</param>
    public async Task RunAsync(int partition, Func<Task> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        try
        {
            await work().ConfigureAwait(false);
            GoesOn(partition);
        }
        catch (Exception problem) when (IsStop(problem))
        {
            Note(partition, problem);
        }
    }

    /// <summary>Whether a failure stops its partition, so that trying again does not help.</summary>
    public static bool IsStop(Exception problem) => problem is LogMismatchException or InvalidDataException;

    /// <summary>Notes that a partition was worked on.</summary>
    public void GoesOn(int partition)
    {
        if (_reasons.TryRemove(partition, out _))
        {
            log.PartitionGoesOn(partition);
        }
    }

    /// <summary>Notes why a partition is stopped.</summary>
    public void Note(int partition, Exception problem)
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

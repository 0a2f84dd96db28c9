using Tidemark.Functions.Ingest;
using Tidemark.Protocol;

namespace Tidemark.Functions.Closing;

/// <summary>
/// Tells whether a topic is at rest: every cursor is at the end of its log. As long as no log grows nothing can be applied, so that what was read of the store is still what is
/// there. The broker is asked instead of the store: a record is seen there before any batch can hold it, and so before a cursor moves.
/// </summary>
public sealed class RestWatch(IBroker broker, TimeProvider time)
{
    /// <summary>After so long the store is read again, whatever the broker says.</summary>
    public static readonly TimeSpan MaxRest = TimeSpan.FromMinutes(1);

    private Rest? _rest;
    private long _lastNext = -1;

    /// <summary>Whether the topic has been at rest since <see cref="TryBeginAsync"/> found it so. Not known is no.</summary>
    public async Task<bool> IsStillAsync(CancellationToken cancellationToken)
    {
        if (_rest is not { } rest || time.GetElapsedTime(rest.Since) >= MaxRest)
        {
            return false;
        }

        return await BoundsOfAsync([.. rest.Ends.Keys], cancellationToken).ConfigureAwait(false) is { } logs
            && logs.All(log => log.Value.End == rest.Ends[log.Key] && log.Value.Start <= log.Value.End);
    }

    /// <summary>Finds out whether the topic is at rest, once the cursors have stood still from one call to the next.</summary>
    /// <param name="partitions">The partitions as they were just read.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<bool> TryBeginAsync(IReadOnlyList<PartitionView> partitions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        _rest = null;
        long next = partitions.Sum(view => view.Cursor.Next);
        bool hasMoved = next != _lastNext;
        _lastNext = next;
        if (hasMoved || partitions.Any(view => !view.Cursor.IsOpen))
        {
            return false;
        }

        long since = time.GetTimestamp();
        if (await BoundsOfAsync([.. partitions.Select(view => view.Partition)], cancellationToken).ConfigureAwait(false) is not { } logs)
        {
            return false;
        }

        foreach (PartitionView view in partitions)
        {
            // Asked after the bounds: a record that the bounds do not tell of makes the log grow.
            LogBounds log = logs[view.Partition];
            if (!log.Holds(view.Cursor.Next) || (log.End > view.Cursor.Next && await MayHoldRecordAsync(view, cancellationToken).ConfigureAwait(false)))
            {
                return false;
            }
        }

        _rest = new Rest(since, logs.ToDictionary(log => log.Key, log => log.Value.End));
        return true;
    }

    /// <summary>The rest is over, for a reason that the broker does not know.</summary>
    public void End() => _rest = null;

    /// <returns>The bounds of all logs; null when the topic has other partitions or the broker does not answer.</returns>
    private async Task<Dictionary<int, LogBounds>?> BoundsOfAsync(int[] partitions, CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<int> all = await broker.PartitionsAsync(cancellationToken).ConfigureAwait(false);
            if (all.Count != partitions.Length || all.Except(partitions).Any())
            {
                return null;
            }

            Dictionary<int, LogBounds> logs = [];
            foreach ((int partition, LogBounds log) in await Task.WhenAll(all.Select(BoundsAsync)).ConfigureAwait(false))
            {
                logs.Add(partition, log);
            }

            return logs;
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            // Whoever reads the store for it says what is wrong with the broker.
            return null;
        }

        async Task<(int Partition, LogBounds Log)> BoundsAsync(int partition) => (partition, await broker.BoundsAsync(partition, cancellationToken).ConfigureAwait(false));
    }

    private async Task<bool> MayHoldRecordAsync(PartitionView view, CancellationToken cancellationToken)
    {
        try
        {
            return await broker.HasRecordAsync(view.Partition, view.Cursor.Next, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            return true;
        }
    }

    /// <param name="Since">When it was found, a timestamp of the clock.</param>
    /// <param name="Ends">Where each log ended.</param>
    private sealed record Rest(long Since, Dictionary<int, long> Ends);
}

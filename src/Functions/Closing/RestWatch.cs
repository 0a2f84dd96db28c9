using Tidemark.Functions.Ingest;
using Tidemark.Protocol;

namespace Tidemark.Functions.Closing;

/// <summary>
/// Detects that a topic is at rest: every cursor is at the end of its log. While no log grows nothing can be applied, so the states read
/// before are still current. The broker is asked instead of the store, since it shows a record before any batch can contain it and any
/// cursor can move.
/// </summary>
public sealed class RestWatch(IBroker broker, TimeProvider time)
{
    /// <summary>The maximum time without reading the store, whatever the broker reports.</summary>
    public static readonly TimeSpan MaxRest = TimeSpan.FromMinutes(1);

    private Rest? _rest;
    private long _lastNext = -1;

    /// <summary>Whether the topic is still at rest since <see cref="TryBeginAsync"/> returned true. False when unknown.</summary>
    public async Task<bool> IsStillAsync(CancellationToken cancellationToken)
    {
        if (_rest is not { } rest || time.GetElapsedTime(rest.Since) >= MaxRest)
        {
            return false;
        }

        return await BoundsOfAsync([.. rest.Ends.Keys], cancellationToken).ConfigureAwait(false) is { } logs
            && logs.All(log => log.Value.End == rest.Ends[log.Key] && log.Value.Start <= log.Value.End);
    }

    /// <summary>Checks whether the topic is at rest, if the cursors have not moved since the last call.</summary>
    /// <param name="partitions">The partitions as just read.</param>
    /// <param name="cancellationToken">Cancels the check.</param>
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
            // Asked after the bounds: a record that the bounds do not include makes the log grow.
            LogBounds log = logs[view.Partition];
            if (!log.Holds(view.Cursor.Next)
                || (log.End > view.Cursor.Next && await MayHoldRecordAsync(view, cancellationToken).ConfigureAwait(false)))
            {
                return false;
            }
        }

        _rest = new Rest(since, logs.ToDictionary(log => log.Key, log => log.Value.End));
        return true;
    }

    /// <summary>Ends the rest for a reason unknown to the broker.</summary>
    public void End() => _rest = null;

    /// <returns>The bounds of all logs; null when the topic's partitions have changed or the broker does not respond.</returns>
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
            // The store is then read, and that reports what is wrong with the broker.
            return null;
        }

        async Task<(int Partition, LogBounds Log)> BoundsAsync(int partition) =>
            (partition, await broker.BoundsAsync(partition, cancellationToken).ConfigureAwait(false));
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

    /// <param name="Since">When the rest began, a timestamp of the clock.</param>
    /// <param name="Ends">The end of each log.</param>
    private sealed record Rest(long Since, Dictionary<int, long> Ends);
}

using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Tidemark.Functions.Entities;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Ingest;
using Tidemark.Protocol;

namespace Tidemark.Functions.Closing;

/// <summary>
/// Applies records that the trigger has missed: those of a batch whose offsets were committed without the batch being applied, and those of
/// a stopped partition that can continue. Also reports the numbers of waiting records and of stopped partitions.
/// </summary>
public sealed class Rescue(
    TopicReader reader, IngestLoop loop, IBroker broker, StoppedPartitions stopped,
    FunctionsOptions options, TidemarkMetrics metrics, ILogger<Rescue> log)
{
    /// <summary>The number of logs read concurrently. Each may hold the records of one step in memory.</summary>
    private const int LogsAtATime = 8;

    /// <summary>Finds partitions with missed records and applies them, several concurrently.</summary>
    public async Task RunAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        TopicEntities entities = new(client.Entities, options.Names, options.Engine);
        TopicLook look = await reader.LookAsync(entities, cancellationToken).ConfigureAwait(false);
        HashSet<int>? mismatched = await CheckLogsAsync(look.Topic, cancellationToken).ConfigureAwait(false);
        PartitionView[] waiting =
            [.. look.Topic.Partitions.Where(view => mismatched?.Contains(view.Partition) != true && IsToBeRead(view, look.Topic.NowMs))];
        foreach (PartitionView[] some in waiting.Chunk(LogsAtATime))
        {
            await Task.WhenAll(some.Select(view => RunOneAsync(entities, view, look.Topic.NowMs, cancellationToken))).ConfigureAwait(false);
        }

        if (mismatched is not null)
        {
            metrics.Stopped(stopped.Count);
        }

        await reader.KeepAsync(look, waiting.Length == 0 && mismatched is { Count: 0 }, cancellationToken).ConfigureAwait(false);
    }

    private async Task RunOneAsync(TopicEntities entities, PartitionView view, long nowMs, CancellationToken cancellationToken)
    {
        if (!stopped.Contains(view.Partition))
        {
            log.Rescuing(view.Partition, view.Cursor.Next, TimeSpan.FromMilliseconds(nowMs - view.Cursor.LastArrivalMs));
        }

        try
        {
            LogBounds bounds = await broker.BoundsAsync(view.Partition, cancellationToken).ConfigureAwait(false);
            await stopped.RunAsync(
                view.Partition, () =>
                    loop.ApplyAsync(entities, view.Partition, default, bounds.End - 1, cancellationToken).AsTask()).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            // A partition that fails must not delay the others.
            log.RescueFailed(problem, view.Partition);
        }
    }

    /// <summary>
    /// Reports the number of waiting records, from each cursor to the end of its log. If the broker does not respond, the last number
    /// expires.
    /// </summary>
    /// <returns>The partitions whose log does not match their cursor; null when the broker does not respond.</returns>
    private async Task<HashSet<int>?> CheckLogsAsync(TopicView topic, CancellationToken cancellationToken)
    {
        HashSet<int> mismatched = [];
        try
        {
            long waiting = 0;
            foreach (PartitionView[] some in topic.Partitions.Chunk(LogsAtATime))
            {
                LogBounds[] logs =
                    await Task.WhenAll(some.Select(view => broker.BoundsAsync(view.Partition, cancellationToken))).ConfigureAwait(false);
                foreach ((PartitionView view, LogBounds bounds) in some.Zip(logs))
                {
                    waiting += bounds.LagFrom(view.Cursor.Next);
                    if (LogStep.MismatchOf(view.Partition, view.Cursor.Next, bounds) is { } problem)
                    {
                        mismatched.Add(view.Partition);
                        stopped.Stop(view.Partition, problem);
                    }
                }
            }

            metrics.Lagging(waiting);
            return mismatched;
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            log.TickFailed(problem);
            return null;
        }
    }

    /// <summary>Whether a partition has missed records. A stopped one is tried again immediately.</summary>
    private bool IsToBeRead(PartitionView view, long nowMs) => stopped.Contains(view.Partition)
        || (view.HasMore && nowMs - view.Cursor.LastArrivalMs >= (long)options.Timing.RescueTimeout.TotalMilliseconds);
}

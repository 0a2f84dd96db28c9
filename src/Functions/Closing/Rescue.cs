using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Ingest;
using Tidemark.Functions.Entities;
using Tidemark.Protocol;

namespace Tidemark.Functions.Closing;

/// <summary>Applies the records of partitions that the trigger has left behind, such as those of a batch whose offsets were committed and that was never applied; and tells how many wait.</summary>
public sealed class Rescue(TopicReader reader, IngestLoop loop, IBroker broker, FunctionsOptions options, TidemarkMetrics metrics, ILogger<Rescue> log)
{
    /// <summary>Each may hold a step's records in memory.</summary>
    private const int LogsAtATime = 8;

    /// <summary>Looks for such partitions and applies them, some side by side.</summary>
    public async Task RunAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        TopicEntities entities = new(client.Entities, options.Names, options.Engine);
        TopicState state = await entities.ReadTopicAsync(cancellationToken).ConfigureAwait(false);
        TopicView topic = await reader.ReadAsync(entities, state, cancellationToken).ConfigureAwait(false);
        await TellLagAsync(topic, cancellationToken).ConfigureAwait(false);
        foreach (PartitionView[] some in topic.Partitions.Where(view => IsStuck(view, topic.NowMs)).Chunk(LogsAtATime))
        {
            await Task.WhenAll(some.Select(RunOneAsync)).ConfigureAwait(false);
        }

        async Task RunOneAsync(PartitionView view)
        {
            log.Rescuing(view.Partition, view.Cursor.Next, TimeSpan.FromMilliseconds(topic.NowMs - view.Cursor.LastArrivalMs));
            try
            {
                LogBounds bounds = await broker.BoundsAsync(view.Partition, cancellationToken).ConfigureAwait(false);
                await loop.ApplyAsync(entities, view.Partition, [], bounds.End - 1, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception problem) when (problem is not OperationCanceledException)
            {
                // One partition that cannot go on must not keep the others.
                log.RescueFailed(problem, view.Partition);
            }
        }
    }

    /// <summary>From each cursor to the end of its log. A broker that does not answer leaves the last number to age.</summary>
    private async Task TellLagAsync(TopicView topic, CancellationToken cancellationToken)
    {
        try
        {
            long waiting = 0;
            foreach (PartitionView[] some in topic.Partitions.Chunk(LogsAtATime))
            {
                LogBounds[] logs = await Task.WhenAll(some.Select(view => broker.BoundsAsync(view.Partition, cancellationToken))).ConfigureAwait(false);
                waiting += some.Zip(logs).Sum(pair => pair.Second.LagFrom(pair.First.Cursor.Next));
            }

            metrics.Lagging(waiting);
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            log.TickFailed(problem);
        }
    }

    private bool IsStuck(PartitionView view, long nowMs) =>
        view.HasMore && nowMs - view.Cursor.LastArrivalMs >= (long)options.Timing.RescueTimeout.TotalMilliseconds;
}

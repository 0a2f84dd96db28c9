using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.Logging;
using Tidemark.Functions.Entities;
using Tidemark.Functions.Hosting;
using Tidemark.Protocol;

namespace Tidemark.Functions.Closing;

/// <summary>
/// Deletes shards and panes that are no longer needed, and completed orchestrations after some time. If a delayed signal creates an entity
/// again, it is never read, and the next sweep deletes it.
/// </summary>
public sealed class Sweeper(FunctionsOptions options, TimeProvider time, ILogger<Sweeper> log)
{
    /// <summary>How long a completed orchestration is kept for inspection.</summary>
    public static readonly TimeSpan KeepEnded = TimeSpan.FromHours(1);

    /// <summary>Well below the 100 seconds after which the client times out. The rest is left to the next sweep.</summary>
    private static readonly TimeSpan PurgeTimeout = TimeSpan.FromSeconds(30);

    private const string Delete = "delete";

    /// <summary>Runs one sweep.</summary>
    public async Task RunAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        TopicNames names = options.Names;
        TopicState state = await new TopicEntities(client.Entities, names, options.Engine).ReadTopicAsync(cancellationToken).ConfigureAwait(false);
        int shards = await DeleteAsync(
            client.Entities, nameof(ShardEntity), pane => SweepPlan.IsSpentShard(state, pane), cancellationToken).ConfigureAwait(false);
        int panes = await DeleteAsync(
            client.Entities, nameof(PaneEntity), pane => SweepPlan.IsSpentPane(state, pane), cancellationToken).ConfigureAwait(false);
        await client.Entities.CleanEntityStorageAsync(
            new CleanEntityStorageRequest { RemoveEmptyEntities = true, ReleaseOrphanedLocks = true },
            continueUntilComplete: true, cancellationToken).ConfigureAwait(false);
        int ended = await PurgeAsync(client, cancellationToken).ConfigureAwait(false);
        log.Swept(shards, panes, ended);
    }

    /// <summary>
    /// Deletes completed orchestrations. Every revision of every pane and window has its own instance, and nothing else deletes them.
    /// </summary>
    private async Task<int> PurgeAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        // The host requires a start time. Entities never complete, so these statuses do not match them.
        PurgeInstancesFilter ended = new(
            DateTimeOffset.UnixEpoch,
            time.GetUtcNow() - KeepEnded,
            [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated])
        {
            Timeout = PurgeTimeout,
        };
        try
        {
            return (await client.PurgeAllInstancesAsync(ended, cancellationToken).ConfigureAwait(false)).PurgedInstanceCount;
        }
        catch (Exception problem) when (problem is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            log.PurgeFailed(problem);
            return 0;
        }
    }

    private async Task<int> DeleteAsync(DurableEntityClient client, string entity, Func<long, bool> isSpent, CancellationToken cancellationToken)
    {
        TopicNames names = options.Names;
        EntityQuery query = new() { InstanceIdStartsWith = new EntityInstanceId(entity, names.KeyPrefix).ToString(), IncludeState = false };
        int deleted = 0;
        await foreach (EntityMetadata found in client.GetAllEntitiesAsync(query).WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (names.PaneOf(found.Id) is { } paneMs && isSpent(paneMs))
            {
                await client.SignalEntityAsync(found.Id, Delete, null, null, cancellationToken).ConfigureAwait(false);
                deleted++;
            }
        }

        return deleted;
    }
}

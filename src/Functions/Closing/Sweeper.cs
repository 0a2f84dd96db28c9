using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.Logging;
using Tidemark.Aggregation.Closing;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Windows;

namespace Tidemark.Functions.Closing;

/// <summary>Deletes shards and panes that nobody needs any more. A late signal may make one again: nothing reads it, and the next sweep removes it.</summary>
public sealed class Sweeper(FunctionsOptions options, ILogger<Sweeper> log)
{
    private const string Delete = "delete";

    /// <summary>One sweep.</summary>
    public async Task RunAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        TopicNames names = options.Names;
        CloseState state = await new TopicEntities(client.Entities, names, options.Engine).ReadCloseAsync(cancellationToken).ConfigureAwait(false);
        int shards = await DeleteAsync(client.Entities, nameof(WindowEntity), pane => SweepPlan.IsSpentShard(state, pane), cancellationToken).ConfigureAwait(false);
        int panes = await DeleteAsync(client.Entities, nameof(PaneEntity), pane => SweepPlan.IsSpentPane(state, pane), cancellationToken).ConfigureAwait(false);
        await client.Entities.CleanEntityStorageAsync(
            new CleanEntityStorageRequest { RemoveEmptyEntities = true, ReleaseOrphanedLocks = true }, continueUntilComplete: true, cancellationToken).ConfigureAwait(false);
        log.Swept(shards, panes);
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

using DurableTask.Core;
using DurableTask.Core.Entities;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;

namespace Tidemark.Support.AzureStorageHost;

/// <summary>The app's entity client, connected directly to the task hub.</summary>
internal sealed class HubEntityClient(TaskHub hub) : DurableEntityClient("hub")
{
    private EntityBackendQueries Queries => hub.Entities.EntityBackendQueries!;

    public override Task SignalEntityAsync(
        EntityInstanceId id, string operationName, object? input = null,
        SignalEntityOptions? options = null, CancellationToken cancellation = default)
    {
        if (options?.SignalTime is not null)
        {
            throw new NotSupportedException("The app sends no signal for later.");
        }

        EntityMessageEvent signal = ClientEntityHelpers.EmitOperationSignal(
            new OrchestrationInstance { InstanceId = id.ToString() }, Guid.NewGuid(),
            operationName, HubClient.Converter.Serialize(input), scheduledTimeUtc: null);
        return hub.Service.SendTaskOrchestrationMessageAsync(signal.AsTaskMessage());
    }

    public override async Task<EntityMetadata?> GetEntityAsync(
        EntityInstanceId id, bool includeState = true, CancellationToken cancellation = default) =>
        await ReadAsync(id, includeState, cancellation) is { } found ? Describe(found) : null;

    public override async Task<EntityMetadata<T>?> GetEntityAsync<T>(
        EntityInstanceId id, bool includeState = true, CancellationToken cancellation = default) =>
        await ReadAsync(id, includeState, cancellation) is { } found ? Describe<T>(found) : null;

    public override AsyncPageable<EntityMetadata> GetAllEntitiesAsync(EntityQuery? filter = null) => Query(filter, Describe);

    public override AsyncPageable<EntityMetadata<T>> GetAllEntitiesAsync<T>(EntityQuery? filter = null) => Query(filter, Describe<T>);

    public override async Task<CleanEntityStorageResult> CleanEntityStorageAsync(
        CleanEntityStorageRequest? request = null, bool continueUntilComplete = true, CancellationToken cancellation = default)
    {
        CleanEntityStorageRequest wanted = request ?? CleanEntityStorageRequest.Default;
        EntityBackendQueries.CleanEntityStorageResult done = await Queries.CleanEntityStorageAsync(
            new EntityBackendQueries.CleanEntityStorageRequest
            {
                RemoveEmptyEntities = wanted.RemoveEmptyEntities,
                ReleaseOrphanedLocks = wanted.ReleaseOrphanedLocks,
                ContinuationToken = wanted.ContinuationToken,
            },
            cancellation);
        return new CleanEntityStorageResult
        {
            EmptyEntitiesRemoved = done.EmptyEntitiesRemoved,
            OrphanedLocksReleased = done.OrphanedLocksReleased,
            ContinuationToken = done.ContinuationToken,
        };
    }

    private Task<EntityBackendQueries.EntityMetadata?> ReadAsync(EntityInstanceId id, bool includeState, CancellationToken cancellation) =>
        Queries.GetEntityAsync(new EntityId(id.Name, id.Key), includeState, includeStateless: false, cancellation);

    private AsyncPageable<T> Query<T>(EntityQuery? filter, Func<EntityBackendQueries.EntityMetadata, T> describe)
        where T : notnull => Pageable.Create(async (string? token, CancellationToken cancellation) =>
    {
        EntityBackendQueries.EntityQueryResult found = await Queries.QueryEntitiesAsync(
            new EntityBackendQueries.EntityQuery
            {
                InstanceIdStartsWith = filter?.InstanceIdStartsWith ?? "",
                LastModifiedFrom = filter?.LastModifiedFrom?.UtcDateTime,
                LastModifiedTo = filter?.LastModifiedTo?.UtcDateTime,
                IncludeTransient = filter?.IncludeTransient ?? false,
                IncludeState = filter?.IncludeState ?? true,
                PageSize = filter?.PageSize,
                ContinuationToken = token ?? filter?.ContinuationToken,
            },
            cancellation);
        return new Page<T>([.. found.Results.Select(describe)], found.ContinuationToken);
    });

    private static EntityMetadata Describe(EntityBackendQueries.EntityMetadata found) =>
        new(Id(found), found.SerializedState is { } state ? new SerializedData(state, HubClient.Converter) : null)
        {
            LastModifiedTime = found.LastModifiedTime,
            BacklogQueueSize = found.BacklogQueueSize,
            LockedBy = found.LockedBy,
        };

    private static EntityMetadata<T> Describe<T>(EntityBackendQueries.EntityMetadata found) => found.SerializedState is { } state
        ? new EntityMetadata<T>(Id(found), HubClient.Converter.Deserialize<T>(state)) { LastModifiedTime = found.LastModifiedTime }
        : new EntityMetadata<T>(Id(found)) { LastModifiedTime = found.LastModifiedTime };

    private static EntityInstanceId Id(EntityBackendQueries.EntityMetadata found) => new(found.EntityId.Name, found.EntityId.Key);
}

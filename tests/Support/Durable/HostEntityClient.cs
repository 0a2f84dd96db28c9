using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;

namespace Tidemark.Support.Durable;

/// <summary>The entity client of one process. Each call takes time, and the process may die in it.</summary>
internal sealed class HostEntityClient(DurableHost host, Worker worker) : DurableEntityClient("host")
{
    public override Task SignalEntityAsync(
        EntityInstanceId id, string operationName, object? input = null,
        SignalEntityOptions? options = null, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        EntityOperation operation = new(id, operationName, host.Converter.Serialize(input));
        host.Meter.Add(HostWork.Signal, worker.Name, $"{id.Name}.{operationName}", operation.Input?.Length ?? 0);
        return worker.CallAsync($"signals {operation}", () => host.Entities.SendByClient(operation, options?.SignalTime));
    }

    public override Task<EntityMetadata?> GetEntityAsync(EntityInstanceId id, bool includeState = true, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        return worker.CallAsync($"reads {id}", () => Read(id) is { } read ? Metadata(read, includeState) : null);
    }

    public override Task<EntityMetadata<T>?> GetEntityAsync<T>(
        EntityInstanceId id, bool includeState = true, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        return worker.CallAsync($"reads {id}", () => Read(id) is { } read ? Metadata<T>(read, includeState) : null);
    }

    public override AsyncPageable<EntityMetadata> GetAllEntitiesAsync(EntityQuery? filter = null) =>
        Query(filter, found => Metadata(found, filter?.IncludeState ?? true));

    public override AsyncPageable<EntityMetadata<T>> GetAllEntitiesAsync<T>(EntityQuery? filter = null) =>
        Query(filter, found => Metadata<T>(found, filter?.IncludeState ?? true));

    public override Task<CleanEntityStorageResult> CleanEntityStorageAsync(
        CleanEntityStorageRequest? request = null, bool continueUntilComplete = true, CancellationToken cancellation = default) =>
        worker.CallAsync("cleans entity storage", () => new CleanEntityStorageResult
        {
            EmptyEntitiesRemoved = request?.RemoveEmptyEntities ?? true ? host.Store.Clean() : 0,
        });

    private AsyncPageable<T> Query<T>(EntityQuery? filter, Func<Found, T> result)
        where T : notnull
    {
        EntityQuery query = filter ?? new EntityQuery();
        int size = query.PageSize ?? EntityQuery.DefaultPageSize;
        return Pageable.Create(
            (string? token, CancellationToken _) => worker.CallAsync($"lists entities {query.InstanceIdStartsWith} from {token}", () =>
        {
            string after = token ?? query.ContinuationToken ?? "";
            List<Found> found = [.. host.Store.All
                .Where(entity => string.CompareOrdinal(entity.Id.ToString(), after) > 0 && Matches(query, entity))
                .Select(entity => new Found(entity, host.Store.Read(entity)))
                .Where(entity => entity.State is not null || query.IncludeTransient)
                .Take(size)];
            return new Page<T>([.. found.Select(result)], found.Count == size ? found[^1].Entity.Id.ToString() : null);
        }));
    }

    private static bool Matches(EntityQuery query, Entity entity) =>
        (query.InstanceIdStartsWith is null || entity.Id.ToString().StartsWith(query.InstanceIdStartsWith, StringComparison.Ordinal))
        && (query.LastModifiedFrom is not { } from || entity.Modified >= from)
        && (query.LastModifiedTo is not { } to || entity.Modified <= to);

    private Found? Read(EntityInstanceId id)
    {
        Found? found = host.Store.Find(id) is { } entity && host.Store.Read(entity) is { } state ? new Found(entity, state) : null;
        host.Meter.Add(HostWork.Read, worker.Name, id.Name, found?.State?.Length ?? 0);
        return host.World.Chance(host.World.Faults.ReadFails) ? throw new StoreException($"{id} cannot be read now.") : found;
    }

    private EntityMetadata Metadata(Found found, bool includeState) =>
        new(found.Entity.Id, includeState && found.State is { } state ? new SerializedData(state, host.Converter) : null)
        {
            LastModifiedTime = found.Entity.Modified,
            BacklogQueueSize = found.Entity.Inbox.Count,
        };

    private EntityMetadata<T> Metadata<T>(Found found, bool includeState) => includeState && found.State is { } state
        ? new EntityMetadata<T>(found.Entity.Id, host.Converter.Deserialize<T>(state)) { LastModifiedTime = found.Entity.Modified }
        : new EntityMetadata<T>(found.Entity.Id) { LastModifiedTime = found.Entity.Modified };

    private sealed record Found(Entity Entity, string? State);
}

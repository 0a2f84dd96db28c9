using Microsoft.Azure.Functions.Worker;
using Tidemark.Core;

namespace Tidemark.Functions.Entities;

/// <summary>The triggers of the entities. Separate from the entities, since every public method of an entity is an operation.</summary>
public sealed class EntityFunctions(EngineOptions options)
{
    /// <summary>Runs operations of a <see cref="ShardEntity"/>.</summary>
    [Function(nameof(ShardEntity))]
    public Task RunShard([EntityTrigger] TaskEntityDispatcher dispatcher) => Dispatch(dispatcher, new ShardEntity(options));

    /// <summary>Runs operations of a <see cref="PartitionEntity"/>.</summary>
    [Function(nameof(PartitionEntity))]
    public Task RunPartition([EntityTrigger] TaskEntityDispatcher dispatcher) => Dispatch(dispatcher, new PartitionEntity());

    /// <summary>Runs operations of a <see cref="PaneEntity"/>.</summary>
    [Function(nameof(PaneEntity))]
    public Task RunPane([EntityTrigger] TaskEntityDispatcher dispatcher) => Dispatch(dispatcher, new PaneEntity(options));

    /// <summary>Runs operations of a <see cref="TopicEntity"/>.</summary>
    [Function(nameof(TopicEntity))]
    public Task RunTopic([EntityTrigger] TaskEntityDispatcher dispatcher) => Dispatch(dispatcher, new TopicEntity(options));

    private static Task Dispatch(TaskEntityDispatcher dispatcher, BinaryEntity entity)
    {
        ArgumentNullException.ThrowIfNull(dispatcher);
        return dispatcher.DispatchAsync(entity);
    }
}

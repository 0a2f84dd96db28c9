using Microsoft.Azure.Functions.Worker;
using Tidemark.Core;

namespace Tidemark.Functions.Windows;

/// <summary>The entities' triggers. Kept apart from the entities, whose every public method is an operation.</summary>
public sealed class EntityFunctions(EngineOptions options)
{
    /// <summary>Runs operations of a <see cref="WindowEntity"/>.</summary>
    [Function(nameof(WindowEntity))]
    public Task RunWindow([EntityTrigger] TaskEntityDispatcher dispatcher) => Dispatch(dispatcher, new WindowEntity(options));

    /// <summary>Runs operations of a <see cref="PartitionEntity"/>.</summary>
    [Function(nameof(PartitionEntity))]
    public Task RunPartition([EntityTrigger] TaskEntityDispatcher dispatcher) => Dispatch(dispatcher, new PartitionEntity());

    /// <summary>Runs operations of a <see cref="PaneEntity"/>.</summary>
    [Function(nameof(PaneEntity))]
    public Task RunPane([EntityTrigger] TaskEntityDispatcher dispatcher) => Dispatch(dispatcher, new PaneEntity(options));

    /// <summary>Runs operations of a <see cref="CloseEntity"/>.</summary>
    [Function(nameof(CloseEntity))]
    public Task RunClose([EntityTrigger] TaskEntityDispatcher dispatcher) => Dispatch(dispatcher, new CloseEntity(options));

    private static Task Dispatch(TaskEntityDispatcher dispatcher, BinaryEntity entity)
    {
        ArgumentNullException.ThrowIfNull(dispatcher);
        return dispatcher.DispatchAsync(entity);
    }
}

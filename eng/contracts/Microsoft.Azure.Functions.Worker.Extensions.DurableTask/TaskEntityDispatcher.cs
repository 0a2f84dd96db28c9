using Microsoft.DurableTask.Entities;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Runs a batch of operations that the Functions host sent, which only the real worker has; nobody else can make one.</summary>
public sealed class TaskEntityDispatcher
{
    internal TaskEntityDispatcher()
    {
    }

    public Task DispatchAsync(ITaskEntity entity)
    {
        ArgumentNullException.ThrowIfNull(entity);
        throw NotSupported();
    }

    public Task DispatchAsync<T>() => throw NotSupported();

    public Task DispatchAsync(Func<TaskEntityOperation, ValueTask<object?>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        throw NotSupported();
    }

    private static NotSupportedException NotSupported() => new(
        "This is the contract of Microsoft.Azure.Functions.Worker.Extensions.DurableTask, which compiles but dispatches no operations. "
        + "Run an entity with ITaskEntity.RunAsync, or build with the real packages.");
}

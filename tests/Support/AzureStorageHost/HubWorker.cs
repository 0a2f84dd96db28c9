using DurableTask.Core;
using DurableTask.Core.Entities;
using DurableTask.Core.Entities.OperationFormat;
using DurableTask.Core.Middleware;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;
using Microsoft.DurableTask.Worker.Shims;

namespace Tidemark.Support.AzureStorageHost;

/// <summary>
/// Runs the app's orchestrations, activities and entities from a task hub with the real engine of Durable Functions: its dispatchers, its
/// replay, and its shims around the app's code.
/// </summary>
internal sealed class HubWorker : IAsyncDisposable
{
    private readonly TaskHubWorker _worker;
    private readonly DurableTaskShimFactory _shims = DurableTaskShimFactory.Default;
    private readonly Dictionary<string, Func<ITaskEntity>> _entities = new(StringComparer.OrdinalIgnoreCase);

    public HubWorker(TaskHub hub)
    {
        _worker = new TaskHubWorker(hub.Service, hub.Log) { ErrorPropagationMode = ErrorPropagationMode.UseFailureDetails };
        _worker.AddEntityDispatcherMiddleware(ExecuteAsync);
    }

    public void AddEntity(string name, Func<ITaskEntity> make) => _entities.Add(name, make);

    public void AddOrchestrator<TInput>(string name, Func<TaskOrchestrationContext, Task> run) =>
        _worker.AddTaskOrchestrations(
            new Creator<TaskOrchestration>(name, () => _shims.CreateOrchestration<TInput, object>(name, async (context, _) =>
        {
            await run(context);
            return null;
        })));

    public void AddActivity<TInput, TOutput>(string name, Func<TInput, Task<TOutput>> run) =>
        _worker.AddTaskActivities(
            new Creator<TaskActivity>(name, () => _shims.CreateActivity<TInput, TOutput>(name, async (_, input) => await run(input!))));

    public Task StartAsync() => _worker.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _worker.StopAsync(isForced: true);
        _worker.Dispose();
    }

    /// <summary>Creates an entity object per batch, as the host does.</summary>
    private async Task ExecuteAsync(DispatchMiddlewareContext context, Func<Task> next)
    {
        EntityBatchRequest batch = context.GetProperty<EntityBatchRequest>();
        EntityId id = EntityId.FromString(batch.InstanceId!);
        TaskEntity entity = _shims.CreateEntity(id.Name, _entities[id.Name](), id);
        context.SetProperty(await entity.ExecuteOperationBatchAsync(batch));
    }

    private sealed class Creator<T> : ObjectCreator<T>
    {
        private readonly Func<T> _make;

        public Creator(string name, Func<T> make) => (Name, Version, _make) = (name, "", make);

        public override T Create() => _make();
    }
}

using System.Globalization;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;
using Microsoft.DurableTask.Entities;
using Microsoft.DurableTask.Worker;
using Microsoft.DurableTask.Worker.Shims;

namespace Tidemark.Support.Durable;

/// <summary>
/// A durable task hub in memory that runs real entities, orchestrators and activities. Register them, give each process its client,
/// and run the world.
/// </summary>
internal sealed class DurableHost
{
    private int _instances;
    private int _workers;

    public DurableHost(World world, DataConverter? converter = null)
    {
        World = world;
        Converter = converter ?? JsonDataConverter.Default;
        Shims = new DurableTaskShimFactory(new DurableTaskWorkerOptions { DataConverter = Converter, EnableEntitySupport = true });
        Store = new EntityStore(world);
        Entities = new EntityRunner(this);
        Activities = new ActivityRunner(this);
        Orchestrations = new OrchestrationRunner(this);
    }

    public World World { get; }

    public DataConverter Converter { get; }

    /// <summary>The shims between the engine of Durable Functions and entities, orchestrators and activities.</summary>
    public DurableTaskShimFactory Shims { get; }

    public EntityStore Store { get; }

    public EntityRunner Entities { get; }

    public ActivityRunner Activities { get; }

    public OrchestrationRunner Orchestrations { get; }

    /// <summary>Counts the requests and the work so far.</summary>
    public HostMeter Meter { get; } = new();

    /// <summary>Called for every start that a client requests, with the process, the name and the input.</summary>
    public Action<Worker, string, string?>? Scheduled { get; set; }

    public void AddEntity(string name, Func<Worker, ITaskEntity> make) => Entities.Register(name, make);

    /// <param name="name">Its name.</param>
    /// <param name="run">The orchestrator.</param>
    /// <param name="mayWaitForEvents">Whether it waits for external events; others may wait only for results of their own calls.</param>
    public void AddOrchestrator<TInput, TOutput>(
        string name, Func<TaskOrchestrationContext, TInput, Task<TOutput>> run, bool mayWaitForEvents = false) =>
        Orchestrations.Register(
            name, instance => Shims.CreateOrchestration<TInput, TOutput>(name,
                async (context, input) => await run(context, input!), instance.ParentId), mayWaitForEvents);

    /// <summary>Adds an orchestrator that gets its input from its context, as functions do.</summary>
    public void AddOrchestrator<TInput>(string name, Func<TaskOrchestrationContext, Task> run) =>
        AddOrchestrator<TInput, object?>(name, async (context, _) =>
    {
        await run(context);
        return null;
    });

    public void AddActivity<TInput, TOutput>(string name, Func<Worker, TInput, Task<TOutput>> run) =>
        Activities.Register(name, worker => Shims.CreateActivity<TInput, TOutput>(name, async (_, input) => await run(worker, input!)));

    public void AddActivity<TInput>(string name, Func<Worker, TInput, Task> run) => AddActivity<TInput, object?>(name, async (worker, input) =>
    {
        await run(worker, input);
        return null;
    });

    /// <summary>The client of a process.</summary>
    public DurableTaskClient ClientOf(Worker worker) => worker.Single<DurableTaskClient>(_ => new HostClient(this, worker));

    public Worker NewWorker(string kind) => new(World, string.Create(CultureInfo.InvariantCulture, $"{kind}-{++_workers}"));

    public string NewInstanceId() => string.Create(CultureInfo.InvariantCulture, $"instance-{++_instances}");

    /// <summary>The saved state of an entity, for observers of the store.</summary>
    public T? Saved<T>(EntityInstanceId id) => Store.Find(id)?.State is { } state ? Converter.Deserialize<T>(state) : default;
}

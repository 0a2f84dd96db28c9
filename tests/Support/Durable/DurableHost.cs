using System.Globalization;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;
using Microsoft.DurableTask.Entities;

namespace Tidemark.Support.Durable;

/// <summary>
/// A durable task hub in memory that runs real entities, orchestrators and activities. Register them, give each process its client,
/// and let the world run.
/// </summary>
internal sealed class DurableHost
{
    private int _instances;
    private int _workers;

    public DurableHost(World world, DataConverter? converter = null)
    {
        World = world;
        Converter = converter ?? JsonDataConverter.Default;
        Store = new EntityStore(world);
        Entities = new EntityRunner(this);
        Activities = new ActivityRunner(this);
        Orchestrations = new OrchestrationRunner(this);
    }

    public World World { get; }

    public DataConverter Converter { get; }

    public EntityStore Store { get; }

    public EntityRunner Entities { get; }

    public ActivityRunner Activities { get; }

    public OrchestrationRunner Orchestrations { get; }

    /// <summary>What was asked of it so far.</summary>
    public HostMeter Meter { get; } = new();

    /// <summary>Told of every start that a client asks for: by which process, of what, with which input.</summary>
    public Action<Worker, string, string?>? Scheduled { get; set; }

    public void AddEntity(string name, Func<Worker, ITaskEntity> make) => Entities.Register(name, make);

    public void AddOrchestrator<TInput, TOutput>(string name, Func<TaskOrchestrationContext, TInput, Task<TOutput>> run) =>
        Orchestrations.Register(name, async context => await run(context, context.GetInput<TInput>()!));

    public void AddOrchestrator<TInput>(string name, Func<TaskOrchestrationContext, TInput, Task> run) =>
        Orchestrations.Register(name, async context =>
        {
            await run(context, context.GetInput<TInput>()!);
            return null;
        });

    /// <summary>An orchestrator that asks its context for its input, as functions do.</summary>
    public void AddOrchestrator(string name, Func<TaskOrchestrationContext, Task> run) =>
        Orchestrations.Register(name, async context =>
        {
            await run(context);
            return null;
        });

    public void AddActivity<TInput, TOutput>(string name, Func<Worker, TInput, Task<TOutput>> run) =>
        Activities.Register(name, async (worker, input) => Converter.Serialize(await run(worker, Converter.Deserialize<TInput>(input)!)));

    public void AddActivity<TInput>(string name, Func<Worker, TInput, Task> run) =>
        Activities.Register(name, async (worker, input) =>
        {
            await run(worker, Converter.Deserialize<TInput>(input)!);
            return null;
        });

    /// <summary>The client of a process.</summary>
    public DurableTaskClient ClientOf(Worker worker) => worker.Single<DurableTaskClient>(_ => new HostClient(this, worker));

    public Worker NewWorker(string kind) => new(World, string.Create(CultureInfo.InvariantCulture, $"{kind}-{++_workers}"));

    public string NewInstanceId() => string.Create(CultureInfo.InvariantCulture, $"instance-{++_instances}");

    /// <summary>The saved state of an entity, as someone sees it who can look into the store.</summary>
    public T? Saved<T>(EntityInstanceId id) => Store.Find(id)?.State is { } state ? Converter.Deserialize<T>(state) : default;
}

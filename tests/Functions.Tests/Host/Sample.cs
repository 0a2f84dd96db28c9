using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;
using Tidemark.Support.Durable;

namespace Tidemark.Functions.Tests.Host;

internal sealed class CounterState
{
    public long Next { get; set; }

    public List<long> Seen { get; set; } = [];
}

/// <summary>Counts, with and without protection against doubled signals.</summary>
internal sealed class Counter : TaskEntity<CounterState>
{
    public void Add(long by) => State.Next += by;

    /// <summary>A compare-and-set: applies a number once, and in order only.</summary>
    public void Apply(long number)
    {
        if (State.Next == number)
        {
            State.Next++;
            State.Seen.Add(number);
        }
    }

    public void Break(long by)
    {
        State.Next += by;
        throw new InvalidOperationException("broken");
    }

    public long Get() => State.Next;

    public long Count() => ++State.Next;

    public void Forward(string key) => Context.SignalEntity(new EntityInstanceId(nameof(Counter), key), nameof(Add), 1L);
}

/// <summary>A small app to try the host with.</summary>
internal sealed class Sample
{
    public Sample(int seed, Faults? faults = null)
    {
        World = new World(seed, faults);
        Host = new DurableHost(World);
        Host.AddEntity(nameof(Counter), _ => new Counter());
        Host.AddActivity<int, int>("Double", async (worker, value) =>
        {
            await worker.CallAsync("doubles", () => Doubled++);
            return value * 2;
        });
        Client = Host.ClientOf(Host.NewWorker("client"));
    }

    public World World { get; }

    public DurableHost Host { get; }

    public DurableTaskClient Client { get; }

    public int Doubled { get; private set; }

    public static EntityInstanceId Id(string key) => new(nameof(Counter), key);

    public long Next(string key) => Host.Saved<CounterState>(Id(key))?.Next ?? 0;

    /// <summary>Runs something in a process of its own until it ends.</summary>
    public Worker Run(Func<Worker, DurableTaskClient, Task> run, Action<Worker>? prepare = null, TimeSpan? within = null)
    {
        Worker worker = Host.NewWorker("worker");
        prepare?.Invoke(worker);
        bool over = false;
        Exception? failure = null;
        worker.Died += () => over = true;
        worker.Start("runs", () => run(worker, Host.ClientOf(worker)), ended => (over, failure) = (true, ended));
        World.RunUntil(() => over, within ?? TimeSpan.FromHours(2), "the run");
        return failure is null ? worker : throw World.Failure(failure.Message, failure);
    }

    /// <summary>The pattern of the product: a signal, confirmed by a read of what was saved, sent again on time-out.</summary>
    public static async Task ApplyAsync(Worker worker, DurableTaskClient client, string key, long number)
    {
        while (true)
        {
            await client.Entities.SignalEntityAsync(Id(key), nameof(Counter.Apply), number);
            for (int poll = 0; poll < 5; poll++)
            {
                EntityMetadata<CounterState>? read = await client.Entities.GetEntityAsync<CounterState>(Id(key));
                if (read is { State.Next: var next } && next > number)
                {
                    return;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(100), worker.Time);
            }
        }
    }
}

using Tidemark.Functions.Closing;
using Tidemark.Functions.Ingest;
using Tidemark.Simulation.Invariants;
using Tidemark.Simulation.Lake;
using Tidemark.Simulation.Redis;
using Tidemark.Support.Durable;

namespace Tidemark.Simulation;

/// <summary>The sinks of every process, over shared stores.</summary>
internal sealed class SimulatedSinks(Plan plan, World world, Func<Observer> observer)
{
    /// <summary>The shared Redis server.</summary>
    public RedisModel Redis { get; } = new(plan, world, observer);

    /// <summary>The shared lake.</summary>
    public LakeModel Lake { get; } = new(plan, observer);

    /// <summary>The dead letters by origin.</summary>
    public DeadLetterStore Letters { get; } = new();

    /// <summary>Sinks for exclusive use, since waiting for shared ones would leave the thread.</summary>
    public ResultSinks Rent(Worker worker) => worker.Single(_ => new Pool()).Free.TryPop(out ResultSinks? sinks) ? sinks : Open(worker);

    public static void Return(Worker worker, ResultSinks sinks) => worker.Single(_ => new Pool()).Free.Push(sinks);

    public IDeadLetters DeadLetters(Worker worker) => new FailingLetters(worker, Letters.Of(worker), plan.Sinks);

    private ResultSinks Open(Worker worker)
    {
        NamedSink redis = new("Redis", new WatchedSink(observer,
            new DeferredSink(async stop => await Redis.OpenAsync(worker, stop).ConfigureAwait(false))), TakesLive: true);
        return new ResultSinks(plan.HasLake ? [redis, new NamedSink("Lake", Lake.Open(worker))] : [redis]);
    }

    private sealed class Pool
    {
        public Stack<ResultSinks> Free { get; } = new();
    }

    private sealed class FailingLetters(Worker worker, IDeadLetters letters, SinkFaults faults) : IDeadLetters
    {
        public Task WriteAsync(IReadOnlyList<RejectedRecord> records, CancellationToken cancellationToken) =>
            worker.World.Chance(faults.DeadLettersFail)
                ? worker.CallAsync("cannot write dead letters", () => throw new TimeoutException("The dead-letter topic does not answer."))
                : letters.WriteAsync(records, cancellationToken);
    }
}

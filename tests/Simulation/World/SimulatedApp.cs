using Microsoft.Extensions.Logging.Abstractions;
using Tidemark.Functions.Closing;
using Tidemark.Functions.Entities;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Ingest;
using Tidemark.Protocol;
using Tidemark.Support.Durable;

namespace Tidemark.Simulation;

/// <summary>The Functions app in a world: its real classes, one set for each process, created as by its container.</summary>
internal sealed class SimulatedApp
{
    private readonly Plan _plan;
    private readonly Random _skews;
    private readonly SimulatedSinks _sinks;

    private readonly List<(Worker Worker, DateTimeOffset Since)> _ticks = [];

    public SimulatedApp(Plan plan, World world, KafkaLog log, SimulatedSinks sinks)
    {
        (_plan, World, Log, _sinks) = (plan, world, log, sinks);
        _skews = new Random(Seeds.Mix(plan.Seed, nameof(plan.Skew)));
        Host = new DurableHost(world) { Scheduled = Scheduled };
        Options = new FunctionsOptions
        {
            Brokers = "broker:9092", Topic = KafkaLog.Topic, DeadLetterTopic = "dlq",
            Engine = plan.Engine, Timing = plan.Timing, MaxStepRecords = plan.MaxStepRecords,
        };
        Trigger = new KafkaTrigger(world, log, Process, IngestAsync) { Faults = plan.Trigger,
            MaxBatch = plan.MaxBatch, BetweenRebalances = TimeSpan.FromSeconds(3) };
        Host.AddEntity(nameof(ShardEntity), _ => new ShardEntity(plan.Engine));
        Host.AddEntity(nameof(PartitionEntity), _ => new PartitionEntity());
        Host.AddEntity(nameof(PaneEntity), _ => new PaneEntity(plan.Engine));
        Host.AddEntity(nameof(TopicEntity), _ => new TopicEntity(plan.Engine));
        Host.AddOrchestrator<PaneToClose>(nameof(ClosePaneOrchestration), ClosePaneOrchestration.Run);
        Host.AddOrchestrator<PublishOrder>(nameof(PublishOrchestration), PublishOrchestration.Run);
        Host.AddActivity<PaneToClose, PaneClosed?>(
            nameof(ClosingActivities.MergePane), (worker, pane) => Closing(worker, app => app.MergePane(pane, Host.ClientOf(worker), default)));
        Host.AddActivity<PaneClosed>(nameof(ClosingActivities.ConfirmPane), (worker, pane) => TickingAsync(
            worker, () => Closing(worker, app => app.ConfirmPane(pane, Host.ClientOf(worker), default))));
        Host.AddActivity<PublishOrder, bool>(nameof(ClosingActivities.PublishWindow), (worker, order) => Closing(
            worker, app => app.PublishWindow(order, Host.ClientOf(worker), default)));
        Host.AddActivity<PublishOrder>(nameof(ClosingActivities.ConfirmWindow), (worker, order) => Closing(
            worker, app => app.ConfirmWindow(order, Host.ClientOf(worker), default)));
        Timers =
        [
            TickerOf("close", plan.TickEvery, CloseTickAsync),
            TickerOf("live", plan.LiveEvery, worker => LiveOf(worker).RunAsync(Host.ClientOf(worker), default)),
            TickerOf("rescue", plan.RescueEvery, worker => RescueOf(worker).RunAsync(Host.ClientOf(worker), default)),
            TickerOf("sweep", plan.SweepEvery, worker => new Sweeper(Options, worker.Time, NullLogger<Sweeper>.Instance).RunAsync(
                Host.ClientOf(worker), default)),
        ];
    }

    /// <summary>Called for every window that a tick starts to publish, with the tick's start; not if the process has died.</summary>
    public Action<PublishOrder, DateTimeOffset>? PublishScheduled { get; set; }

    public World World { get; }

    public DurableHost Host { get; }

    public KafkaLog Log { get; }

    public KafkaTrigger Trigger { get; }

    public FunctionsOptions Options { get; }

    /// <summary>The tickers: closing, live, rescue, sweep.</summary>
    public Ticker[] Timers { get; }

    /// <summary>
    /// Kills every process of the trigger and of the timers; orchestrations, activities and entities have separate faults.
    /// </summary>
    public void Restart()
    {
        foreach (Worker worker in Trigger.Workers)
        {
            worker.Kill();
        }

        Array.ForEach(Timers, timer => timer.Kill());
    }

    /// <summary>Called for partitions found to be stopped.</summary>
    public Action<int, Exception>? Stopped { get; set; }

    private void Scheduled(Worker worker, string orchestration, string? input)
    {
        if (orchestration == nameof(PublishOrchestration) && worker.IsAlive)
        {
            PublishScheduled?.Invoke(
                Host.Converter.Deserialize<PublishOrder>(input)!, _ticks.Where(tick => tick.Worker == worker).Min(tick => tick.Since));
        }
    }

    private Task CloseTickAsync(Worker worker) =>
        TickingAsync(worker, () => WithSinks(worker, sinks => Ticks(worker, sinks).RunAsync(Host.ClientOf(worker), default)));

    /// <summary>Runs code that may start closings and publications.</summary>
    private async Task TickingAsync(Worker worker, Func<Task> run)
    {
        (Worker, DateTimeOffset) tick = (worker, World.Now);
        _ticks.Add(tick);
        try
        {
            await run().ConfigureAwait(false);
        }
        finally
        {
            _ticks.Remove(tick);
        }
    }

    private Worker Process(string name)
    {
        TimeSpan skew = _plan.Off.Contains(nameof(Plan.Skew)) ? TimeSpan.Zero : _plan.Skew;
        return new Worker(World, name) { Skew = skew * ((2 * _skews.NextDouble()) - 1) };
    }

    private Task IngestAsync(Worker worker, IReadOnlyList<LogRecord> batch) =>
        TickingAsync(worker, () => worker.Single(process => new IngestFunction(LoopOf(process), FollowUp(process)))
        .Run([.. batch.Select(App.ToKafka)], Host.ClientOf(worker), CancellationToken.None));

    private BatchFollowUp FollowUp(Worker worker) => new(
        Ticks(worker, _sinks.Rent(worker)), ArrivalsOf(worker), new LogBroker(worker, Log), Options, NullLogger<BatchFollowUp>.Instance);

    private static Arrivals ArrivalsOf(Worker worker) => worker.Single(process => new Arrivals(process.Time));

    private Task<T> Closing<T>(Worker worker, Func<ClosingActivities, Task<T>> run) => WithSinks(worker, sinks => run(Activities(worker, sinks)));

    private Task Closing(Worker worker, Func<ClosingActivities, Task> run) => WithSinks(worker, sinks => run(Activities(worker, sinks)));

    private async Task<T> WithSinks<T>(Worker worker, Func<ResultSinks, Task<T>> run)
    {
        ResultSinks sinks = _sinks.Rent(worker);
        try
        {
            return await run(sinks).ConfigureAwait(false);
        }
        finally
        {
            SimulatedSinks.Return(worker, sinks);
        }
    }

    private Task WithSinks(Worker worker, Func<ResultSinks, Task> run) => WithSinks(worker, async sinks =>
    {
        await run(sinks).ConfigureAwait(false);
        return true;
    });

    private ClosingActivities Activities(Worker worker, ResultSinks sinks) => new(
        new PaneCloser(Options, worker.Time), new WindowPublisher(Options, sinks, worker.Time, App.Shared, NullLogger<WindowPublisher>.Instance),
        Ticks(worker, sinks), Options, App.Shared);

    private TickLoop Ticks(Worker worker, ResultSinks sinks) => new(
        Reader(worker), new IdleLifter(Options, worker.Time, NullLogger<IdleLifter>.Instance),
        sinks, Options, worker.Time, App.Shared, NullLogger<TickLoop>.Instance);

    private LiveLoop LiveOf(Worker worker) =>
        worker.Single(process => new LiveLoop(new LogBroker(process, Log), ArrivalsOf(process),
            Options, _sinks.Rent(process), process.Time, App.Shared, NullLogger<LiveLoop>.Instance));

    private Rescue RescueOf(Worker worker) =>
        new(Reader(worker), LoopOf(worker), new LogBroker(worker, Log), StoppedOf(worker), Options, App.Shared, NullLogger<Rescue>.Instance);

    private StoppedPartitions StoppedOf(Worker worker) => worker.Single(_ => new StoppedPartitions(new StopLog(this)));

    private Ticker TickerOf(string name, TimeSpan every, Func<Worker, Task> tick) => new(World, name, Process, tick) { Every = every };

    private TopicReader Reader(Worker worker) => worker.Single(process =>
    {
        LogBroker broker = new(process, Log);
        return new TopicReader(broker, new CursorOpener(broker, Options, process.Time), Options, process.Time, NullLogger<TopicReader>.Instance);
    });

    private IngestLoop LoopOf(Worker worker) => worker.Single(process =>
    {
        LogBroker broker = new(process, Log);
        CursorOpener opener = new(broker, Options, process.Time);
        return new IngestLoop(
            broker, _sinks.DeadLetters(process), opener, StoppedOf(process), Options, process.Time, App.Shared, NullLogger<IngestLoop>.Instance);
    });
}

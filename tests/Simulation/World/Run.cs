using System.Globalization;
using Tidemark.Core;
using Tidemark.Protocol;
using Tidemark.Simulation.Invariants;
using Tidemark.Support.Durable;

namespace Tidemark.Simulation;

/// <summary>The outcome of a plan.</summary>
internal sealed record RunResult(
    Plan Plan, Violation? Violation, ulong Hash, long Steps, TimeSpan VirtualTime, IReadOnlyDictionary<string, long> Injected, string TraceTail);

/// <summary>Executes a plan in one world: producers and faults for some time, then a time without faults, then the final checks.</summary>
internal sealed class Run
{
    private const long MaxSteps = 600_000;

    /// <summary>The name of a violation outside the invariants: an exception or an endless run.</summary>
    public const string Unexpected = "unexpected";

    private readonly Plan _plan;
    private readonly World _world;
    private readonly KafkaLog _log;
    private readonly FaultStreams _streams;
    private readonly Facts _facts;
    private readonly Violations _violations;
    private readonly Observer _observer;
    private readonly SimulatedApp _app;
    private readonly LogFaults _logFaults;

    public Run(Plan plan, bool isTraced)
    {
        _plan = plan;
        _world = new World(plan.Seed, plan.Faults, PlanMaker.Start);
        _world.Trace.IsQuiet = !isTraced;
        _streams = new FaultStreams(plan.Seed, _world, plan.Off);
        _world.Judge = _streams.Strikes;
        _log = new KafkaLog(_world, plan.Partitions);
        _facts = new Facts(plan.Oracle, plan.Engine)
        {
            LogStart = partition => _log.StartOf(partition),
            NowMs = () => _world.Now.ToUnixTimeMilliseconds(),
            StalenessMs = (long)plan.Faults.Staleness.TotalMilliseconds,
        };
        _violations = new Violations(violation => _world.Fail(new InvalidOperationException($"{violation.Invariant}: {violation.Message}")));
        _observer = new Observer(_facts, InvariantList.All(_facts, _violations));
        SimulatedSinks sinks = new(plan, _world, () => _observer);
        _facts.HasLetter = (partition, offset) => sinks.Letters.Letters.ContainsKey((partition, offset));
        _facts.Redis = sinks.Redis.Store;
        _facts.Lake = plan.HasLake ? sinks.Lake.Visible : null;
        _app = new SimulatedApp(plan, _world, _log, sinks);
        _logFaults = new LogFaults(_app, _facts, _streams) { OnRedis = sinks.Redis.Lose };
    }

    public static RunResult Execute(Plan plan, bool isTraced = false)
    {
        Run run = new(plan, isTraced);
        try
        {
            run.Live();
        }
#pragma warning disable CA1031 // Whatever the app throws is a finding.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            run._violations.Report(Unexpected, problem is SimulationException { InnerException: { } inner } ? inner.ToString() : problem.ToString());
        }

        return run.Result();
    }

    private RunResult Result() => new(
        _plan, _violations.First, unchecked((_world.Trace.Hash * 31) ^ _hash), _world.Steps,
        _world.Now - PlanMaker.Start, _streams.Injected, _world.Trace.Tail(400));

    private ulong _hash = 14695981039346656037;

    private void Live()
    {
        _app.Host.Store.Saved = (entity, _) =>
        {
            Mix(entity);
            _observer.Saved(entity, entity.State);
        };
        _app.Trigger.Committed = _observer.OffsetCommitted;
        _app.Stopped = (partition, problem) => _logFaults.Said(partition, problem.GetType().Name);
        foreach (PlannedRecord record in _plan.Records)
        {
            _world.After(TimeSpan.FromMilliseconds(record.AtMs), () => _logFaults.Append(record));
        }

        foreach (Injection injection in _plan.Injections.Where(injection => !_plan.Off.Contains(injection.Kind.ToString())))
        {
            _world.After(TimeSpan.FromMilliseconds(injection.AtMs), () => _logFaults.Inject(injection));
        }

        _app.PublishScheduled = (order, since) => _observer.PublishScheduled(order, since.ToUnixTimeMilliseconds());
        AppendMarkers();
        _app.Trigger.Start(_plan.Instances);
        Array.ForEach(_app.Timers, timer => timer.Start());
        RunUntil(() => false, TimeSpan.FromMilliseconds(_plan.FaultsEndMs));
        if (!Ended)
        {
            Settle();
        }
    }

    /// <summary>Adds empty transactions during the whole run.</summary>
    private void AppendMarkers()
    {
        if (_plan.MarkersEvery > TimeSpan.Zero)
        {
            _world.After(_plan.MarkersEvery, AppendMarkers);
            _logFaults.AppendMarkers();
        }
    }

    private bool Ended => _violations.First is not null;

    /// <summary>
    /// Stops faults; within a bounded time everything due must be written and nothing left to do. Then long-delayed messages arrive, which
    /// must change nothing.
    /// </summary>
    private void Settle()
    {
        _streams.Stop();
        _logFaults.Heal();
        _app.Timers[0].Every = TimeSpan.FromSeconds(Math.Max(2, _plan.TickEvery.TotalSeconds));
        RequireRest();
        _app.Timers[0].Every = _app.Timers[1].Every = _app.Timers[2].Every = TimeSpan.FromSeconds(30);
        RunUntil(() => false, _plan.Faults.LongDelay + (_plan.SweepEvery * 3) + TimeSpan.FromSeconds(10));

        // Delayed batches may have filled a truncated log: then there is more to write than before.
        DateTimeOffset since = _world.Now;
        RequireRest();
        if (_world.Now > since)
        {
            RunUntil(() => false, (_plan.SweepEvery * 3) + TimeSpan.FromMinutes(1));
        }

        if (!Ended)
        {
            CheckFailures();
            _facts.DueMs = DueMs;
            _observer.AtEnd();
        }
    }

    private void RequireRest()
    {
        DateTimeOffset since = _world.Now;
        if (!Ended && !RunUntil(IsSettled, Bound()) && !Ended)
        {
            _observer.Invariants.OfType<Liveness>().Single().ReportLate($"not at rest {_world.Now - since} after the last fault: {Describe()}");
        }
    }

    /// <summary>
    /// The time bound after the last fault: hidden messages reappear (twice, one after the other), then rescue, idleness and the longest
    /// window.
    /// </summary>
    private TimeSpan Bound()
    {
        long futureMs = _plan.Oracle.MaxFutureSkewMs + _plan.Oracle.AllowedLatenessMs
            + _plan.Oracle.MaxOutOfOrdernessMs + (2 * _plan.Oracle.Windows.Max(window => window.SizeMs));
        return (_plan.Faults.LongDelay * 3) + (_plan.Timing.RescueTimeout * 2) + _plan.Engine.IdleTimeout + (_plan.Skew * 2)
            + TimeSpan.FromMilliseconds(futureMs) + _plan.Timing.IngestTimeout + TimeSpan.FromMinutes(10);
    }

    private bool IsSettled()
    {
        _logFaults.ForgetHealed();
        TopicState topic = _facts.Topic;
        bool applied = Enumerable.Range(0, _log.Partitions).All(partition =>
            _facts.BrokenLogs.ContainsKey(partition)
                || (_facts.Cursors.TryGetValue(partition, out PartitionState? cursor) && !_log.HasRecordFrom(partition, cursor.Next)));
        if (!applied || _app.Host.Orchestrations.Running > 0)
        {
            return false;
        }

        if (_logFaults.BlocksWatermark)
        {
            return _logFaults.AreAllReported && IsAllDueWritten(topic);
        }

        return topic.Panes.Count == 0 && _facts.Cursors.Values.All(cursor => cursor.Marks.Keys.All(topic.IsFinalPane));
    }

    /// <summary>Whether a tick would find nothing to close and nothing to write.</summary>
    private bool IsAllDueWritten(TopicState topic)
    {
        TickPlan tick = TickPlan.Of(topic, View(), _plan.Engine);
        return tick.Panes.Count == 0 && tick.Windows.Count == 0 && tick.Empty.Count == 0;
    }

    private TopicView View() => new(
        [.. Enumerable.Range(0, _log.Partitions).Select(partition => new PartitionView(
            partition, _facts.Cursors.GetValueOrDefault(partition) ?? new PartitionState(), HasMore(partition)))],
        _world.Now.ToUnixTimeMilliseconds() - (long)_plan.Skew.TotalMilliseconds);

    private bool HasMore(int partition) => _facts.BrokenLogs.ContainsKey(partition)
        || !_facts.Cursors.TryGetValue(partition, out PartitionState? cursor) || _log.HasRecordFrom(partition, cursor.Next);

    /// <summary>The watermark up to which windows must have been written, whichever clock decided it.</summary>
    private long DueMs() => View().WatermarkMs(_plan.Engine) is var watermarkMs and not EventTime.None ? watermarkMs + 1 : EventTime.None;

    /// <summary>Continues the run; false when the time is up.</summary>
    private bool RunUntil(Func<bool> isDone, TimeSpan within)
    {
        bool isOver = false;
        bool isAtRest = false;
        _world.After(within, () => isOver = true);
        Look();
        _world.RunUntil(() => isOver || isAtRest || Ended || _world.Steps > MaxSteps, within + TimeSpan.FromSeconds(1), "the run");
        if (_world.Steps > MaxSteps)
        {
            _violations.Report(Unexpected, $"the run goes on and on: {_world.Steps} steps");
        }

        return isAtRest;

        void Look()
        {
            isAtRest = isDone();
            if (!isOver && !isAtRest)
            {
                _world.After(TimeSpan.FromSeconds(2), Look);
            }
        }
    }

    /// <summary>Failures that are not explained by a fault.</summary>
    private void CheckFailures()
    {
        IEnumerable<string> failures = _app.Host.Entities.Thrown
            .Concat(_app.Host.Activities.Failures.Where(IsUnexplained))
            .Concat(_app.Trigger.FailedBatches.Keys.Where(IsUnexplained))
            .Concat(_app.Timers.SelectMany(timer => timer.Failures.Keys).Where(IsUnexplained));
        foreach (string failure in failures)
        {
            _violations.Report(Unexpected, failure);
        }
    }

    private static bool IsUnexplained(string failure) =>
        !failure.Contains("TimeoutException", StringComparison.Ordinal) && !failure.Contains("SinkException", StringComparison.Ordinal)
        && !failure.Contains(nameof(StoreException), StringComparison.Ordinal);

    private void Mix(Entity entity)
    {
        _hash = unchecked((_hash ^ (ulong)_world.Now.UtcTicks) * 1099511628211);
        foreach (char c in entity.State ?? "")
        {
            _hash = unchecked((_hash ^ c) * 1099511628211);
        }
    }

    private string Describe()
    {
        TopicState topic = _facts.Topic;
        string cursors = string.Join("; ", _facts.Cursors.Select(entry => string.Create(
            CultureInfo.InvariantCulture,
            $"p{entry.Key} next {entry.Value.Next} of {_log.EndOf(entry.Key)} watermark "
                + $"{entry.Value.WatermarkMs} marks {string.Join(' ', entry.Value.Marks.Keys)}")));
        string panes =
            string.Join(' ', topic.Panes.Select(pane => string.Create(CultureInfo.InvariantCulture, $"{pane.Key}:r{pane.Value.Revision}")));
        string families = string.Join("; ", topic.Families.Select(family => string.Create(
            CultureInfo.InvariantCulture,
            $"{family.Definition.Name} final before {family.FinalBeforeMs} published {string.Join(' ', family.Published)}")));
        return $"final {topic.FinalMs} running {_app.Host.Orchestrations.Running} panes {panes}; {families}; {cursors}; failures "
            + string.Join(" | ", _app.Trigger.FailedBatches.Keys.Concat(_app.Timers.SelectMany(timer => timer.Failures.Keys)).Take(5));
    }
}

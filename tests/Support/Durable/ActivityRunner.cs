using DurableTask.Core;

namespace Tidemark.Support.Durable;

/// <summary>
/// Executes activities at least once. Each run has a process of its own, which can die at any of its calls. The first result counts.
/// </summary>
internal sealed class ActivityRunner(DurableHost host)
{
    /// <summary>The maximum number of calls after which an activity that dies does so.</summary>
    private const int LastFatalAwait = 12;

    private readonly World _world = host.World;
    private readonly Dispatcher _dispatcher = new(host.World);
    private readonly Dictionary<string, Func<Worker, TaskActivity>> _activities = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _failNext = new(StringComparer.OrdinalIgnoreCase);

    public long Runs { get; private set; }

    /// <summary>Failures that were not injected.</summary>
    public List<string> Failures { get; } = [];

    public void Register(string name, Func<Worker, TaskActivity> make) => _activities.Add(name, make);

    /// <summary>Makes the next runs of an activity fail before they do anything.</summary>
    public void FailNext(string name, int times) => _failNext[name] = times;

    public void Send(Instance instance, string name, string? input, Action<string?, FailureDetails?> answer)
    {
        if (!_activities.ContainsKey(name))
        {
            throw new InvalidOperationException($"No activity is registered as '{name}'.");
        }

        _dispatcher.Take(_world.Delivery(), () => Run(instance, name, input, answer));
        if (_world.Chance(_world.Faults.ActivityRunsTwice))
        {
            _world.After(_world.Chance(0.5) ? _world.Latency() : _world.LongDelay(), () => Run(instance, name, input, answer));
        }
    }

    private void Run(Instance instance, string name, string? input, Action<string?, FailureDetails?> answer)
    {
        Runs++;
        host.Meter.Add(HostWork.Activity, "activities", name, input?.Length ?? 0);
        if (_failNext.GetValueOrDefault(name) > 0 || _world.Chance(_world.Faults.ActivityFails))
        {
            _failNext[name] = Math.Max(0, _failNext.GetValueOrDefault(name) - 1);
            _world.Note(name, $"for {instance.Id} fails before it begins");
            answer(null, Injected("failed before it began"));
            return;
        }

        Worker worker = host.NewWorker(name);
        bool timesOut = _world.Chance(_world.Faults.ActivityFailsAfterSuccess);
        if (_world.Chance(_world.Faults.ActivityDies))
        {
            worker.CrashAt = (1 + _world.Random.Next(LastFatalAwait), _world.Chance(0.5));
            worker.Died += () => _world.After(_world.LongDelay(), () => Run(instance, name, input, answer));
        }

        string? output = null;
        worker.Start($"for {instance.Id}", async () => output = await _activities[name](worker).RunAsync(ContextOf(instance), input), failure =>
        {
            worker.CrashAt = null;
            if (failure is not null)
            {
                Failures.Add($"{name} for {instance.Id}: {failure}");
            }

            string success = timesOut ? "times out after it succeeded" : "is done";
            _world.Note(worker.Name, failure is null ? success : $"fails: {failure.GetType().Name} {failure.Message}");
            if (failure is null && !timesOut)
            {
                answer(output, null);
            }
            else
            {
                answer(null, failure is null ? Injected("timed out after it had succeeded") : new FailureDetails(failure));
            }
        });
    }

    private static TaskContext ContextOf(Instance instance) =>
        new(new OrchestrationInstance { InstanceId = instance.Id, ExecutionId = instance.ExecutionId });

    private static FailureDetails Injected(string message) => new("InjectedFault", message, null, null, isNonRetriable: false);
}

using System.Globalization;
using DurableTask.Core;
using DurableTask.Core.Command;
using DurableTask.Core.History;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Tidemark.Support.Durable;

/// <summary>
/// Starts orchestrations, delivers events to them, and saves their decisions in the order of the commit model. Uses the real replay
/// engine.
/// </summary>
internal sealed class OrchestrationRunner(DurableHost host)
{
    private readonly World _world = host.World;
    private readonly Dispatcher _dispatcher = new(host.World);
    private readonly Dictionary<string, (Func<Instance, TaskOrchestration> Make, bool MayWaitForEvents)> _orchestrators =
        new(StringComparer.OrdinalIgnoreCase);
    private readonly SortedDictionary<string, Instance> _instances = new(StringComparer.Ordinal);
    private int _executions;

    public IReadOnlyCollection<Instance> All => _instances.Values;

    /// <summary>The name, id and failure of every orchestration that failed.</summary>
    public List<string> Failures { get; } = [];

    /// <summary>The number of instances started, without starts of running ones.</summary>
    public long Started { get; private set; }

    public int Running => _instances.Values.Count(instance => !instance.IsOver);

    public void Register(string name, Func<Instance, TaskOrchestration> make, bool mayWaitForEvents) =>
        _orchestrators.Add(name, (make, mayWaitForEvents));

    public Instance? Find(string id) => _instances.GetValueOrDefault(id);

    public bool Remove(string id) => _instances.TryGetValue(id, out Instance? instance) && instance.IsOver && _instances.Remove(id);

    /// <summary>Starts an instance; false when a running instance has its id, or one whose status is refused.</summary>
    public bool TryStart(
        string name, string id, string? input, IReadOnlyList<string>? dedupe = null, DateTimeOffset? notBefore = null,
        (ParentInstance Id, Action<Instance> Ended)? parent = null)
    {
        if (!_orchestrators.ContainsKey(name))
        {
            throw new InvalidOperationException($"No orchestrator is registered as '{name}'.");
        }

        if (Find(id) is { } known)
        {
            bool isRefused = dedupe?.Contains(known.Status.ToString(), StringComparer.OrdinalIgnoreCase) ?? !known.IsOver;
            if (isRefused)
            {
                return false;
            }

            // The given statuses do not include this one: the instance is terminated and replaced.
            Terminate(id, null);
        }

        Instance instance = new(name, id, input, NewExecutionId())
        {
            Created = _world.Now,
            Updated = _world.Now,
            Parent = parent?.Ended,
            ParentId = parent is { Id: { } of } ? new ParentOrchestrationInstance(of.Name, of.OrchestrationInstance.InstanceId) : null,
        };
        _instances[id] = instance;
        Started++;
        ExecutionStartedEvent started = new(-1, input)
        {
            Name = name,
            Version = "",
            ParentInstance = parent?.Id,
            OrchestrationInstance = new OrchestrationInstance { InstanceId = id, ExecutionId = instance.ExecutionId },
        };
        TimeSpan wait = notBefore is { } time && time > _world.Now ? time - _world.Now : TimeSpan.Zero;
        _world.After(wait + _world.Delivery(), () => Deliver(instance, new InstanceMessage(instance.ExecutionId, started)));
        return true;
    }

    /// <summary>Delivers an event to the current execution.</summary>
    public void Raise(string id, string name, string? data)
    {
        if (Find(id) is { } instance)
        {
            Deliver(instance, new InstanceMessage(null, new EventRaisedEvent(-1, data) { Name = name }));
        }
    }

    public void Terminate(string id, string? output)
    {
        if (Find(id) is { IsOver: false } instance)
        {
            instance.Output = output;
            End(instance, OrchestrationRuntimeStatus.Terminated);
        }
    }

    private string NewExecutionId() => string.Create(CultureInfo.InvariantCulture, $"execution-{++_executions}");

    private void Deliver(Instance instance, InstanceMessage message)
    {
        if (!instance.IsOver && _instances.GetValueOrDefault(instance.Id) == instance)
        {
            instance.Inbox.Add(message);
            Wake(instance);
        }
    }

    private void Wake(Instance instance)
    {
        if (!instance.IsBusy && !instance.IsOver)
        {
            instance.IsBusy = true;
            _dispatcher.Take(_world.Latency(), () => Run(instance));
        }
    }

    private void Run(Instance instance)
    {
        List<InstanceMessage> news = instance.IsOver ? [] : TakeInbox(instance);
        if (news.Count == 0)
        {
            instance.IsBusy = false;
            return;
        }

        (Func<Instance, TaskOrchestration> make, bool mayWaitForEvents) = _orchestrators[instance.Name];
        Episode episode = new(_world, instance, make, NewExecutionId);
        episode.Execute(news.Select(message => message.Event), mayWaitForEvents);
        host.Meter.Add(HostWork.Episode, "orchestrations", instance.Name);
        bool dies = _world.Chance(_world.Faults.EpisodeDies);
        string sent = string.Join(", ", episode.Sent.Select(sent => sent.Action.OrchestratorActionType));
        _world.Note(instance.Name,
            $"{instance.Id}{(dies ? " dies," : "")} got {news.Count}, decides [{sent}]{(episode.Completed is null ? "" : ", is over")}");
        Commit(instance, episode, news, dies);
    }

    /// <summary>
    /// Takes the messages that can be processed, the start first. A response to something that was never saved arrived out of order and
    /// waits until it is requested again. Messages for an earlier execution, and a second start, are dropped.
    /// </summary>
    private static List<InstanceMessage> TakeInbox(Instance instance)
    {
        bool hasStarted = instance.History.Count > 0;
        instance.Inbox.RemoveAll(message => (message.ExecutionId is { } execution && execution != instance.ExecutionId)
            || (hasStarted && message.Event is ExecutionStartedEvent));
        HashSet<int> asked = [.. instance.History
            .Where(past => past is TaskScheduledEvent or TimerCreatedEvent or SubOrchestrationInstanceCreatedEvent)
            .Select(past => past.EventId)];
        if (!hasStarted && !instance.Inbox.Exists(message => message.Event is ExecutionStartedEvent))
        {
            return [];
        }

        List<InstanceMessage> taken = [.. instance.Inbox
            .Where(message => Episode.AnsweredBy(message.Event) is not { } task || asked.Contains(task))
            .OrderBy(message => message.Event is ExecutionStartedEvent ? 0 : 1)];
        instance.Inbox.RemoveAll(taken.Contains);
        return taken;
    }

    private void Commit(Instance instance, Episode episode, List<InstanceMessage> news, bool dies)
    {
        bool outboundFirst = _world.Faults.Commit == CommitModel.OutboundFirst;
        if (outboundFirst && (!dies || _world.Chance(0.5)))
        {
            Send(instance, episode);
        }

        _world.After(outboundFirst ? _world.Latency(Hop.Commit) : TimeSpan.Zero, () =>
        {
            if (dies)
            {
                // The messages of the episode are delivered again, after newer ones; nothing else of it remains.
                instance.Inbox.AddRange(news);
                _world.After(_world.LongDelay(), () => Release(instance));
                return;
            }

            if (!instance.IsOver)
            {
                Save(instance, episode);
            }

            if (!outboundFirst)
            {
                Send(instance, episode);
            }

            Release(instance);
        });
    }

    private void Release(Instance instance)
    {
        instance.IsBusy = false;
        if (instance.Inbox.Count > 0)
        {
            Wake(instance);
        }
    }

    private void Save(Instance instance, Episode episode)
    {
        instance.History = episode.History;
        instance.ExecutionId = episode.ExecutionId;
        instance.Input = episode.Input;
        instance.Status = OrchestrationRuntimeStatus.Running;
        instance.CustomStatus = episode.CustomStatus ?? instance.CustomStatus;
        instance.Updated = _world.Now;
        if (episode.Completed is not { } completed)
        {
            return;
        }

        if (completed.FailureDetails is { } failure)
        {
            instance.Failure = Describe(failure);
            Failures.Add($"{instance.Name} {instance.Id}: {failure}\n{failure.StackTrace}");
            End(instance, OrchestrationRuntimeStatus.Failed);
        }
        else
        {
            instance.Output = completed.Result;
            End(instance, OrchestrationRuntimeStatus.Completed);
        }
    }

    private static TaskFailureDetails? Describe(FailureDetails? failure) => failure is null ? null : new TaskFailureDetails(
        failure.ErrorType, failure.ErrorMessage, failure.StackTrace, Describe(failure.InnerFailure), failure.Properties);

    private void End(Instance instance, OrchestrationRuntimeStatus status)
    {
        instance.Status = status;
        instance.Updated = _world.Now;
        instance.Inbox.Clear();
        instance.Parent?.Invoke(instance);
    }

    private void Send(Instance instance, Episode episode)
    {
        foreach ((string executionId, OrchestratorAction action) in episode.Sent)
        {
            Send(action, happened => _world.After(_world.Delivery(), () => Deliver(instance, new InstanceMessage(executionId, happened))), instance);
        }
    }

    private void Send(OrchestratorAction action, Action<HistoryEvent> answer, Instance instance)
    {
        switch (action)
        {
            case ScheduleTaskOrchestratorAction task:
                host.Activities.Send(instance, task.Name!, task.Input, (output, failure) => answer(
                    failure is null ? new TaskCompletedEvent(-1, task.Id, output)
                        : new TaskFailedEvent(-1, task.Id, failure.ErrorMessage, null, failure)));
                break;
            case CreateTimerOrchestratorAction timer:
                TimeSpan wait = timer.FireAt - _world.Now.UtcDateTime;
                _world.After(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, () => answer(new TimerFiredEvent(-1, timer.FireAt) { TimerId = timer.Id }));
                break;
            case SendEventOrchestratorAction sent when EntityMessages.IsForEntity(sent):
                (EntityOperation operation, string? answerName, DateTimeOffset? notBefore) = EntityMessages.Read(sent);
                Action<EntityAnswer>? caller = answerName is null ? null : result =>
                    answer(new EventRaisedEvent(-1, EntityMessages.Answer(result)) { Name = answerName });
                host.Entities.SendReliably(operation with { Caller = caller }, notBefore);
                break;
            case SendEventOrchestratorAction sent:
                _world.After(_world.Latency(), () => Raise(sent.Instance!.InstanceId, sent.EventName!, sent.EventData));
                break;
            default:
                StartChild(instance, (CreateSubOrchestrationAction)action, answer);
                break;
        }
    }

    private void StartChild(Instance instance, CreateSubOrchestrationAction asked, Action<HistoryEvent> answer)
    {
        void Failed(string reason, FailureDetails? failure) => answer(new SubOrchestrationInstanceFailedEvent(-1, asked.Id, reason, null, failure));

        void Ended(Instance child)
        {
            if (child.Status == OrchestrationRuntimeStatus.Completed)
            {
                answer(new SubOrchestrationInstanceCompletedEvent(-1, asked.Id, child.Output));
            }
            else
            {
                string reason = child.Failure?.ErrorMessage ?? "It was terminated.";
                Failed(reason, new FailureDetails(
                    child.Failure?.ErrorType ?? "Terminated", reason, child.Failure?.StackTrace, null, isNonRetriable: false));
            }
        }

        ParentInstance parent = new()
        {
            Name = instance.Name,
            TaskScheduleId = asked.Id,
            OrchestrationInstance = new OrchestrationInstance { InstanceId = instance.Id, ExecutionId = instance.ExecutionId },
        };
        if (!TryStart(asked.Name!, asked.InstanceId!, asked.Input, parent: (parent, Ended)))
        {
            string reason = $"The instance {asked.InstanceId} is running.";
            Failed(reason, new FailureDetails("InstanceExists", reason, null, null, isNonRetriable: false));
        }
    }
}

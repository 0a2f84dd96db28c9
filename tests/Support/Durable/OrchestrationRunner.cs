using System.Globalization;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;

namespace Tidemark.Support.Durable;

/// <summary>Starts orchestrations, brings them what they wait for, and saves what they did, in the order of the commit model.</summary>
internal sealed class OrchestrationRunner(DurableHost host)
{
    private readonly World _world = host.World;
    private readonly Dictionary<string, Func<TaskOrchestrationContext, Task<object?>>> _orchestrators = new(StringComparer.OrdinalIgnoreCase);
    private readonly SortedDictionary<string, Instance> _instances = new(StringComparer.Ordinal);
    private int _executions;

    public IReadOnlyCollection<Instance> All => _instances.Values;

    /// <summary>Name, id and failure of every orchestration that failed.</summary>
    public List<string> Failures { get; } = [];

    /// <summary>Instances started, not counting starts of running ones.</summary>
    public long Started { get; private set; }

    public int Running => _instances.Values.Count(instance => !instance.IsOver);

    public void Register(string name, Func<TaskOrchestrationContext, Task<object?>> run) => _orchestrators.Add(name, run);

    public Instance? Find(string id) => _instances.GetValueOrDefault(id);

    public bool Remove(string id) => _instances.TryGetValue(id, out Instance? instance) && instance.IsOver && _instances.Remove(id);

    /// <summary>Starts an instance; false when its id is taken by one that is not over, or whose status is refused.</summary>
    public bool TryStart(
        string name, string id, string? input, IReadOnlyList<string>? dedupe = null, DateTimeOffset? notBefore = null,
        (ParentOrchestrationInstance Id, Action<Instance> Ended)? parent = null)
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

            // Statuses that are named without this one: the instance is terminated for the new one.
            Terminate(id, null);
        }

        Instance instance = new(name, id, input, ++_executions)
        {
            Created = _world.Now,
            Updated = _world.Now,
            Parent = parent?.Ended,
            ParentId = parent?.Id,
        };
        _instances[id] = instance;
        Started++;
        TimeSpan wait = notBefore is { } time && time > _world.Now ? time - _world.Now : TimeSpan.Zero;
        _world.After(wait + _world.Latency(), () => Wake(instance, instance.Execution));
        return true;
    }

    public void Raise(string id, HistoryEvent raised)
    {
        if (Find(id) is { } instance)
        {
            Deliver(instance, instance.Execution, raised);
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

    private void Deliver(Instance instance, int execution, HistoryEvent happened)
    {
        if (instance.Execution == execution && !instance.IsOver)
        {
            instance.Inbox.Add(happened);
            Wake(instance, execution);
        }
    }

    private void Wake(Instance instance, int execution)
    {
        if (!instance.IsBusy && instance.Execution == execution && !instance.IsOver)
        {
            instance.IsBusy = true;
            _world.After(_world.Latency(), () => Run(instance, execution));
        }
    }

    private void Run(Instance instance, int execution)
    {
        if (instance.IsOver || instance.Execution != execution)
        {
            instance.IsBusy = false;
            return;
        }

        List<HistoryEvent> news = [new HistoryEvent(HistoryKind.Episode, -1, _world.Now), .. TakeInbox(instance)];
        if (news.Count == 1 && instance.History.Count > 0)
        {
            instance.IsBusy = false;
            return;
        }

        Episode episode = new(host, instance, _orchestrators[instance.Name]);
        episode.Execute(news);
        host.Meter.Add(HostWork.Episode, "orchestrations", instance.Name);
        bool dies = _world.Chance(_world.Faults.EpisodeDies);
        string asks = string.Join(", ", episode.New.Select(ask => $"{ask.Ask.Kind} {ask.Ask.Name}"));
        _world.Note(instance.Name, $"{instance.Id}{(dies ? " dies," : "")} got {news.Count - 1}, asks [{asks}]{(episode.IsOver ? ", is over" : "")}");
        Commit(instance, episode, news, dies);
    }

    /// <summary>Takes what the record has a question for, once. An answer to what was never saved waits until it has been asked again.</summary>
    private static List<HistoryEvent> TakeInbox(Instance instance)
    {
        HashSet<int> asked = [.. instance.History.Where(past => past.Kind == HistoryKind.Scheduled).Select(past => past.TaskId)];
        HashSet<int> answered = [.. instance.History.Where(past => past.Kind is HistoryKind.Completed or HistoryKind.Failed).Select(past => past.TaskId)];
        List<HistoryEvent> taken = [];
        foreach (HistoryEvent happened in instance.Inbox.ToArray())
        {
            if (happened.Kind == HistoryKind.Raised || asked.Contains(happened.TaskId))
            {
                instance.Inbox.Remove(happened);
                if (happened.Kind == HistoryKind.Raised || answered.Add(happened.TaskId))
                {
                    taken.Add(happened);
                }
            }
        }

        return taken;
    }

    private void Commit(Instance instance, Episode episode, List<HistoryEvent> news, bool dies)
    {
        bool outboundFirst = _world.Faults.Commit == CommitModel.OutboundFirst;
        (int, Ask)[] asks = [.. episode.New];
        if (outboundFirst && (!dies || _world.Chance(0.5)))
        {
            Send(instance, asks);
        }

        _world.After(outboundFirst ? _world.Latency(Hop.Commit) : TimeSpan.Zero, () =>
        {
            if (dies)
            {
                // What it had read comes again, after what came meanwhile; nothing else remains of the episode.
                instance.Inbox.AddRange(news.Skip(1));
                _world.After(_world.LongDelay(), () => Release(instance));
                return;
            }

            Save(instance, episode, news, asks);
            if (!outboundFirst)
            {
                Send(instance, asks);
            }

            Release(instance);
        });
    }

    private void Release(Instance instance)
    {
        instance.IsBusy = false;
        if (instance.Inbox.Count > 0 || instance.History.Count == 0)
        {
            Wake(instance, instance.Execution);
        }
    }

    private void Save(Instance instance, Episode episode, List<HistoryEvent> news, (int TaskId, Ask Ask)[] asks)
    {
        instance.History.AddRange(news);
        instance.History.AddRange(asks.Select(ask => new HistoryEvent(HistoryKind.Scheduled, ask.TaskId, _world.Now) { Ask = ask.Ask }));
        instance.Status = OrchestrationRuntimeStatus.Running;
        instance.CustomStatus = episode.Context.CustomStatus ?? instance.CustomStatus;
        instance.Updated = _world.Now;
        if (!episode.IsOver)
        {
            return;
        }

        if (episode.Failure is { } failure)
        {
            instance.Failure = failure;
            Failures.Add($"{instance.Name} {instance.Id}: {failure}\n{failure.StackTrace}");
            End(instance, OrchestrationRuntimeStatus.Failed);
        }
        else if (episode.Context.Continues is { } next)
        {
            instance.Execution = ++_executions;
            instance.Input = next.Input;
            instance.History.Clear();
            instance.Inbox.RemoveAll(happened => happened.Kind != HistoryKind.Raised || !next.KeepsEvents);
        }
        else
        {
            instance.Output = host.Converter.Serialize(episode.Output);
            End(instance, OrchestrationRuntimeStatus.Completed);
        }
    }

    private void End(Instance instance, OrchestrationRuntimeStatus status)
    {
        instance.Status = status;
        instance.Updated = _world.Now;
        instance.Inbox.Clear();
        instance.Parent?.Invoke(instance);
    }

    private void Send(Instance instance, (int TaskId, Ask Ask)[] asks)
    {
        foreach ((int taskId, Ask ask) in asks)
        {
            Send(instance, instance.Execution, taskId, ask);
        }
    }

    private void Send(Instance instance, int execution, int taskId, Ask ask)
    {
        void Answer(string? data, TaskFailureDetails? failure) => _world.After(_world.Latency(), () => Deliver(
            instance, execution, new HistoryEvent(failure is null ? HistoryKind.Completed : HistoryKind.Failed, taskId, _world.Now) { Data = data, Failure = failure }));

        switch (ask.Kind)
        {
            case AskKind.Activity:
                host.Activities.Send(instance, ask.Name, ask.Data, Answer);
                break;
            case AskKind.Timer:
                DateTimeOffset due = DateTime.ParseExact(ask.Data!, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind);
                _world.After(due > _world.Now ? due - _world.Now : TimeSpan.Zero, () => Answer(null, null));
                break;
            case AskKind.EntityCall:
                host.Entities.SendReliably(
                    new EntityOperation(EntityInstanceId.FromString(ask.Target!), ask.Name, ask.Data, answer => Answer(answer.Result, answer.Failure)), null);
                break;
            case AskKind.EntitySignal:
                host.Entities.SendReliably(new EntityOperation(EntityInstanceId.FromString(ask.Target!), ask.Name, ask.Data), null);
                break;
            case AskKind.Event:
                _world.After(_world.Latency(), () => Raise(ask.Target!, new HistoryEvent(HistoryKind.Raised, -1, _world.Now) { Name = ask.Name, Data = ask.Data }));
                break;
            default:
                StartChild(instance, ask, Answer);
                break;
        }
    }

    private void StartChild(Instance instance, Ask ask, Action<string?, TaskFailureDetails?> answer)
    {
        void Ended(Instance child) => answer(
            child.Output, child.Status == OrchestrationRuntimeStatus.Completed ? null : child.Failure ?? new TaskFailureDetails("Terminated", child.Id, null, null, null));

        if (!TryStart(ask.Name, ask.Target!, ask.Data, parent: (new ParentOrchestrationInstance(instance.Name, instance.Id), Ended)))
        {
            answer(null, new TaskFailureDetails("InstanceExists", $"The instance {ask.Target} is running.", null, null, null));
        }
    }
}

using DurableTask.Core;
using DurableTask.Core.Command;
using DurableTask.Core.Entities;
using DurableTask.Core.Exceptions;
using DurableTask.Core.History;

namespace Tidemark.Support.Durable;

/// <summary>
/// One run of an orchestrator over its saved history and then over new events, by the replay engine of Durable Functions. Its decisions
/// become history as in the engine's dispatcher. Nothing is saved or sent here.
/// </summary>
internal sealed class Episode(World world, Instance instance, Func<Instance, TaskOrchestration> orchestrator, Func<string> newExecutionId)
{
    private static readonly TaskOrchestrationEntityParameters EntityParameters = new() { EntityMessageReorderWindow = TimeSpan.FromMinutes(30) };

    private OrchestrationRuntimeState _state = null!;

    /// <summary>The execution of the history; a new one if the orchestrator has continued as new.</summary>
    public string ExecutionId => _state.OrchestrationInstance!.ExecutionId;

    /// <summary>The history to save.</summary>
    public IReadOnlyList<HistoryEvent> History => [.. _state.Events];

    /// <summary>The input of the execution.</summary>
    public string? Input => _state.Input;

    public string? CustomStatus { get; private set; }

    /// <summary>The decisions in order, each with the execution that awaits its result.</summary>
    public List<(string ExecutionId, OrchestratorAction Action)> Sent { get; } = [];

    /// <summary>The completion; null while it waits for something.</summary>
    public OrchestrationCompleteOrchestratorAction? Completed { get; private set; }

    /// <summary>Runs the history and then the new events.</summary>
    /// <exception cref="InvalidOperationException">The orchestrator is not deterministic, or waits for something not allowed.</exception>
    public void Execute(IEnumerable<HistoryEvent> news, bool mayWaitForEvents)
    {
        _state = new OrchestrationRuntimeState([.. instance.History]);
        Add(new OrchestratorStartedEvent(-1));
        foreach (HistoryEvent happened in news)
        {
            Add(happened);
        }

        while (Run() is { OrchestrationStatus: OrchestrationStatus.ContinuedAsNew } next)
        {
            GoOnAsNew(next);
        }

        Add(new OrchestratorCompletedEvent(-1));
        if (Completed is null && !mayWaitForEvents && !IsWaiting())
        {
            throw new InvalidOperationException($"{instance.Name} {instance.Id} waits for something that its context did not give it.");
        }
    }

    private OrchestrationCompleteOrchestratorAction? Run()
    {
        OrchestratorExecutionResult result = new TaskOrchestrationExecutor(
            _state, orchestrator(instance), BehaviorOnContinueAsNew.Carryover, EntityParameters, ErrorPropagationMode.UseFailureDetails).Execute();
        CustomStatus = result.CustomStatus ?? CustomStatus;
        Completed = null;
        foreach (OrchestratorAction action in result.Actions.ToList())
        {
            if (action is OrchestrationCompleteOrchestratorAction completed)
            {
                RequireDeterministic(completed.FailureDetails);
                Completed = completed;
            }
            else
            {
                Sent.Add((ExecutionId, action));
            }

            Add(Decided(action));
        }

        return Completed;
    }

    private static HistoryEvent Decided(OrchestratorAction action) => action switch
    {
        ScheduleTaskOrchestratorAction task => new TaskScheduledEvent(task.Id, task.Name!, task.Version, task.Input),
        CreateTimerOrchestratorAction timer => new TimerCreatedEvent(timer.Id, timer.FireAt),
        CreateSubOrchestrationAction child =>
            new SubOrchestrationInstanceCreatedEvent(child.Id) { Name = child.Name, InstanceId = child.InstanceId, Input = child.Input },
        SendEventOrchestratorAction sent =>
            new EventSentEvent(sent.Id) { InstanceId = sent.Instance!.InstanceId, Name = sent.EventName, Input = sent.EventData },
        OrchestrationCompleteOrchestratorAction { OrchestrationStatus: OrchestrationStatus.ContinuedAsNew } next =>
            new ContinueAsNewEvent(next.Id, next.Result),
        OrchestrationCompleteOrchestratorAction end => new ExecutionCompletedEvent(end.Id, end.Result, end.OrchestrationStatus, end.FailureDetails),
        _ => throw new NotSupportedException($"The host does not know the action {action.OrchestratorActionType}."),
    };

    /// <summary>Continues as new: the next execution has the new input and the unprocessed events, and runs immediately.</summary>
    private void GoOnAsNew(OrchestrationCompleteOrchestratorAction next)
    {
        ExecutionStartedEvent started = new(-1, next.Result)
        {
            Name = instance.Name,
            Version = "",
            ParentInstance = _state.ParentInstance,
            OrchestrationInstance = new OrchestrationInstance { InstanceId = instance.Id, ExecutionId = newExecutionId() },
        };
        _state = new OrchestrationRuntimeState();
        Add(new OrchestratorStartedEvent(-1));
        Add(started);
        foreach (HistoryEvent carried in next.CarryoverEvents)
        {
            Add(carried);
        }
    }

    private void Add(HistoryEvent happened)
    {
        happened.Timestamp = world.Now.UtcDateTime;
        _state.AddEvent(happened);
    }

    private void RequireDeterministic(FailureDetails? failure)
    {
        if (failure?.ErrorType == typeof(NonDeterministicOrchestrationException).FullName)
        {
            throw new InvalidOperationException($"{instance.Name} {instance.Id} is not deterministic: {failure!.ErrorMessage}");
        }
    }

    /// <summary>
    /// Whether a response is expected for something it requested. Responses of entities are events, which are not examined.
    /// </summary>
    private bool IsWaiting()
    {
        HashSet<int> asked = [];
        foreach (HistoryEvent past in _state.Events)
        {
            switch (past)
            {
                case EventSentEvent:
                    return true;
                case TaskScheduledEvent or TimerCreatedEvent or SubOrchestrationInstanceCreatedEvent:
                    asked.Add(past.EventId);
                    break;
                default:
                    asked.Remove(AnsweredBy(past) ?? -1);
                    break;
            }
        }

        return asked.Count > 0;
    }

    /// <summary>The task to which an event responds; null if there is none.</summary>
    public static int? AnsweredBy(HistoryEvent happened) => happened switch
    {
        TaskCompletedEvent task => task.TaskScheduledId,
        TaskFailedEvent task => task.TaskScheduledId,
        TimerFiredEvent timer => timer.TimerId,
        SubOrchestrationInstanceCompletedEvent child => child.TaskScheduledId,
        SubOrchestrationInstanceFailedEvent child => child.TaskScheduledId,
        _ => null,
    };
}

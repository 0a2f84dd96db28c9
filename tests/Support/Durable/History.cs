using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Tidemark.Support.Durable;

internal enum HistoryKind
{
    /// <summary>An episode begins; its time is the orchestrator's time.</summary>
    Episode,

    /// <summary>The orchestrator asked for something.</summary>
    Scheduled,
    Completed,
    Failed,
    Raised,
}

/// <summary>What an orchestrator asks for. Two of them are the same when a replay may not tell them apart.</summary>
internal sealed record Ask(AskKind Kind, string Name, string? Target, string? Data)
{
    public override string ToString() => $"{Kind} {Name} {Target} {Data}";
}

internal enum AskKind
{
    Activity,
    Timer,
    SubOrchestration,
    EntityCall,
    EntitySignal,
    Event,
}

/// <summary>One line of an instance's history. The task id ties what came of it to what was asked.</summary>
internal sealed record HistoryEvent(HistoryKind Kind, int TaskId, DateTimeOffset At)
{
    public Ask? Ask { get; init; }

    public string? Data { get; init; }

    public TaskFailureDetails? Failure { get; init; }

    /// <summary>Of an external event.</summary>
    public string Name { get; init; } = "";
}

/// <summary>An orchestration: what is saved of it, and what waits for it.</summary>
internal sealed class Instance(string name, string id, string? input, int execution)
{
    public string Name { get; } = name;

    public string Id { get; } = id;

    public string? Input { get; set; } = input;

    /// <summary>An id can be started again: messages for an earlier execution are for nobody.</summary>
    public int Execution { get; set; } = execution;

    public OrchestrationRuntimeStatus Status { get; set; } = OrchestrationRuntimeStatus.Pending;

    public DateTimeOffset Created { get; set; }

    public DateTimeOffset Updated { get; set; }

    public string? Output { get; set; }

    public string? CustomStatus { get; set; }

    public TaskFailureDetails? Failure { get; set; }

    /// <summary>Told how it ended; a sub-orchestration's parent.</summary>
    public Action<Instance>? Parent { get; set; }

    public ParentOrchestrationInstance? ParentId { get; set; }

    public List<HistoryEvent> History { get; } = [];

    public List<HistoryEvent> Inbox { get; } = [];

    public bool IsBusy { get; set; }

    public bool IsOver => Status is OrchestrationRuntimeStatus.Completed or OrchestrationRuntimeStatus.Failed or OrchestrationRuntimeStatus.Terminated;
}

using DurableTask.Core.History;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Tidemark.Support.Durable;

/// <summary>An event on its way to an orchestration.</summary>
/// <param name="ExecutionId">
/// The execution it is for: an id can be started again, and messages for an earlier execution are for nobody. Null for whichever runs.
/// </param>
/// <param name="Event">What has happened.</param>
internal sealed record InstanceMessage(string? ExecutionId, HistoryEvent Event);

/// <summary>An orchestration: what is saved of it, and what waits for it.</summary>
internal sealed class Instance(string name, string id, string? input, string executionId)
{
    public string Name { get; } = name;

    public string Id { get; } = id;

    public string? Input { get; set; } = input;

    /// <summary>New with every start, and with every time that it goes on as new.</summary>
    public string ExecutionId { get; set; } = executionId;

    public OrchestrationRuntimeStatus Status { get; set; } = OrchestrationRuntimeStatus.Pending;

    public DateTimeOffset Created { get; set; }

    public DateTimeOffset Updated { get; set; }

    public string? Output { get; set; }

    public string? CustomStatus { get; set; }

    public TaskFailureDetails? Failure { get; set; }

    /// <summary>Told how it ended; a sub-orchestration's parent.</summary>
    public Action<Instance>? Parent { get; set; }

    public ParentOrchestrationInstance? ParentId { get; set; }

    /// <summary>What is saved: empty until its first episode is.</summary>
    public IReadOnlyList<HistoryEvent> History { get; set; } = [];

    public List<InstanceMessage> Inbox { get; } = [];

    public bool IsBusy { get; set; }

    public bool IsOver =>
        Status is OrchestrationRuntimeStatus.Completed or OrchestrationRuntimeStatus.Failed or OrchestrationRuntimeStatus.Terminated;
}

using DurableTask.Core.History;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Tidemark.Support.Durable;

/// <summary>An event on its way to an orchestration.</summary>
/// <param name="ExecutionId">
/// The execution it is addressed to; messages for an earlier execution of the same id are dropped. Null for the current one.
/// </param>
/// <param name="Event">The event.</param>
internal sealed record InstanceMessage(string? ExecutionId, HistoryEvent Event);

/// <summary>An orchestration: its saved state, and the messages waiting for it.</summary>
internal sealed class Instance(string name, string id, string? input, string executionId)
{
    public string Name { get; } = name;

    public string Id { get; } = id;

    public string? Input { get; set; } = input;

    /// <summary>The execution id, new with every start and whenever it continues as new.</summary>
    public string ExecutionId { get; set; } = executionId;

    public OrchestrationRuntimeStatus Status { get; set; } = OrchestrationRuntimeStatus.Pending;

    public DateTimeOffset Created { get; set; }

    public DateTimeOffset Updated { get; set; }

    public string? Output { get; set; }

    public string? CustomStatus { get; set; }

    public TaskFailureDetails? Failure { get; set; }

    /// <summary>Called with the completion, for the parent of a sub-orchestration.</summary>
    public Action<Instance>? Parent { get; set; }

    public ParentOrchestrationInstance? ParentId { get; set; }

    /// <summary>The saved history; empty until the first episode is saved.</summary>
    public IReadOnlyList<HistoryEvent> History { get; set; } = [];

    public List<InstanceMessage> Inbox { get; } = [];

    public bool IsBusy { get; set; }

    public bool IsOver =>
        Status is OrchestrationRuntimeStatus.Completed or OrchestrationRuntimeStatus.Failed or OrchestrationRuntimeStatus.Terminated;
}

using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Tidemark.Functions.Entities;
using Tidemark.Protocol;

namespace Tidemark.Functions.Closing;

/// <summary>Creates one revision of one pane. The instance id contains both, so only one instance runs at a time.</summary>
public static class ClosePaneOrchestration
{
    /// <summary>Runs the orchestration.</summary>
    [Function(nameof(ClosePaneOrchestration))]
    public static async Task Run([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        PaneToClose pane = context.GetInput<PaneToClose>() ?? throw new InvalidOperationException("Expected a pane to close.");
        PaneClosed? closed = await context.CallActivityAsync<PaneClosed?>(nameof(ClosingActivities.MergePane), pane, Activities.Retried);
        if (closed is not null)
        {
            await context.CallActivityAsync(nameof(ClosingActivities.ConfirmPane), closed, Activities.Retried);
        }
    }
}

/// <summary>Writes one revision of one window. The instance id contains both, so only one instance runs at a time.</summary>
public static class PublishOrchestration
{
    /// <summary>Runs the orchestration.</summary>
    [Function(nameof(PublishOrchestration))]
    public static async Task Run([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        PublishOrder order = context.GetInput<PublishOrder>() ?? throw new InvalidOperationException("Expected a window to write.");
        if (await context.CallActivityAsync<bool>(nameof(ClosingActivities.PublishWindow), order, Activities.Retried))
        {
            await context.CallActivityAsync(nameof(ClosingActivities.ConfirmWindow), order, Activities.Retried);
        }
    }
}

/// <summary>Options for starting orchestration instances.</summary>
internal static class InstanceStart
{
    /// <summary>
    /// Starts an instance with a deterministic id. Rejected while an instance with that id is running, which would otherwise be terminated
    /// and replaced; a completed one is started again.
    /// </summary>
    public static StartOrchestrationOptions Of(string id) => new StartOrchestrationOptions(InstanceId: id).WithDedupeStatuses(
        OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Suspended);
}

/// <summary>Options for calling activities.</summary>
internal static class Activities
{
    /// <summary>Retries for some minutes. After that the instance fails, and the next tick starts it again.</summary>
    public static TaskOptions Retried { get; } = TaskOptions.FromRetryPolicy(
        new RetryPolicy(maxNumberOfAttempts: 8, firstRetryInterval: TimeSpan.FromSeconds(1),
            backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromSeconds(30)));
}

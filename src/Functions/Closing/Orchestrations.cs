using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Tidemark.Functions.Entities;
using Tidemark.Protocol;

namespace Tidemark.Functions.Closing;

/// <summary>Makes one revision of one pane. The instance's id names both, so there is one at a time.</summary>
public static class ClosePaneOrchestration
{
    /// <summary>Runs it.</summary>
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

/// <summary>Writes one revision of one window. The instance's id names both, so there is one at a time.</summary>
public static class PublishOrchestration
{
    /// <summary>Runs it.</summary>
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

/// <summary>How instances are started.</summary>
internal static class InstanceStart
{
    /// <summary>
    /// With an id of its own, and refused while an instance of that id goes on: one that is not among these statuses would be terminated and begun anew. One that has ended is
    /// begun anew.
    /// </summary>
    public static StartOrchestrationOptions Of(string id) => new StartOrchestrationOptions(InstanceId: id).WithDedupeStatuses(
        OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Suspended);
}

/// <summary>How activities are called.</summary>
internal static class Activities
{
    /// <summary>Tried again for some minutes; after that the instance fails and the next tick starts it anew.</summary>
    public static TaskOptions Retried { get; } = TaskOptions.FromRetryPolicy(
        new RetryPolicy(maxNumberOfAttempts: 8, firstRetryInterval: TimeSpan.FromSeconds(1), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromSeconds(30)));
}

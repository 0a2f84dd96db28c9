using DurableTask.Core;
using DurableTask.Core.Exceptions;
using DurableTask.Core.History;
using DurableTask.Core.Query;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Converters;
using OrchestrationQuery = Microsoft.DurableTask.Client.OrchestrationQuery;
using PurgeResult = Microsoft.DurableTask.Client.PurgeResult;

namespace Tidemark.Support.AzureStorageHost;

/// <summary>The app's durable client, connected directly to the task hub, with the behaviour of the Functions host.</summary>
internal sealed class HubClient(TaskHub hub) : DurableTaskClient("hub")
{
    /// <summary>The statuses that the Functions host does not overwrite by default (<c>overridableExistingInstanceStates</c>).</summary>
    private static readonly OrchestrationStatus[] NotOver =
        [OrchestrationStatus.Running, OrchestrationStatus.ContinuedAsNew, OrchestrationStatus.Pending, OrchestrationStatus.Suspended];

    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(20);

    public static DataConverter Converter => JsonDataConverter.Default;

    public override DurableEntityClient Entities { get; } = new HubEntityClient(hub);

    public override async Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancellation = default)
    {
        OrchestrationInstance instance =
            new() { InstanceId = options?.InstanceId ?? Guid.NewGuid().ToString("N"), ExecutionId = Guid.NewGuid().ToString("N") };
        ExecutionStartedEvent started =
            new(-1, Converter.Serialize(input)) { Name = orchestratorName.Name, Version = "", OrchestrationInstance = instance };
        try
        {
            await hub.Service.CreateTaskOrchestrationAsync(new TaskMessage { OrchestrationInstance = instance, Event = started }, NotOver);
            return instance.InstanceId;
        }
        catch (OrchestrationAlreadyExistsException)
        {
            throw new InvalidOperationException($"An Orchestration instance with the ID {instance.InstanceId} already exists.");
        }
    }

    public override Task RaiseEventAsync(
        string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default) =>
        hub.Service.SendTaskOrchestrationMessageAsync(new TaskMessage
        {
            OrchestrationInstance = new OrchestrationInstance { InstanceId = instanceId },
            Event = new EventRaisedEvent(-1, Converter.Serialize(eventPayload)) { Name = eventName },
        });

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        throw new NotSupportedException("The app waits for no start.");

    public override async Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
    {
        while (true)
        {
            if (await GetInstancesAsync(instanceId, getInputsAndOutputs, cancellation) is { IsCompleted: true } known)
            {
                return known;
            }

            await Task.Delay(PollEvery, cancellation);
        }
    }

    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        throw new NotSupportedException("The app suspends nothing.");

    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        throw new NotSupportedException("The app suspends nothing.");

    public override async Task<OrchestrationMetadata?> GetInstancesAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        (await hub.Service.GetOrchestrationStateAsync(instanceId, allExecutions: false))
            .FirstOrDefault() is { } state ? Describe(state, getInputsAndOutputs) : null;

    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null) =>
        Pageable.Create(async (string? token, CancellationToken cancellation) =>
        {
            OrchestrationQueryResult found = await hub.Service.GetOrchestrationWithQueryAsync(
                new DurableTask.Core.Query.OrchestrationQuery
                {
                    InstanceIdPrefix = filter?.InstanceIdPrefix,
                    FetchInputsAndOutputs = filter?.FetchInputsAndOutputs ?? false,
                    ContinuationToken = token,
                },
                cancellation);
            return new Page<OrchestrationMetadata>(
                [.. found.OrchestrationState.Select(state => Describe(state, filter?.FetchInputsAndOutputs ?? false))], found.ContinuationToken);
        });

    public override async Task<PurgeResult> PurgeAllInstancesAsync(
        PurgeInstancesFilter filter, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        PurgeInstanceFilter core = new(
            (filter.CreatedFrom ?? DateTimeOffset.UnixEpoch).UtcDateTime, filter.CreatedTo?.UtcDateTime,
            filter.Statuses?.Select(status => (OrchestrationStatus)(int)status));
        return new PurgeResult((await ((IOrchestrationServicePurgeClient)hub.Service).PurgeInstanceStateAsync(core)).DeletedInstanceCount);
    }

    public override ValueTask DisposeAsync() => default;

    private static OrchestrationMetadata Describe(OrchestrationState state, bool full) => new(state.Name, state.OrchestrationInstance.InstanceId)
    {
        DataConverter = full ? Converter : null,
        RuntimeStatus = (OrchestrationRuntimeStatus)(int)state.OrchestrationStatus,
        CreatedAt = state.CreatedTime,
        LastUpdatedAt = state.LastUpdatedTime,
        SerializedInput = state.Input,
        SerializedOutput = state.Output,
        SerializedCustomStatus = state.Status,
    };
}

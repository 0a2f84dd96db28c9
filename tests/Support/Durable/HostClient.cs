using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;

namespace Tidemark.Support.Durable;

/// <summary>The durable client of one process.</summary>
internal sealed class HostClient(DurableHost host, Worker worker) : DurableTaskClient("host")
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(500);

    public override DurableEntityClient Entities { get; } = new HostEntityClient(host, worker);

    public override Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        string id = options?.InstanceId ?? host.NewInstanceId();
        string? text = host.Converter.Serialize(input);
        host.Meter.Add(HostWork.Start, worker.Name, orchestratorName.Name, text?.Length ?? 0);
        return worker.CallAsync($"starts {orchestratorName} {id}", () =>
        {
            host.Scheduled?.Invoke(worker, orchestratorName.Name, text);
            bool started = host.Orchestrations.TryStart(orchestratorName, id, text, options?.DedupeStatuses, options?.StartAt);
            return started || !host.World.Chance(host.World.Faults.StartOfRunningThrows)
                ? id
                : throw new InvalidOperationException($"An orchestration instance with the ID {id} already exists.");
        });
    }

    public override Task RaiseEventAsync(string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default)
    {
        string? data = host.Converter.Serialize(eventPayload);
        return worker.CallAsync($"raises {eventName} for {instanceId}", () => host.Orchestrations.Raise(instanceId, eventName, data));
    }

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, getInputsAndOutputs, known => known.RuntimeStatus != OrchestrationRuntimeStatus.Pending, cancellation);

    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, getInputsAndOutputs, known => known.IsCompleted, cancellation);

    public override Task TerminateInstanceAsync(
        string instanceId, TerminateInstanceOptions? options = null, CancellationToken cancellation = default) =>
        worker.CallAsync($"terminates {instanceId}", () => host.Orchestrations.Terminate(instanceId, host.Converter.Serialize(options?.Output)));

    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        throw new NotSupportedException("The host suspends nothing.");

    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        throw new NotSupportedException("The host suspends nothing.");

    public override Task<OrchestrationMetadata?> GetInstancesAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
    {
        host.Meter.Add(HostWork.Question, worker.Name, instanceId.Split(':')[0]);
        return worker.CallAsync(
            $"asks for {instanceId}",
            () => host.Orchestrations.Find(instanceId) is { } known ? Describe(known, getInputsAndOutputs) : null);
    }

    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null)
    {
        OrchestrationQuery query = filter ?? new OrchestrationQuery();
        return Pageable.Create((string? token, CancellationToken _) => worker.CallAsync($"lists instances from {token}", () =>
        {
            string after = token ?? query.ContinuationToken ?? "";
            List<Instance> found = [.. host.Orchestrations.All
                .Where(instance => string.CompareOrdinal(instance.Id, after) > 0 && Matches(query, instance))
                .Take(query.PageSize)];
            return new Page<OrchestrationMetadata>(
                [.. found.Select(instance => Describe(instance, query.FetchInputsAndOutputs))], found.Count == query.PageSize ? found[^1].Id : null);
        }));
    }

    public override Task<PurgeResult> PurgeInstanceAsync(
        string instanceId, PurgeInstanceOptions? options = null, CancellationToken cancellation = default) =>
        worker.CallAsync($"purges {instanceId}", () => new PurgeResult(host.Orchestrations.Remove(instanceId) ? 1 : 0));

    public override Task<PurgeResult> PurgeAllInstancesAsync(
        PurgeInstancesFilter filter, PurgeInstanceOptions? options = null, CancellationToken cancellation = default) =>
        worker.CallAsync("purges instances", () => new PurgeResult(host.Orchestrations.All
            .Where(instance => instance.IsOver
                && (filter.CreatedFrom is not { } from || instance.Created >= from)
                && (filter.CreatedTo is not { } to || instance.Created <= to)
                && (filter.Statuses is not { } statuses || statuses.Contains(instance.Status)))
            .Select(instance => instance.Id).ToArray()
            .Count(host.Orchestrations.Remove)));

    public override ValueTask DisposeAsync() => default;

    private static bool Matches(OrchestrationQuery query, Instance instance) =>
        (query.InstanceIdPrefix is null || instance.Id.StartsWith(query.InstanceIdPrefix, StringComparison.Ordinal))
        && (query.CreatedFrom is not { } from || instance.Created >= from)
        && (query.CreatedTo is not { } to || instance.Created <= to)
        && (query.Statuses is not { } statuses || statuses.Contains(instance.Status));

    private async Task<OrchestrationMetadata> WaitAsync(string id, bool full, Func<OrchestrationMetadata, bool> done, CancellationToken cancellation)
    {
        while (true)
        {
            OrchestrationMetadata? known = await GetInstancesAsync(id, full, cancellation);
            if (known is not null && done(known))
            {
                return known;
            }

            await Task.Delay(PollEvery, worker.Time, cancellation);
        }
    }

    private OrchestrationMetadata Describe(Instance instance, bool full) => new(instance.Name, instance.Id)
    {
        DataConverter = full ? host.Converter : null,
        RuntimeStatus = instance.Status,
        CreatedAt = instance.Created,
        LastUpdatedAt = instance.Updated,
        SerializedInput = full ? instance.Input : null,
        SerializedOutput = full ? instance.Output : null,
        SerializedCustomStatus = full ? instance.CustomStatus : null,
        FailureDetails = instance.Failure,
    };
}

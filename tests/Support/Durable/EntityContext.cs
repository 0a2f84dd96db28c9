using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace Tidemark.Support.Durable;

/// <summary>State while a batch of operations is executed: serialized whenever it is set, and read anew whenever it is asked for.</summary>
internal sealed class HostEntityState(DataConverter converter, string? saved) : TaskEntityState
{
    public string? Text { get; private set; } = saved;

    public override bool HasState => Text is not null;

    public override object? GetState(Type type) => Text is null ? null : converter.Deserialize(Text, type);

    public override void SetState(object? state) => Text = state is null ? null : converter.Serialize(state);

    /// <summary>Takes back what an operation did before it threw.</summary>
    public void RollBack(string? text) => Text = text;
}

/// <summary>Collects what an entity sends, to be sent when its batch is through.</summary>
internal sealed class HostEntityContext(EntityInstanceId id, DurableHost host) : TaskEntityContext
{
    public List<Action> Outbound { get; } = [];

    public override EntityInstanceId Id { get; } = id;

    public override void SignalEntity(EntityInstanceId id, string operationName, object? input = null, SignalEntityOptions? options = null)
    {
        EntityOperation operation = new(id, operationName, host.Converter.Serialize(input));
        Outbound.Add(() => host.Entities.SendReliably(operation, options?.SignalTime));
    }

    public override string ScheduleNewOrchestration(TaskName name, object? input = null, StartOrchestrationOptions? options = null)
    {
        string instanceId = options?.InstanceId ?? host.NewInstanceId();
        string? text = host.Converter.Serialize(input);
        Outbound.Add(() => host.Orchestrations.TryStart(name, instanceId, text, options?.DedupeStatuses));
        return instanceId;
    }
}

/// <summary>One operation as an entity gets it.</summary>
internal sealed class HostEntityOperation(EntityOperation operation, HostEntityContext context, HostEntityState state, DataConverter converter)
    : TaskEntityOperation
{
    public override string Name => operation.Name;

    public override TaskEntityContext Context => context;

    public override TaskEntityState State => state;

    public override bool HasInput => operation.Input is not null;

    public override object? GetInput(Type inputType) => converter.Deserialize(operation.Input, inputType);
}

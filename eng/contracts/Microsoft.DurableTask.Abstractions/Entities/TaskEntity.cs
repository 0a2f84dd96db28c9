namespace Microsoft.DurableTask.Entities;

public interface ITaskEntity
{
    ValueTask<object?> RunAsync(TaskEntityOperation operation);
}

public abstract class TaskEntity<TState> : ITaskEntity
{
    protected virtual bool AllowStateDispatch => false;

    protected TState State { get; set; } = default!;

    protected TaskEntityContext Context { get; private set; } = null!;

    public ValueTask<object?> RunAsync(TaskEntityOperation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        Context = operation.Context;
        State = operation.State.GetState(typeof(TState)) is { } state ? (TState)state : InitializeState(operation);

        // The entity's methods come first, then its state's where that is allowed, then what every entity can do.
        if (OperationDispatch.Find(operation, this) is { } own)
        {
            return OperationDispatch.RunAsync(operation, this, own, () => State);
        }

        if (AllowStateDispatch)
        {
            object target = State ?? throw new InvalidOperationException("The operation goes to the entity's state, which is null.");
            if (OperationDispatch.Find(operation, target) is { } ofState)
            {
                return OperationDispatch.RunAsync(operation, target, ofState, () => State);
            }
        }

        if (string.Equals(operation.Name, "delete", StringComparison.OrdinalIgnoreCase))
        {
            operation.State.SetState(null);
            return default;
        }

        throw new NotSupportedException($"No suitable method found for entity operation '{operation}'.");
    }

    protected virtual TState InitializeState(TaskEntityOperation entityOperation) =>
        Nullable.GetUnderlyingType(typeof(TState)) is { } underlying
            ? (TState)Activator.CreateInstance(underlying)!
            : Activator.CreateInstance<TState>();
}

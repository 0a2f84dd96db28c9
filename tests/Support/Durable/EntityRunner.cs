using DurableTask.Core;
using DurableTask.Core.Entities;
using DurableTask.Core.Entities.OperationFormat;
using Microsoft.DurableTask.Entities;

namespace Tidemark.Support.Durable;

/// <summary>
/// Delivers operations and executes them in batches, one batch of an entity at a time. Signals of clients are neither ordered nor
/// delivered exactly once; those of entities and orchestrations are.
/// </summary>
internal sealed class EntityRunner(DurableHost host)
{
    private const int MaxBatch = 64;

    private readonly World _world = host.World;
    private readonly Dispatcher _dispatcher = new(host.World);
    private readonly Dictionary<string, Func<Worker, ITaskEntity>> _kinds = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The number of operations executed and saved.</summary>
    public long Applied { get; private set; }

    /// <summary>The number of operations that threw; 0 in a product whose operations never throw.</summary>
    public List<string> Thrown { get; } = [];

    /// <summary>Called for every client signal before it is sent; may drop it, to direct races.</summary>
    public Func<EntityOperation, bool>? Admit { get; set; }

    public void Register(string name, Func<Worker, ITaskEntity> make) => _kinds.Add(name, make);

    /// <summary>Sends a signal of a client: lost, duplicated or delayed according to the faults.</summary>
    public void SendByClient(EntityOperation operation, DateTimeOffset? notBefore)
    {
        Faults faults = _world.Faults;
        if (Admit?.Invoke(operation) == false || _world.Chance(faults.SignalLost))
        {
            _world.Note("signal", $"{operation} is lost");
            return;
        }

        int copies = _world.Chance(faults.SignalDuplicated) ? 2 : 1;
        for (int i = 0; i < copies; i++)
        {
            bool isSlow = faults.SlowOperations.Contains(operation.Name) && _world.Chance(faults.OperationSlow);
            TimeSpan delay = isSlow || _world.Chance(faults.SignalDelayed) ? _world.LongDelay() : _world.Delivery();
            Deliver(operation, Later(delay, notBefore));
        }
    }

    /// <summary>Sends a message of an entity or an orchestration: once, and after earlier messages of the same sender.</summary>
    public void SendReliably(EntityOperation operation, DateTimeOffset? notBefore) =>
        Deliver(operation with { IsOnce = true }, Later(_world.Faults.Latency / 2, notBefore));

    private TimeSpan Later(TimeSpan delay, DateTimeOffset? notBefore) =>
        notBefore is { } time && time - _world.Now > delay ? time - _world.Now : delay;

    private void Deliver(EntityOperation operation, TimeSpan delay) => _world.After(delay, () =>
    {
        Entity entity = host.Store.Of(operation.Target);
        entity.Inbox.Enqueue(operation);
        Wake(entity);
    });

    private void Wake(Entity entity)
    {
        if (!entity.IsBusy && entity.Inbox.Count > 0)
        {
            entity.IsBusy = true;
            _dispatcher.Take(_world.Latency(), () => Begin(entity));
        }
    }

    private void Begin(Entity entity)
    {
        List<EntityOperation> batch = [];
        while (batch.Count < MaxBatch && entity.Inbox.TryDequeue(out EntityOperation? operation))
        {
            batch.Add(operation);
        }

        BatchFate fate = Fate();
        _world.Note(entity.Id.ToString(), $"batch of {batch.Count}: "
            + $"{string.Join(", ", batch.Select(operation => operation.Name))}{(fate == BatchFate.Applied ? "" : $": {fate}")}");
        if (fate == BatchFate.ConsumedUnapplied)
        {
            Answer(batch, _ => Dead);
            End(entity);
            return;
        }

        Worker worker = host.NewWorker("entities");
        Batch run = new(this, host, entity, batch);
        worker.Start($"executes {entity.Id}", () => run.ExecuteAsync(worker), failure =>
        {
            if (failure is not null)
            {
                _world.Fail(failure);
            }

            Commit(run, fate);
        });
    }

    private static EntityAnswer Dead { get; } =
        new(null, new FailureDetails("WorkerExited", "The worker exited before the operation was through.", null, null, isNonRetriable: true));

    private BatchFate Fate()
    {
        if (!_world.Chance(_world.Faults.EntityBatchDies))
        {
            return BatchFate.Applied;
        }

        BatchFate[] fates = _world.Faults.Commit == CommitModel.Atomic
            ? [BatchFate.ConsumedUnapplied]
            : [BatchFate.ConsumedUnapplied, BatchFate.ConsumedUnapplied, BatchFate.SentButRedelivered,
                BatchFate.SentButConsumed, BatchFate.AppliedAndRedelivered];
        return fates[_world.Random.Next(fates.Length)];
    }

    private void Commit(Batch run, BatchFate fate)
    {
        bool saves = fate is BatchFate.Applied or BatchFate.AppliedAndRedelivered;
        if (_world.Faults.Commit == CommitModel.Atomic)
        {
            Save(run);
            run.Send();
            End(run.Entity);
            return;
        }

        run.Send();
        _world.After(_world.Latency(Hop.Commit), () =>
        {
            if (saves)
            {
                Save(run);
            }

            if (fate is BatchFate.SentButRedelivered or BatchFate.AppliedAndRedelivered)
            {
                Redeliver(run, hidden: _world.LongDelay(), saves);
            }

            End(run.Entity);
        });
    }

    /// <summary>
    /// Delivers the messages of a batch again. Messages that the saved state has already processed, by their sender's sequence, are left
    /// out; clients have no sequence.
    /// </summary>
    private void Redeliver(Batch run, TimeSpan hidden, bool isSaved)
    {
        foreach (EntityOperation operation in run.Operations.Where(operation => !isSaved || !operation.IsOnce))
        {
            Deliver(operation, hidden);
        }
    }

    private void Save(Batch run)
    {
        Applied += run.Operations.Count;
        run.Operations.ForEach(operation => host.Meter.Add(HostWork.Operation, "entities", $"{operation.Target.Name}.{operation.Name}"));
        if (run.State != run.Entity.State)
        {
            if (run.State is not null && run.IsDeletedMeanwhile)
            {
                // What comes after a deletion is a new state, not the next one of the old, although both are committed at once.
                host.Store.Save(run.Entity, null);
            }

            host.Meter.Add(HostWork.Save, "entities", run.Entity.Id.Name, run.State?.Length ?? 0);
            host.Store.Save(run.Entity, run.State);
        }
    }

    private void End(Entity entity)
    {
        entity.IsBusy = false;
        Wake(entity);
    }

    private static void Answer(List<EntityOperation> batch, Func<int, EntityAnswer> answer)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            batch[i].Caller?.Invoke(answer(i));
        }
    }

    /// <summary>Executes operations by one entity object, with the same code as in the worker of the Functions app.</summary>
    private sealed class Batch(EntityRunner runner, DurableHost host, Entity entity, List<EntityOperation> operations)
    {
        private EntityBatchResult _result = new();

        public Entity Entity => entity;

        public List<EntityOperation> Operations => operations;

        public string? State => _result.EntityState;

        /// <summary>Whether one of the operations deletes the state that there was.</summary>
        public bool IsDeletedMeanwhile =>
            entity.State is not null && operations.Exists(operation => operation.Name.Equals("delete", StringComparison.OrdinalIgnoreCase));

        public async Task ExecuteAsync(Worker worker)
        {
            if (!runner._kinds.TryGetValue(entity.Id.Name, out Func<Worker, ITaskEntity>? make))
            {
                throw new InvalidOperationException($"No entity is registered as '{entity.Id.Name}'.");
            }

            TaskEntity shim = host.Shims.CreateEntity(entity.Id.Name, make(worker), new EntityId(entity.Id.Name, entity.Id.Key));
            _result = await shim.ExecuteOperationBatchAsync(new EntityBatchRequest
            {
                InstanceId = entity.Id.ToString(),
                EntityState = entity.State,
                Operations = [.. operations.Select(operation => new OperationRequest { Operation = operation.Name, Input = operation.Input })],
            });
            foreach ((int i, OperationResult result) in _result.Results!.Index())
            {
                if (result.FailureDetails is { } failure)
                {
                    runner.Thrown.Add($"{operations[i]}: {failure}");
                    host.World.Note(entity.Id.ToString(), $"{operations[i].Name} throws {failure.ErrorType}: {failure.ErrorMessage}");
                }
            }
        }

        public void Send()
        {
            foreach (OperationAction action in _result.Actions!)
            {
                Send(action);
            }

            Answer(operations, i => new EntityAnswer(_result.Results![i].Result, _result.Results[i].FailureDetails));
        }

        private void Send(OperationAction action)
        {
            switch (action)
            {
                case SendSignalOperationAction signal:
                    runner.SendReliably(
                        new EntityOperation(EntityInstanceId.FromString(signal.InstanceId!), signal.Name!, signal.Input), signal.ScheduledTime);
                    break;
                case StartNewOrchestrationOperationAction start:
                    host.Orchestrations.TryStart(start.Name!, start.InstanceId!, start.Input, notBefore: start.ScheduledStartTime);
                    break;
                default:
                    throw new NotSupportedException($"The host does not know the action {action.OperationActionType}.");
            }
        }
    }
}

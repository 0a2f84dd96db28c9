using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Tidemark.Support.Durable;

/// <summary>
/// What an orchestrator sees during one episode. Everything it asks for gets the next number; history says what came of each.
/// </summary>
internal sealed class OrchestrationContext(DurableHost host, Instance instance, World world) : TaskOrchestrationContext
{
    private readonly Dictionary<int, TaskCompletionSource<HistoryEvent>> _waiting = [];
    private readonly Dictionary<string, Queue<HistoryEvent>> _raised = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Queue<TaskCompletionSource<HistoryEvent>>> _listeners = new(StringComparer.OrdinalIgnoreCase);
    private readonly EntityFeature _entities = new(host);
    private DateTimeOffset _now;
    private bool _replaying;
    private int _guids;

    /// <summary>In the order of their task ids.</summary>
    public List<Ask> Asked { get; } = [];

    public int Waiting => _waiting.Count + _listeners.Values.Sum(queue => queue.Count);

    public (string? Input, bool KeepsEvents)? Continues { get; private set; }

    public string? CustomStatus { get; private set; }

    public override TaskName Name => instance.Name;

    public override string InstanceId => instance.Id;

    public override ParentOrchestrationInstance? Parent => instance.ParentId;

    public override DateTime CurrentUtcDateTime => _now.UtcDateTime;

    public override bool IsReplaying => _replaying;

    public override TaskOrchestrationEntityFeature Entities => _entities.Of(this);

    protected override ILoggerFactory LoggerFactory => NullLoggerFactory.Instance;

    public void Begin(DateTimeOffset now, bool replaying) => (_now, _replaying) = (now, replaying);

    public void Deliver(HistoryEvent happened)
    {
        if (happened.Kind != HistoryKind.Raised)
        {
            if (_waiting.Remove(happened.TaskId, out TaskCompletionSource<HistoryEvent>? task))
            {
                task.TrySetResult(happened);
            }
        }
        else if (_listeners.TryGetValue(happened.Name, out Queue<TaskCompletionSource<HistoryEvent>>? listeners) && listeners.TryDequeue(out TaskCompletionSource<HistoryEvent>? listener))
        {
            listener.TrySetResult(happened);
        }
        else
        {
            QueueOf(_raised, happened.Name).Enqueue(happened);
        }
    }

    public override T? GetInput<T>()
        where T : default => host.Converter.Deserialize<T>(instance.Input);

    public override Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null)
    {
        string? data = host.Converter.Serialize(input);
        return RetryAsync(options, async () => Result<TResult>(await AskAsync(new Ask(AskKind.Activity, name, null, data)), name));
    }

    public override Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, object? input = null, TaskOptions? options = null)
    {
        string? data = host.Converter.Serialize(input);
        string? id = (options as SubOrchestrationOptions)?.InstanceId;
        return RetryAsync(options, async () =>
        {
            string child = id ?? string.Create(CultureInfo.InvariantCulture, $"{InstanceId}:{instance.Execution}:{Asked.Count}");
            return Result<TResult>(await AskAsync(new Ask(AskKind.SubOrchestration, orchestratorName, child, data)), orchestratorName);
        });
    }

    public override async Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        Task<HistoryEvent> fired = AskAsync(new Ask(AskKind.Timer, "", null, fireAt.ToString("O", CultureInfo.InvariantCulture)));
        int id = Asked.Count - 1;
        using CancellationTokenRegistration registration = cancellationToken.Register(() =>
        {
            if (_waiting.Remove(id, out TaskCompletionSource<HistoryEvent>? timer))
            {
                timer.TrySetCanceled(cancellationToken);
            }
        });
        await fired;
    }

    public override async Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default)
    {
        HistoryEvent? raised = null;
        if (!_raised.TryGetValue(eventName, out Queue<HistoryEvent>? early) || !early.TryDequeue(out raised))
        {
            TaskCompletionSource<HistoryEvent> listener = new();
            QueueOf(_listeners, eventName).Enqueue(listener);
            using CancellationTokenRegistration registration = cancellationToken.Register(() => listener.TrySetCanceled(cancellationToken));
            raised = await listener.Task;
        }

        return host.Converter.Deserialize<T>(raised.Data)!;
    }

    public override void SendEvent(string instanceId, string eventName, object payload) =>
        Tell(new Ask(AskKind.Event, eventName, instanceId, host.Converter.Serialize(payload)));

    public override void SetCustomStatus(object? customStatus) => CustomStatus = host.Converter.Serialize(customStatus);

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) =>
        Continues = (host.Converter.Serialize(newInput), preserveUnprocessedEvents);

    public override Guid NewGuid() => new(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"{InstanceId}/{instance.Execution}/{_guids++}")))[..16]);

    private static Queue<T> QueueOf<T>(Dictionary<string, Queue<T>> queues, string name)
    {
        if (!queues.TryGetValue(name, out Queue<T>? queue))
        {
            queues.Add(name, queue = new Queue<T>());
        }

        return queue;
    }

    private void Tell(Ask ask)
    {
        world.RequireOwnThread();
        Asked.Add(ask);
    }

    private Task<HistoryEvent> AskAsync(Ask ask)
    {
        Tell(ask);
        TaskCompletionSource<HistoryEvent> answer = new();
        _waiting.Add(Asked.Count - 1, answer);
        return answer.Task;
    }

    private TResult Result<TResult>(HistoryEvent happened, TaskName name) => happened.Failure is { } failure
        ? throw new TaskFailedException(name, happened.TaskId, failure)
        : host.Converter.Deserialize<TResult>(happened.Data)!;

    /// <summary>Tries again as the options say, waiting on timers of the orchestration, as the real worker does.</summary>
    private async Task<T> RetryAsync<T>(TaskOptions? options, Func<Task<T>> attempt)
    {
        DateTime begun = CurrentUtcDateTime;
        for (int attempts = 1; ; attempts++)
        {
            try
            {
                return await attempt();
            }
            catch (TaskFailedException failure) when (options?.Retry is not null)
            {
                TaskRetryOptions retry = options.Retry;
                TimeSpan total = CurrentUtcDateTime - begun;
                if (retry.Handler is { } handler)
                {
                    if (!await handler(new RetryContext(this, attempts, failure.FailureDetails, total, CancellationToken.None)))
                    {
                        throw;
                    }

                    continue;
                }

                RetryPolicy policy = retry.Policy!;
                if (attempts >= policy.MaxNumberOfAttempts || (policy.RetryTimeout >= TimeSpan.Zero && total >= policy.RetryTimeout) || !policy.Handle(failure))
                {
                    throw;
                }

                await CreateTimer(Delay(policy, attempts), CancellationToken.None);
            }
        }
    }

    private static TimeSpan Delay(RetryPolicy policy, int attempts)
    {
        double milliseconds = policy.FirstRetryInterval.TotalMilliseconds * Math.Pow(policy.BackoffCoefficient, attempts - 1);
        return policy.MaxRetryInterval >= TimeSpan.Zero && milliseconds > policy.MaxRetryInterval.TotalMilliseconds
            ? policy.MaxRetryInterval
            : TimeSpan.FromMilliseconds(milliseconds);
    }

    private sealed class EntityFeature(DurableHost host) : TaskOrchestrationEntityFeature
    {
        private OrchestrationContext _context = null!;

        public EntityFeature Of(OrchestrationContext context)
        {
            _context = context;
            return this;
        }

        public override async Task<TResult> CallEntityAsync<TResult>(
            EntityInstanceId id, string operationName, object? input = null, CallEntityOptions? options = null)
        {
            HistoryEvent answer = await _context.AskAsync(new Ask(AskKind.EntityCall, operationName, id.ToString(), host.Converter.Serialize(input)));
            return answer.Failure is { } failure
                ? throw new EntityOperationFailedException(id, operationName, failure)
                : host.Converter.Deserialize<TResult>(answer.Data)!;
        }

        public override Task CallEntityAsync(EntityInstanceId id, string operationName, object? input = null, CallEntityOptions? options = null) =>
            CallEntityAsync<object?>(id, operationName, input, options);

        public override Task SignalEntityAsync(EntityInstanceId id, string operationName, object? input = null, SignalEntityOptions? options = null)
        {
            if (options?.SignalTime is not null)
            {
                throw new NotSupportedException("The host has no scheduled signals of orchestrations.");
            }

            _context.Tell(new Ask(AskKind.EntitySignal, operationName, id.ToString(), host.Converter.Serialize(input)));
            return Task.CompletedTask;
        }

        public override Task<IAsyncDisposable> LockEntitiesAsync(IEnumerable<EntityInstanceId> entityIds) =>
            throw new NotSupportedException("Entity locks are not used: one can leak when a worker disconnects.");

        public override bool InCriticalSection([NotNullWhen(true)] out IReadOnlyList<EntityInstanceId>? entityIds)
        {
            entityIds = null;
            return false;
        }
    }
}

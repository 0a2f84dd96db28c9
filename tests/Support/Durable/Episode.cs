using Microsoft.DurableTask;

namespace Tidemark.Support.Durable;

/// <summary>
/// One run of an orchestrator from its beginning over all that is recorded, and then over what is new. The orchestrator must ask
/// for exactly what the record says that it asked for, in the same order: else it is not deterministic, and the run has failed.
/// </summary>
internal sealed class Episode
{
    private readonly Instance _instance;
    private readonly OrchestrationContext _context;
    private readonly Func<TaskOrchestrationContext, Task<object?>> _orchestrator;
    private readonly PumpContext _pump = new();
    private Task<object?>? _run;
    private int _recorded;

    public Episode(DurableHost host, Instance instance, Func<TaskOrchestrationContext, Task<object?>> orchestrator)
    {
        _instance = instance;
        _context = new OrchestrationContext(host, instance, host.World);
        _orchestrator = orchestrator;
    }

    public OrchestrationContext Context => _context;

    /// <summary>What was asked for beyond the record, by task id.</summary>
    public IEnumerable<(int TaskId, Ask Ask)> New => _context.Asked.Skip(_recorded).Select((ask, i) => (_recorded + i, ask));

    public bool IsOver => _run!.IsCompleted;

    public object? Output => _run!.GetAwaiter().GetResult();

    public TaskFailureDetails? Failure =>
        _run!.IsCanceled ? TaskFailureDetails.FromException(new TaskCanceledException(_run))
        : _run.Exception is { } failure ? TaskFailureDetails.FromException(failure.InnerException!) : null;

    /// <summary>Runs the record and then the new events.</summary>
    /// <exception cref="InvalidOperationException">The orchestrator is not deterministic, or waits for what no orchestrator may wait for.</exception>
    public void Execute(IReadOnlyList<HistoryEvent> news)
    {
        SynchronizationContext? outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(_pump);
        try
        {
            foreach (HistoryEvent happened in _instance.History)
            {
                Process(happened, replaying: true);
            }

            if (_context.Asked.Count != _recorded)
            {
                throw NotDeterministic($"a replay asked for {_context.Asked[_recorded]}, which is not in the record");
            }

            foreach (HistoryEvent happened in news)
            {
                Process(happened, replaying: false);
            }
        }
        finally
        {
            _pump.Close();
            SynchronizationContext.SetSynchronizationContext(outer);
        }

        if (!IsOver && _context.Waiting == 0)
        {
            throw new InvalidOperationException($"{_instance.Name} {_instance.Id} waits for something that its context did not give it.");
        }
    }

    private void Process(HistoryEvent happened, bool replaying)
    {
        switch (happened.Kind)
        {
            case HistoryKind.Episode:
                _context.Begin(happened.At, replaying);
                _run ??= _orchestrator(_context);
                break;
            case HistoryKind.Scheduled:
                Check(happened);
                break;
            default:
                _context.Deliver(happened);
                break;
        }

        _pump.Run();
    }

    private void Check(HistoryEvent recorded)
    {
        Ask? asked = recorded.TaskId < _context.Asked.Count ? _context.Asked[recorded.TaskId] : null;
        if (asked != recorded.Ask)
        {
            throw NotDeterministic($"task {recorded.TaskId} was {recorded.Ask}, and is {asked?.ToString() ?? "nothing"} in a replay");
        }

        _recorded++;
    }

    private InvalidOperationException NotDeterministic(string what) => new($"{_instance.Name} {_instance.Id} is not deterministic: {what}.");

    /// <summary>Runs an orchestrator's continuations at once, one after the other. Later than its episode nothing may come.</summary>
    private sealed class PumpContext : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback Callback, object? State)> _queue = new();
        private bool _closed;

        public override void Post(SendOrPostCallback d, object? state)
        {
            if (_closed)
            {
                throw new InvalidOperationException("An orchestrator awaited something that is not of its context.");
            }

            _queue.Enqueue((d, state));
        }

        public override SynchronizationContext CreateCopy() => this;

        public void Run()
        {
            while (_queue.TryDequeue(out (SendOrPostCallback Callback, object? State) next))
            {
                next.Callback(next.State);
            }
        }

        public void Close() => _closed = true;
    }
}

namespace Tidemark.Support.Durable;

/// <summary>
/// The timing of the Kafka extension's trigger: it collects records for a second and delivers them as one batch, after the previous batch
/// has ended. One process, no faults.
/// </summary>
internal sealed class GatheringTrigger(World world, KafkaLog log, Worker worker, Func<Worker, IReadOnlyList<LogRecord>, Task> function)
{
    /// <summary><c>subscriberIntervalInSeconds</c>, whose minimum is 1.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly List<LogRecord> _gathered = [];
    private readonly Queue<LogRecord[]> _ready = new();
    private bool _isBusy;

    /// <summary>Starts the trigger, some time before the first batch is cut.</summary>
    public void Start(TimeSpan first) => world.After(first, Cut);

    /// <summary>Appends a record to the log and collects it.</summary>
    public void Append(int partition, byte[] value) => _gathered.Add(log.Append(partition, value, world.Now.ToUnixTimeMilliseconds()));

    private void Cut()
    {
        world.After(Interval, Cut);
        if (_gathered.Count > 0)
        {
            _ready.Enqueue([.. _gathered]);
            _gathered.Clear();
            Next();
        }
    }

    private void Next()
    {
        if (_isBusy || !_ready.TryDequeue(out LogRecord[]? batch))
        {
            return;
        }

        _isBusy = true;
        worker.Start("gets a batch", () => function(worker, batch), failure =>
        {
            _isBusy = false;
            if (failure is not null)
            {
                world.Fail(failure);
            }

            Next();
        });
    }
}

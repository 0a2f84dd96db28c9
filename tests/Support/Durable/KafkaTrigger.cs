using System.Globalization;

namespace Tidemark.Support.Durable;

/// <summary>The faults of a trigger; rates are per batch.</summary>
internal sealed record TriggerFaults
{
    public static TriggerFaults None { get; } = new();

    public static TriggerFaults Many { get; } = new()
    {
        WorkerDies = 0.1, Rebalance = 0.05, BatchLost = 0.01, CommitGoesBack = 0.05, GivesUpRetry = 0.3,
    };

    /// <summary>The process dies at any await; another one continues from the committed offsets.</summary>
    public double WorkerDies { get; init; }

    /// <summary>Partitions move while their old owner still runs a batch, and one more that it had queued.</summary>
    public double Rebalance { get; init; }

    /// <summary>A batch is committed without being delivered to the function.</summary>
    public double BatchLost { get; init; }

    /// <summary>An old commit arrives late.</summary>
    public double CommitGoesBack { get; init; }

    /// <summary>A failed batch is committed, as the extension does by default.</summary>
    public double FailedIsCommitted { get; init; }

    /// <summary>After a failure the host restarts and cuts its batches differently, instead of retrying the same batch.</summary>
    public double GivesUpRetry { get; init; }
}

/// <summary>
/// The Kafka trigger of a scaled-out function app: each instance owns partitions, cuts batches as records arrive, runs one at a
/// time, and commits what has been processed. A committed offset is only a hint: it lags, and it can go back.
/// </summary>
internal sealed class KafkaTrigger(World world, KafkaLog log, Func<string, Worker> process, Func<Worker, IReadOnlyList<LogRecord>, Task> function)
{
    private const int LastFatalAwait = 60;
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Restart = TimeSpan.FromSeconds(2);

    private readonly Dictionary<int, long> _committed = [];
    private readonly Dictionary<int, long> _greatest = [];
    private readonly List<Owner> _owners = [];
    private DateTimeOffset _nextRebalance;
    private int _named;

    public int MaxBatch { get; set; } = 64;

    public TriggerFaults Faults { get; set; } = TriggerFaults.None;

    /// <summary>
    /// The minimum time between two rebalances. Each one causes more invocations and so more rebalances, which could grow without end.
    /// </summary>
    public TimeSpan BetweenRebalances { get; set; }

    /// <summary>Partitions that the trigger does not know yet or that are paused, and are not read.</summary>
    public Func<int, bool> Reads { get; set; } = _ => true;

    public long Batches { get; private set; }

    public long LostBatches { get; private set; }

    /// <summary>Called for every commit: partition, offset, and whether the function had succeeded.</summary>
    public Action<int, long, bool>? Committed { get; set; }

    public long Deaths { get; private set; }

    public long Zombies { get; private set; }

    public Dictionary<string, int> FailedBatches { get; } = [];

    public long CommittedOf(int partition) => _committed.GetValueOrDefault(partition);

    /// <summary>Whether every record has been committed at least once; commits may have gone back since.</summary>
    public bool HasCommittedAll =>
        Enumerable.Range(0, log.Partitions).All(p => log.RecordsOf(p) is not [.., var last] || _greatest.GetValueOrDefault(p) > last.Offset);

    public void Start(int instances)
    {
        for (int i = 0; i < instances; i++)
        {
            _owners.Add(new Owner(NewWorker()));
        }

        Assign();
        _owners.ForEach(owner => Poll(owner, owner.Generation));
    }

    /// <summary>Stops reading; batches in progress continue.</summary>
    public void Stop()
    {
        foreach (Owner owner in _owners)
        {
            owner.Generation++;
            owner.Worker.Died -= owner.OnDeath;
        }

        _owners.Clear();
    }

    /// <summary>Restarts a partition at an offset, like a consumer whose position is no longer in the log.</summary>
    public void Reset(int partition, long offset)
    {
        _committed[partition] = offset;
        foreach (Owner owner in _owners.Where(owner => owner.Positions.ContainsKey(partition)))
        {
            owner.Positions[partition] = offset;
        }
    }

    /// <summary>The running processes.</summary>
    public IReadOnlyList<Worker> Workers => [.. _owners.Select(owner => owner.Worker)];

    private Worker NewWorker() => process(string.Create(CultureInfo.InvariantCulture, $"ingest-{++_named}"));

    /// <summary>Assigns the partitions again; every instance starts from the committed offsets.</summary>
    private void Assign()
    {
        int[] order = [.. Enumerable.Range(0, log.Partitions)];
        world.Random.Shuffle(order);
        for (int i = 0; i < _owners.Count; i++)
        {
            Owner owner = _owners[i];
            owner.Generation++;
            owner.Positions.Clear();
            foreach (int partition in order.Where((_, at) => at % _owners.Count == i))
            {
                owner.Positions[partition] = CommittedOf(partition);
            }
        }
    }

    private void Poll(Owner owner, int generation)
    {
        if (owner.Generation != generation)
        {
            return;
        }

        // A partition that was added later is assigned to the first that asks.
        foreach (int added in Enumerable.Range(0, log.Partitions).Where(p => _owners.TrueForAll(other => !other.Positions.ContainsKey(p))))
        {
            owner.Positions[added] = CommittedOf(added);
        }

        IReadOnlyList<LogRecord> batch = Cut(owner);
        if (batch.Count == 0)
        {
            world.After(PollEvery + world.Latency(), () => Poll(owner, generation));
        }
        else if (world.Chance(Faults.BatchLost))
        {
            LostBatches++;
            world.Note("trigger", $"loses {Describe(batch)} and commits it");
            Commit(batch, succeeded: false);
            world.After(world.Latency(), () => Poll(owner, generation));
        }
        else
        {
            Invoke(owner, generation, batch, 0);
        }
    }

    /// <summary>A batch of some available records of some partitions, mixed, in order within each.</summary>
    private List<LogRecord> Cut(Owner owner)
    {
        List<Queue<LogRecord>> ready = [];
        int room = 1 + world.Random.Next(MaxBatch);
        foreach (int partition in owner.Positions.Keys.Order().Where(Reads))
        {
            IReadOnlyList<LogRecord> read = log.Read(partition, owner.Positions[partition], long.MaxValue, 1 + world.Random.Next(room));
            if (read.Count > 0)
            {
                ready.Add(new Queue<LogRecord>(read));
            }
        }

        List<LogRecord> batch = [];
        while (ready.Count > 0 && batch.Count < room)
        {
            Queue<LogRecord> next = ready[world.Random.Next(ready.Count)];
            LogRecord record = next.Dequeue();
            owner.Positions[record.Partition] = record.Offset + 1;
            batch.Add(record);
            if (next.Count == 0)
            {
                ready.Remove(next);
            }
        }

        return batch;
    }

    private void Invoke(Owner owner, int generation, IReadOnlyList<LogRecord> batch, int attempt)
    {
        Batches++;
        Worker worker = owner.Worker;
        worker.CrashAt = world.Chance(Faults.WorkerDies) ? (worker.Awaits + 1 + world.Random.Next(LastFatalAwait), world.Chance(0.5)) : null;
        worker.Died -= owner.OnDeath;
        owner.OnDeath = () => Replace(owner);
        worker.Died += owner.OnDeath;
        worker.Start($"gets {Describe(batch)}, attempt {attempt}", () => function(worker, batch), failure => Ended(
            owner, generation, batch, attempt, failure));
        if (_owners.Count > 1 && world.Chance(Faults.Rebalance))
        {
            world.After(world.LongDelay() / 60, () => Rebalance(owner));
        }
    }

    private void Ended(Owner owner, int generation, IReadOnlyList<LogRecord> batch, int attempt, Exception? failure)
    {
        if (failure is null)
        {
            Commit(batch);
            world.After(world.Latency(), () => Poll(owner, generation));
            return;
        }

        string what = $"{failure.GetType().Name}: {failure.Message}";
        FailedBatches[what] = FailedBatches.GetValueOrDefault(what) + 1;
        world.Note(owner.Worker.Name, $"fails {Describe(batch)}: {what}");
        if (owner.Generation != generation)
        {
            return;
        }

        if (world.Chance(Faults.FailedIsCommitted))
        {
            LostBatches++;
            Commit(batch, succeeded: false);
            world.After(world.Latency(), () => Poll(owner, generation));
        }
        else if (world.Chance(Faults.GivesUpRetry))
        {
            owner.Worker.Kill();
        }
        else
        {
            world.After(TimeSpan.FromSeconds(Math.Min(60, 1 << Math.Min(attempt, 6))), () =>
            {
                if (owner.Generation == generation)
                {
                    Invoke(owner, generation, batch, attempt + 1);
                }
            });
        }
    }

    private void Commit(IReadOnlyList<LogRecord> batch, bool succeeded = true)
    {
        Dictionary<int, long> ends = batch.GroupBy(record => record.Partition).ToDictionary(group => group.Key, group => group.Last().Offset + 1);
        foreach ((int partition, long end) in ends)
        {
            _committed[partition] = end;
            _greatest[partition] = Math.Max(_greatest.GetValueOrDefault(partition), end);
            Committed?.Invoke(partition, end, succeeded);
        }

        if (world.Chance(Faults.CommitGoesBack))
        {
            world.After(world.LongDelay() / 10, () =>
            {
                foreach ((int partition, long end) in ends)
                {
                    _committed[partition] = end;
                }
            });
        }
    }

    /// <summary>Replaces a dead process: another one takes its partitions, from the committed offsets.</summary>
    private void Replace(Owner owner)
    {
        Deaths++;
        owner.Generation++;
        owner.Worker = NewWorker();
        int generation = owner.Generation;
        world.After(Restart, () =>
        {
            if (owner.Generation == generation)
            {
                foreach (int partition in owner.Positions.Keys.ToArray())
                {
                    owner.Positions[partition] = CommittedOf(partition);
                }

                Poll(owner, generation);
            }
        });
    }

    /// <summary>
    /// Takes the partitions from a busy instance, which becomes a zombie: it finishes its batch and runs what it had queued.
    /// </summary>
    private void Rebalance(Owner zombie)
    {
        if (!zombie.Worker.IsAlive || world.Now < _nextRebalance)
        {
            return;
        }

        _nextRebalance = world.Now + BetweenRebalances;

        Zombies++;
        Worker old = zombie.Worker;
        old.Died -= zombie.OnDeath;
        List<LogRecord> queued = Cut(zombie);
        if (queued.Count > 0)
        {
            world.After(world.LongDelay() / 10, () => old.Start($"is a zombie and gets {Describe(queued)}", () => function(old, queued), failure =>
            {
                if (failure is null)
                {
                    Commit(queued);
                }
            }));
        }

        zombie.Worker = NewWorker();
        Assign();
        _owners.ForEach(owner => world.After(world.Latency(), () => Poll(owner, owner.Generation)));
    }

    private static string Describe(IReadOnlyList<LogRecord> batch) => string.Join(' ', batch
        .GroupBy(record => record.Partition)
        .OrderBy(group => group.Key)
        .Select(group => string.Create(CultureInfo.InvariantCulture, $"p{group.Key}[{group.First().Offset}..{group.Last().Offset}]")));

    private sealed class Owner(Worker worker)
    {
        public Worker Worker { get; set; } = worker;

        public int Generation { get; set; }

        public Dictionary<int, long> Positions { get; } = [];

        public Action OnDeath { get; set; } = () => { };
    }
}

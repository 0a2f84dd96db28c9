namespace Tidemark.Support.Durable;

/// <summary>In which order a batch of work becomes durable.</summary>
internal enum CommitModel
{
    /// <summary>Messages, history and state in one transaction (MSSQL, the scheduler).</summary>
    Atomic,

    /// <summary>
    /// Messages leave first, then history and state are saved (Azure Storage): a crash between them sends messages of work that was never
    /// saved.
    /// </summary>
    OutboundFirst,
}

/// <summary>How likely each thing goes wrong, from 0 to 1. None by default.</summary>
internal sealed record Faults
{
    public static Faults None { get; } = new();

    /// <summary>Everything at once, each often enough to meet the others.</summary>
    public static Faults Many { get; } = new()
    {
        SignalLost = 0.03,
        SignalDuplicated = 0.05,
        SignalDelayed = 0.05,
        StaleRead = 0.1,
        EntityBatchDies = 0.02,
        EpisodeDies = 0.03,
        ActivityFails = 0.04,
        ActivityFailsAfterSuccess = 0.03,
        ActivityRunsTwice = 0.04,
        ActivityDies = 0.02,
        TickMissing = 0.1,
        TickDoubled = 0.1,
        TickLate = 0.1,
        StartOfRunningThrows = 0.5,
    };

    public CommitModel Commit { get; init; } = CommitModel.OutboundFirst;

    public double SignalLost { get; init; }

    public double SignalDuplicated { get; init; }

    /// <summary>By up to <see cref="LongDelay"/>, which is also how signals are reordered over long distances.</summary>
    public double SignalDelayed { get; init; }

    /// <summary>Operations whose signals are delayed more often than others, for races that are about them.</summary>
    public IReadOnlySet<string> SlowOperations { get; init; } = new HashSet<string>();

    /// <summary>How often.</summary>
    public double OperationSlow { get; init; }

    public double StaleRead { get; init; }

    public TimeSpan Staleness { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A read of an entity throws. Azure Storage keeps a large state in a blob and deletes it once it is replaced, also while somebody is
    /// about to read it.
    /// </summary>
    public double ReadFails { get; init; }

    /// <summary>The dispatcher of entities, orchestrations or activities pauses, see <see cref="Dispatcher"/>.</summary>
    public double DispatcherBacksOff { get; init; }

    /// <summary>The worker that executes a batch of operations exits: what then becomes of the batch is one of <see cref="BatchFate"/>.</summary>
    public double EntityBatchDies { get; init; }

    public double EpisodeDies { get; init; }

    public double ActivityFails { get; init; }

    /// <summary>The caller sees a failure though all was done, like a time-out.</summary>
    public double ActivityFailsAfterSuccess { get; init; }

    /// <summary>Once more, at the same time or later.</summary>
    public double ActivityRunsTwice { get; init; }

    /// <summary>At any of its calls; the activity is tried again when its message reappears.</summary>
    public double ActivityDies { get; init; }

    public double TickMissing { get; init; }

    public double TickDoubled { get; init; }

    public double TickLate { get; init; }

    /// <summary>Whether to start an instance that is running is an error, or is ignored: backends differ.</summary>
    public double StartOfRunningThrows { get; init; }

    /// <summary>Usual time that a message or a call takes, at most.</summary>
    public TimeSpan Latency { get; init; } = TimeSpan.FromMilliseconds(40);

    /// <summary>
    /// How long, at most, a message from another instance waits until its partition's queue is read again (<c>maxQueuePollingInterval</c>):
    /// half of the messages.
    /// </summary>
    public TimeSpan PollingWait { get; init; }

    /// <summary>What the usual steps take, measured; null for anything up to <see cref="Latency"/>.</summary>
    public Delays? Delays { get; init; }

    /// <summary>How long a message stays hidden whose reader died, and the most that a signal is delayed.</summary>
    public TimeSpan LongDelay { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>The steps of which everything is made that takes time.</summary>
internal enum Hop
{
    /// <summary>A message is put into a queue, or is taken out of it.</summary>
    Queue,

    /// <summary>A call of a client on its way to the store, or its answer on the way back.</summary>
    Call,

    /// <summary>What was done is saved.</summary>
    Commit,
}

/// <summary>What each step takes, anything between two values.</summary>
/// <param name="Queue">Milliseconds of <see cref="Hop.Queue"/>.</param>
/// <param name="Call">Milliseconds of <see cref="Hop.Call"/>.</param>
/// <param name="Commit">Milliseconds of <see cref="Hop.Commit"/>.</param>
internal sealed record Delays((int Min, int Max) Queue, (int Min, int Max) Call, (int Min, int Max) Commit)
{
    /// <summary>
    /// One instance on Azurite, as measured with DurableTask.AzureStorage 2.11 on two busy cores: a read takes 2 to 10 ms, a signal is sent
    /// in 4 to 12, runs 8 to 30 ms later and is visible 5 to 20 ms after that; an activity begins 12 to 40 ms after it was asked for.
    /// </summary>
    public static Delays Azurite { get; } = new((4, 15), (2, 6), (5, 20));

    public TimeSpan Of(Hop hop, Random random)
    {
        (int min, int max) = hop switch
        {
            Hop.Call => Call,
            Hop.Commit => Commit,
            _ => Queue,
        };
        return TimeSpan.FromTicks(random.NextInt64(min * TimeSpan.TicksPerMillisecond, max * TimeSpan.TicksPerMillisecond));
    }
}

/// <summary>What becomes of a batch of entity operations.</summary>
internal enum BatchFate
{
    Applied,

    /// <summary>The worker dies in the middle, and the whole batch is consumed unapplied.</summary>
    ConsumedUnapplied,

    /// <summary>Messages left, the state was not saved, the operations come again. Not in the atomic model.</summary>
    SentButRedelivered,

    /// <summary>Messages left, the state was not saved, the operations are gone. Not in the atomic model.</summary>
    SentButConsumed,

    /// <summary>All was saved, and the operations come again nevertheless.</summary>
    AppliedAndRedelivered,
}

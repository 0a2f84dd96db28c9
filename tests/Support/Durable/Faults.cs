namespace Tidemark.Support.Durable;

/// <summary>The order in which the effects of a batch of work become durable.</summary>
internal enum CommitModel
{
    /// <summary>Messages, history and state in one transaction (MSSQL, the scheduler).</summary>
    Atomic,

    /// <summary>
    /// Messages are sent first, then history and state are saved (Azure Storage): after a crash in between, messages of unsaved work have
    /// been sent.
    /// </summary>
    OutboundFirst,
}

/// <summary>The probabilities of faults, from 0 to 1. None by default.</summary>
internal sealed record Faults
{
    public static Faults None { get; } = new();

    /// <summary>All faults at once, each often enough to coincide with others.</summary>
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

    /// <summary>Delayed by up to <see cref="LongDelay"/>, which also reorders signals over long distances.</summary>
    public double SignalDelayed { get; init; }

    /// <summary>Operations whose signals are delayed more often than others, for races about them.</summary>
    public IReadOnlySet<string> SlowOperations { get; init; } = new HashSet<string>();

    /// <summary>The probability of a delay for those operations.</summary>
    public double OperationSlow { get; init; }

    public double StaleRead { get; init; }

    public TimeSpan Staleness { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A read of an entity throws. Azure Storage keeps a large state in a blob and deletes it when it is replaced, even while a reader is
    /// about to read it.
    /// </summary>
    public double ReadFails { get; init; }

    /// <summary>The dispatcher of entities, orchestrations or activities backs off, see <see cref="Dispatcher"/>.</summary>
    public double DispatcherBacksOff { get; init; }

    /// <summary>
    /// The worker that executes a batch of operations dies; the batch then has one of the fates of <see cref="BatchFate"/>.
    /// </summary>
    public double EntityBatchDies { get; init; }

    public double EpisodeDies { get; init; }

    public double ActivityFails { get; init; }

    /// <summary>The caller sees a failure although the work was done, like a time-out.</summary>
    public double ActivityFailsAfterSuccess { get; init; }

    /// <summary>The activity runs again, concurrently or later.</summary>
    public double ActivityRunsTwice { get; init; }

    /// <summary>The process dies at any of its calls; the activity is retried when its message reappears.</summary>
    public double ActivityDies { get; init; }

    public double TickMissing { get; init; }

    public double TickDoubled { get; init; }

    public double TickLate { get; init; }

    /// <summary>Whether starting a running instance fails or is ignored; backends differ.</summary>
    public double StartOfRunningThrows { get; init; }

    /// <summary>The maximum usual latency of a message or a call.</summary>
    public TimeSpan Latency { get; init; } = TimeSpan.FromMilliseconds(40);

    /// <summary>
    /// The maximum time that a message from another instance waits until its partition's queue is read again
    /// (<c>maxQueuePollingInterval</c>); affects half of the messages.
    /// </summary>
    public TimeSpan PollingWait { get; init; }

    /// <summary>The measured duration of each step; null for anything up to <see cref="Latency"/>.</summary>
    public Delays? Delays { get; init; }

    /// <summary>How long a message stays hidden after its reader died, and the maximum delay of a signal.</summary>
    public TimeSpan LongDelay { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>The kinds of steps that take time.</summary>
internal enum Hop
{
    /// <summary>A message is put into a queue or taken out of it.</summary>
    Queue,

    /// <summary>A client's call on its way to the store, or the response on its way back.</summary>
    Call,

    /// <summary>Work is saved.</summary>
    Commit,
}

/// <summary>The duration of each kind of step, uniformly between two values.</summary>
/// <param name="Queue">The range of <see cref="Hop.Queue"/> in milliseconds.</param>
/// <param name="Call">The range of <see cref="Hop.Call"/> in milliseconds.</param>
/// <param name="Commit">The range of <see cref="Hop.Commit"/> in milliseconds.</param>
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

/// <summary>The fate of a batch of entity operations.</summary>
internal enum BatchFate
{
    Applied,

    /// <summary>The worker dies, and the whole batch is consumed without being applied.</summary>
    ConsumedUnapplied,

    /// <summary>Messages were sent, the state was not saved, and the operations are delivered again. Not in the atomic model.</summary>
    SentButRedelivered,

    /// <summary>Messages were sent, the state was not saved, and the operations are lost. Not in the atomic model.</summary>
    SentButConsumed,

    /// <summary>Everything was saved, and the operations are delivered again nevertheless.</summary>
    AppliedAndRedelivered,
}

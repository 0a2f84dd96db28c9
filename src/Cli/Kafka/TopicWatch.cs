using Confluent.Kafka;

namespace Tidemark.Cli.Kafka;

/// <summary>
/// Looks now and then at what reading alone does not tell: whether quiet partitions really have nothing more, whether there are new ones, whether the
/// topic is still the same one.
/// </summary>
internal sealed class TopicWatch(KafkaSource source, ITopicConsumer consumer, TimeProvider time, TimeSpan timeout) 
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan PartitionsEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan IdentityEvery = TimeSpan.FromMinutes(1);

    // For those who want to know how far behind the run is.
    private static readonly TimeSpan EndsEvery = TimeSpan.FromSeconds(5);

    // A partition of which events come all the time is not asked for.
    private static readonly TimeSpan LeastQuiet = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(1);

    private readonly object _lock = new();
    private bool _isStopped; // under _lock
    private Thread? _thread;
    private long _partitionsAt = time.GetTimestamp();
    private long _identityAt = time.GetTimestamp();
    private long _endsAt = time.GetTimestamp();
    private int _found; // how many partitions there are, if more than are read

    /// <summary>The answer that was asked for at the start, while it has not come.</summary>
    public Task<TopicIdentity?>? Identity { get; set; }

    /// <summary>Starts looking.</summary>
    public void Start()
    {
        _thread ??= new Thread(LookAgainAndAgain) { IsBackground = true, Name = "tidemark-kafka" };
        _thread.Start();
    }

    /// <summary>How many partitions there are if more than are read; told once.</summary>
    public int? TakeFound() => Interlocked.Exchange(ref _found, 0) is > 0 and var found ? found : null;

    /// <summary>Looks once. Brokers that do not answer change nothing: nothing is idle meanwhile.</summary>
    public void Look()
    {
        try
        {
            LookAtEnds();
            if (time.GetElapsedTime(_partitionsAt) >= PartitionsEvery)
            {
                _partitionsAt = time.GetTimestamp();
                int count = consumer.CountPartitions(timeout);
                if (count > source.Partitions)
                {
                    Interlocked.Exchange(ref _found, count);
                }
            }

            LookAtIdentity();
        }
        catch (Exception error) when (error is KafkaException or ObjectDisposedException)
        {
            // The client itself tells when no broker answers; and one that was closed meanwhile has nothing to tell.
        }
    }

    /// <summary>Stops looking.</summary>
    /// <returns>Whether nobody uses the client any more. A call to a broker that does not answer cannot be broken off.</returns>
    public bool Stop()
    {
        lock (_lock)
        {
            _isStopped = true;
            Monitor.Pulse(_lock);
        }

        return _thread?.Join(StopPatience) ?? true;
    }

    private void LookAgainAndAgain()
    {
        while (WaitForNext())
        {
            Look();
        }
    }

    private bool WaitForNext()
    {
        lock (_lock)
        {
            return !_isStopped && !Monitor.Wait(_lock, LookEvery) && !_isStopped;
        }
    }

    private void LookAtEnds()
    {
        (bool isAnyQuiet, int partitions) = source.Quiet(LeastQuiet);
        if (isAnyQuiet || time.GetElapsedTime(_endsAt) >= EndsEvery)
        {
            long askedAt = _endsAt = time.GetTimestamp();
            source.NoteEnds(consumer.Ends(partitions, timeout), askedAt);
        }
    }

    private void LookAtIdentity()
    {
        if (Identity is { IsCompleted: true } first)
        {
            Identity = null;
            Note(first.Result);
        }

        if (Identity is null && time.GetElapsedTime(_identityAt) >= IdentityEvery)
        {
            _identityAt = time.GetTimestamp();
            Note(consumer.Identify(timeout));
        }
    }

    private void Note(TopicIdentity? identity)
    {
        if (identity is not null)
        {
            source.NoteIdentity(identity);
        }
    }
}

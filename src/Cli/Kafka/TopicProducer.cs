using Confluent.Kafka;

namespace Tidemark.Cli.Kafka;

/// <summary>
/// Writes to a topic, each message once and in order. What is on its way lies in the client's own bounded queue: when it is full, whoever sends
/// waits. On any thread.
/// </summary>
internal sealed class TopicProducer : IDisposable
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly IProducer<byte[]?, byte[]> _producer;
    private readonly string _topic;
    private readonly BrokerReach _reach;
    private long _waiting;

    /// <param name="name">What messages call the topic.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="connect">Makes the client, given who is told what it notices.</param>
    /// <param name="say">Told when no broker answers.</param>
    public TopicProducer(string name, string topic, Func<Action<Error>, IProducer<byte[]?, byte[]>> connect, Action<string> say)
    {
        _topic = topic;
        _reach = new BrokerReach(name, say);

        // A connection that nobody needs may end.
        _producer = connect(error =>
        {
            if (Waiting > 0 || KafkaProblem.IsRefusal(error.Code) || KafkaProblem.IsPassing(error.Code) && !IsReady)
            {
                _reach.Note(error);
            }
        });
    }

    /// <summary>Messages that are on their way.</summary>
    public long Waiting => Interlocked.Read(ref _waiting);

    private bool IsReady { get; set; }

    /// <summary>Opens a topic, and proves that it is there.</summary>
    /// <param name="settings">Which topic.</param>
    /// <param name="messageTimeout">When a message that nobody takes has failed; null for never.</param>
    /// <param name="context">The clock, and who is told.</param>
    /// <param name="stop">Ends the wait for an answer.</param>
    /// <exception cref="KafkaException">It is not there, or nobody answers.</exception>
    public static TopicProducer Open(KafkaSettings settings, TimeSpan? messageTimeout, CommandContext context, CancellationToken stop)
    {
        ProducerConfig config = settings.ProducerConfig();
        config.MessageTimeoutMs ??= (int)(messageTimeout?.TotalMilliseconds ?? 0);
        TopicProducer producer = new(
            settings.Address.Name,
            settings.Address.Topic,
            onError => new ProducerBuilder<byte[]?, byte[]>(config)
                .SetErrorHandler((_, error) => onError(error))
                .SetLogHandler((_, _) => { })
                .Build(),
            context.Say);
        try
        {
            producer.RequireThere(context.Time, stop);
            return producer;
        }
        catch
        {
            producer.Dispose();
            throw;
        }
    }

    /// <summary>Sends a message; waits for room.</summary>
    /// <param name="message">The message.</param>
    /// <param name="onDelivered">Told what became of it, on another thread.</param>
    /// <param name="isStopping">Ends the wait for room.</param>
    /// <returns>Whether there was room.</returns>
    /// <exception cref="ProduceException{TKey, TValue}">The message is one that can never be sent, such as one that is too large.</exception>
    public bool TrySend(Message<byte[]?, byte[]> message, Action<Error> onDelivered, Func<bool> isStopping)
    {
        Interlocked.Increment(ref _waiting);
        while (true)
        {
            try
            {
                _producer.Produce(_topic, message, report => Delivered(report.Error, onDelivered));
                return true;
            }
            catch (ProduceException<byte[]?, byte[]> problem) when (problem.Error.Code == ErrorCode.Local_QueueFull)
            {
                if (isStopping())
                {
                    Interlocked.Decrement(ref _waiting);
                    return false;
                }

                Wait(Pause);
            }
            catch
            {
                Interlocked.Decrement(ref _waiting);
                throw;
            }
        }
    }

    /// <summary>Waits until nothing is on its way.</summary>
    /// <param name="isStopping">Ends the wait.</param>
    /// <returns>Whether nothing is.</returns>
    public bool Flush(Func<bool> isStopping)
    {
        while (Waiting > 0 && !isStopping())
        {
            _producer.Flush(Pause);
        }

        return Waiting == 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _producer.Dispose();

    private void RequireThere(TimeProvider time, CancellationToken stop)
    {
        using IAdminClient admin = new DependentAdminClientBuilder(_producer.Handle).Build();
        _reach.Ask(
            () =>
            {
                TopicMetadata? topic = admin.GetMetadata(_topic, CallTimeout).Topics.Find(found => found.Topic == _topic);
                return topic is { Error.IsError: false, Partitions.Count: > 0 } ? topic : throw new KafkaException(new Error(ErrorCode.UnknownTopicOrPart));
            },
            BrokerReach.StartPatience,
            () => Wait(Pause),
            time,
            stop);
        IsReady = true;
    }

    /// <summary>Not <c>Flush</c>: that sends what lingers to be sent together.</summary>
    private static void Wait(TimeSpan time) => Thread.Sleep(time);

    private void Delivered(Error error, Action<Error> onDelivered)
    {
        if (!error.IsError && _reach.IsLost)
        {
            _reach.Answered();
        }

        // Told before it is no longer waited for: whoever has flushed knows everything.
        onDelivered(error);
        Interlocked.Decrement(ref _waiting);
    }
}

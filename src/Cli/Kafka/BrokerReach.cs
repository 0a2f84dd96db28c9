using Confluent.Kafka;

namespace Tidemark.Cli.Kafka;

/// <summary>Says once when no broker answers, and once when one does again. The client itself tries on for ever. On any thread.</summary>
internal sealed class BrokerReach(string name, Action<string> say)
{
    private readonly Lock _lock = new();
    private Error? _last;
    private bool _isTold;
    private bool _isGroupTold;

    /// <summary>How long brokers may be silent at the start.</summary>
    public static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan TopicPatience = TimeSpan.FromSeconds(3);

    private Error? _refusal; // what only another configuration helps against

    /// <summary>Whether nobody answers.</summary>
    public bool IsLost
    {
        get
        {
            lock (_lock)
            {
                return _isTold;
            }
        }
    }

    /// <summary>Asks until somebody answers, or it is clear that nobody will: at once when the login is refused.</summary>
    /// <param name="ask">Asks once.</param>
    /// <param name="patience">How long brokers may be silent.</param>
    /// <param name="wait">Waits for a moment.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stop">Ends it after the next answer that is none.</param>
    /// <exception cref="KafkaException">Nobody did; it says why.</exception>
    public T Ask<T>(Func<T> ask, TimeSpan patience, Action wait, TimeProvider time, CancellationToken stop)
    {
        long started = time.GetTimestamp();
        while (true)
        {
            try
            {
                T answer = ask();
                Answered();
                return answer;
            }
            catch (KafkaException problem)
            {
                wait();
                Error why = Because(problem.Error);
                TimeSpan maxWait = KafkaProblem.IsRefusal(why.Code) ? TimeSpan.Zero : KafkaProblem.IsPassing(why.Code) ? patience : TopicPatience;
                if (stop.IsCancellationRequested || time.GetElapsedTime(started) >= maxWait)
                {
                    throw new KafkaException(why, problem);
                }
            }
        }
    }

    /// <summary>Why a broker could not be reached last, or what is wrong instead.</summary>
    private Error Because(Error error)
    {
        lock (_lock)
        {
            return _refusal ?? (_last is not null && KafkaProblem.IsPassing(error.Code) ? _last : error);
        }
    }

    /// <summary>The client has noticed something.</summary>
    public void Note(Error error)
    {
        lock (_lock)
        {
            if (KafkaProblem.IsRefusal(error.Code))
            {
                _refusal = error;
            }

            if (error.Code is ErrorCode.Local_Transport or ErrorCode.Local_Resolve)
            {
                _last = error;
            }
            else if (error.Code is ErrorCode.GroupAuthorizationFailed && !_isGroupTold)
            {
                _isGroupTold = true;
                say($"{name}: the group is not told how far it was counted: {KafkaProblem.Explain(error)}");
            }

            if (!_isTold && (error.Code == ErrorCode.Local_AllBrokersDown || KafkaProblem.IsRefusal(error.Code)))
            {
                _isTold = true;
                string why = KafkaProblem.Explain(_refusal ?? _last ?? error);
                say($"{name}: no broker answers: {why}. It is tried again until one does; nothing is lost");
            }
        }
    }

    /// <summary>A broker has answered.</summary>
    public void Answered()
    {
        lock (_lock)
        {
            if (_isTold)
            {
                say($"{name}: a broker answers again");
            }

            (_isTold, _last, _refusal) = (false, null, null);
        }
    }
}

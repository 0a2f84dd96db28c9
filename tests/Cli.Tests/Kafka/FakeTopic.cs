using Confluent.Kafka;
using Tidemark.Cli.Kafka;

namespace Tidemark.Cli.Tests.Kafka;

/// <summary>
/// A topic in memory, with what the mock cluster cannot do: holes, ends beyond the last record, partitions that are added, other topics of the same
/// name, brokers that are silent.
/// </summary>
internal sealed class FakeTopic(int partitions)
{
    private readonly object _lock = new();
    private readonly List<Log> _logs = [.. Enumerable.Range(0, partitions).Select(_ => new Log())];

    /// <summary>Which topic it is.</summary>
    public TopicIdentity? Identity { get; set; }

    /// <summary>What is asked of the brokers fails with this.</summary>
    public Error? Refusal { get; set; }

    /// <summary>Called whenever something is asked of the brokers.</summary>
    public Action OnAsked { get; set; } = () => { };

    /// <summary>What was stored for the group last.</summary>
    public IReadOnlyList<PartitionPosition> Stored { get; private set; } = [];

    /// <summary>How often a partition was begun anew.</summary>
    public int Seeks { get; private set; }

    public void AddPartition() => Locked(() => _logs.Add(new Log()));

    /// <summary>Adds a record.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="value">Its value; null for none.</param>
    /// <param name="timestampMs">Its timestamp.</param>
    /// <param name="hole">Offsets before it that are no records.</param>
    public void Append(int partition, byte[]? value, long? timestampMs = 0, int hole = 0) => Locked(() =>
    {
        Log log = _logs[partition];
        log.Records.Add((log.End + hole, value, timestampMs));
        log.End += hole + 1;
    });

    /// <summary>Offsets at the end that are no records, such as the markers of a transaction.</summary>
    public void AppendHole(int partition, int offsets) => Locked(() => _logs[partition].End += offsets);

    /// <summary>
    /// Much has come, and retention has deleted it all, but for what lies at an offset: the client says so of the one that it reads next.
    /// </summary>
    public void Overtake(int partition, long start, params byte[][] left) => Locked(() =>
    {
        Log log = _logs[partition];
        log.Records.Clear();
        log.Records.AddRange(left.Select((value, i) => (start + i, (byte[]?)value, (long?)0)));
        (log.Start, log.End) = (start, start + left.Length);
        log.Failures.Add(ErrorCode.Local_AutoOffsetReset);
    });

    /// <summary>The next thing that a consumer gets is this.</summary>
    public void Fail(int partition, ErrorCode code, int times = 1) => Locked(() => _logs[partition].Failures.AddRange(Enumerable.Repeat(code, times)));

    public ITopicConsumer Connect() => new Consumer(this);

    private void Locked(Action action)
    {
        lock (_lock)
        {
            action();
            Monitor.PulseAll(_lock);
        }
    }

    private sealed class Log
    {
        public long Start { get; set; }

        public long End { get; set; }

        public List<(long Offset, byte[]? Value, long? TimestampMs)> Records { get; } = [];

        public List<ErrorCode> Failures { get; } = [];
    }

    private sealed class Consumer(FakeTopic topic) : ITopicConsumer
    {
        private readonly SortedDictionary<int, long> _next = [];
        private readonly Dictionary<int, long> _ended = [];
        private int _turn;

        public int CountPartitions(TimeSpan timeout) => Asked(() => topic._logs.Count);

        public IReadOnlyList<LogBounds> Bounds(int partitions, TimeSpan timeout) => Asked<IReadOnlyList<LogBounds>>(() => [.. topic._logs.Take(partitions).Select(log => new LogBounds(log.Start, log.End))]);

        public IReadOnlyList<long> Ends(int partitions, TimeSpan timeout) => Asked<IReadOnlyList<long>>(() => [.. topic._logs.Take(partitions).Select(log => log.End)]);

        public TopicIdentity? Identify(TimeSpan timeout) => topic.Identity;

        public void Assign(IReadOnlyList<PartitionPosition> starts) => topic.Locked(() =>
        {
            foreach (PartitionPosition start in starts)
            {
                _next[start.Partition] = start.Next;
            }
        });

        public void Seek(PartitionPosition start)
        {
            topic.Seeks++;
            Assign([start]);
        }

        public Consumed Consume(IValueReceiver values, TimeSpan timeout)
        {
            lock (topic._lock)
            {
                Consumed next = Next(values);
                if (next.Kind == ConsumedKind.Nothing && timeout > TimeSpan.Zero)
                {
                    Monitor.Wait(topic._lock, TimeSpan.FromMilliseconds(5));
                    next = Next(values);
                }

                return next;
            }
        }

        public void Store(IReadOnlyList<PartitionPosition> positions) => topic.Stored = positions;

        public void Dispose()
        {
        }

        private Consumed Next(IValueReceiver values)
        {
            for (int i = 0; i < _next.Count; i++)
            {
                int partition = _next.Keys.ElementAt(_turn++ % _next.Count);
                if (Next(partition, values) is { Kind: not ConsumedKind.Nothing } next)
                {
                    return next;
                }
            }

            return default;
        }

        private Consumed Next(int partition, IValueReceiver values)
        {
            Log log = topic._logs[partition];
            if (log.Failures.Count > 0)
            {
                Error failure = new(log.Failures[0]);
                log.Failures.RemoveAt(0);
                return new Consumed(ConsumedKind.Problem, partition, Problem: failure);
            }

            long next = _next[partition];
            if (next < log.Start || next > log.End)
            {
                _next.Remove(partition);
                return new Consumed(ConsumedKind.Problem, partition, next, Problem: new Error(ErrorCode.Local_AutoOffsetReset));
            }

            foreach ((long offset, byte[]? value, long? timestampMs) in log.Records)
            {
                if (offset >= next)
                {
                    values.Receive(value);
                    _next[partition] = offset + 1;
                    return new Consumed(ConsumedKind.Record, partition, offset, timestampMs, LeaderEpoch: 3);
                }
            }

            if (_ended.GetValueOrDefault(partition, -1) == log.End)
            {
                return default;
            }

            _ended[partition] = _next[partition] = log.End;
            return new Consumed(ConsumedKind.End, partition, log.End);
        }

        private T Asked<T>(Func<T> answer)
        {
            topic.OnAsked();
            lock (topic._lock)
            {
                return topic.Refusal is { } refusal ? throw new KafkaException(refusal) : answer();
            }
        }
    }
}

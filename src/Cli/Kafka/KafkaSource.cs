using System.Globalization;
using System.Runtime.ExceptionServices;
using Confluent.Kafka;
using Tidemark.Cli.Sources;
using Tidemark.Engine;

namespace Tidemark.Cli.Kafka;

/// <summary>
/// A topic as a source: all its partitions, each a partition of the engine, from where they were counted to. It is for the one process that has the
/// state's lock; a consumer group is only told how far everything was counted.
/// </summary>
internal sealed class KafkaSource : IRecordSource
{
    private const string StartAgain = "Start again to see what can be done";

    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly object _reading = new(); // the consumer, but for what TopicWatch asks
    private readonly Lock _lock = new(); // the partitions
    private readonly KafkaAddress _address;
    private readonly KafkaOptions _options;
    private readonly ITopicConsumer _consumer;
    private readonly TimeProvider _time;
    private readonly BrokerReach _reach;
    private readonly LogStart _start;
    private readonly TopicWatch _watch;
    private readonly IReadOnlyList<TopicPosition> _others;
    private readonly TopicPosition? _before;
    private readonly List<PartitionProgress> _partitions = []; // under _lock, and only added to
    private readonly CancellationTokenSource _stop = new();
    private IReadOnlyList<long> _ends = [];
    private TopicIdentity? _identity;
    private volatile ExceptionDispatchInfo? _failure;
    private Consumed? _held; // a problem that is told once what came before it is applied; under _reading
    private long _bytesRead;
    private long _blank; // under _lock
    private WindowEngine? _engine;
    private bool _isDisposed; // under _reading

    /// <param name="settings">Which topic.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="context">The clock, and who is told.</param>
    /// <param name="connect">Makes the client, given who is told what it notices.</param>
    private KafkaSource(KafkaSettings settings, KafkaOptions options, CommandContext context, Func<Action<Error>, ITopicConsumer> connect)
    {
        _address = settings.Address;
        _options = options;
        _time = context.Time;
        _reach = new BrokerReach(_address.Name, context.Say);
        _start = new LogStart(_address, context.Say);
        IReadOnlyList<TopicPosition> known = options.Before is { } before ? KafkaPosition.Read(before) : [];
        _before = known.FirstOrDefault(topic => topic.Name == _address.Topic);
        _others = [.. known.Where(topic => topic.Name != _address.Topic)];
        _identity = _before?.Identity;
        _consumer = connect(_reach.Note);
        _watch = new TopicWatch(this, _consumer, _time, CallTimeout);
    }

    /// <inheritdoc/>
    public string Name => _address.Name;

    /// <inheritdoc/>
    public bool IsLive => !_options.Ends;

    /// <inheritdoc/>
    public string PositionKind => KafkaPosition.Kafka;

    /// <inheritdoc/>
    public int Partitions
    {
        get
        {
            lock (_lock)
            {
                return _partitions.Count;
            }
        }
    }

    /// <inheritdoc/>
    public long BytesRead => Interlocked.Read(ref _bytesRead);

    /// <inheritdoc/>
    public double? Share => null;

    /// <inheritdoc/>
    public string? Remark
    {
        get
        {
            lock (_lock)
            {
                return _blank == 0 ? null : Text($"{_blank:N0} values were null or blank, and are no records");
            }
        }
    }

    /// <summary>Whether every partition is read from its first record on: retention has deleted nothing.</summary>
    public bool BeginsAtFirst { get; private set; }

    /// <summary>Asks who and where the topic is, and begins to read it.</summary>
    /// <param name="settings">Which topic.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="context">The clock, and who is told.</param>
    /// <param name="connect">Makes the client; null for a real one.</param>
    /// <exception cref="SourceException">It cannot be read, or does not go on where it was counted to.</exception>
    /// <exception cref="InvalidDataException">What was counted before cannot be read.</exception>
    public static KafkaSource Open(
        KafkaSettings settings, KafkaOptions options, CommandContext context, Func<Action<Error>, ITopicConsumer>? connect = null)
    {
        bool commits = options.Remembers && settings.Address.Group is not null;
        KafkaSource source = new(settings, options, context, connect ?? (onError => new TopicConsumer(settings, commits, onError)));
        try
        {
            if (!options.Remembers && settings.Address.Group is { } group)
            {
                context.Say(
                    $"without a state the group '{group}' is not used: {source.Name} is read from ?start=, and nothing is committed (--state DIR)");
            }

            source.Begin();
            return source;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public RecordBlock NewBlock() => new KafkaBlock(Name, _options.BlockBytes, _options.Now, _time);

    /// <inheritdoc/>
    public void Attach(WindowEngine engine)
    {
        _engine = engine;
        if (_options.Watches)
        {
            _watch.Start();
        }
    }

    /// <inheritdoc/>
    public bool Read(RecordBlock block)
    {
        KafkaBlock values = (KafkaBlock)block;
        values.Clear();
        lock (_reading)
        {
            try
            {
                Fill(values);
            }
            catch (SourceException) when (_stop.IsCancellationRequested)
            {
                return false;
            }
            catch (KafkaException problem)
            {
                throw new SourceException($"cannot read {Name}: {KafkaProblem.Explain(problem.Error)}", problem);
            }
        }

        // What was read when it is stopped is not applied, and so it is not counted as read either.
        Interlocked.Add(ref _bytesRead, values.Length);
        return !values.IsEmpty && !_stop.IsCancellationRequested;
    }

    /// <inheritdoc/>
    public void Applied(RecordBlock block)
    {
        AppliedSegment applied = ((KafkaBlock)block).LastApplied;
        lock (_lock)
        {
            PartitionCursor cursor = _engine!.Partitions[applied.Progress.Partition];
            applied.Progress.Apply(applied.Next, applied.LeaderEpoch, applied.Values, cursor.Counted + cursor.Late);
            _blank += applied.Blank;
        }
    }

    /// <inheritdoc/>
    public TimeSpan? SilenceOf(int partition)
    {
        lock (_lock)
        {
            // Others are of sources that are not read now.
            if (partition >= _partitions.Count)
            {
                return TimeSpan.MaxValue;
            }

            PartitionProgress progress = _partitions[partition];
            return !_options.Ends ? progress.Silence(_time) : progress.IsDone && progress.IsApplied ? TimeSpan.MaxValue : null;
        }
    }

    /// <inheritdoc/>
    public ISourcePosition Capture()
    {
        lock (_lock)
        {
            TopicPosition position = new(_address.Topic, _address.Brokers, _identity, [.. _partitions.Select(partition => partition.Applied)]);
            return new KafkaPosition([position, .. _others]);
        }
    }

    /// <inheritdoc/>
    public void Saved(ISourcePosition position)
    {
        if (_address.Group is not null && _options.Remembers)
        {
            _consumer.Store(((KafkaPosition)position).Topics[0].Partitions);
        }
    }

    /// <inheritdoc/>
    public void Stop() => _stop.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        lock (_reading)
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                if (_watch.Stop())
                {
                    _consumer.Dispose();
                }
            }
        }
    }

    /// <summary>Looks once at what <see cref="TopicWatch"/> looks at now and then.</summary>
    internal void Look() => _watch.Look();

    /// <summary>The partitions that were read to their ends and have been quiet since; how many partitions there are.</summary>
    internal (bool IsAnyQuiet, int Count) Quiet(TimeSpan least)
    {
        lock (_lock)
        {
            return (_partitions.Exists(partition => partition.IsQuiet(_time, least)), _partitions.Count);
        }
    }

    /// <inheritdoc/>
    public long? LagOf(int partition)
    {
        lock (_lock)
        {
            return partition < _partitions.Count ? _partitions[partition].Lag : null;
        }
    }

    /// <summary>The ends of the logs, as they were at a time.</summary>
    internal void NoteEnds(IReadOnlyList<long> ends, long askedAt)
    {
        _reach.Answered();
        lock (_lock)
        {
            for (int i = 0; i < ends.Count; i++)
            {
                _partitions[i].NoteEnd(ends[i], askedAt);
            }
        }
    }

    /// <summary>Which topic it is.</summary>
    internal void NoteIdentity(TopicIdentity identity)
    {
        lock (_lock)
        {
            if (LogStart.IsAnother(_identity, identity))
            {
                string ids = $"its id is {identity.Topic}, and was {_identity!.Topic}";
                _failure ??= ExceptionDispatchInfo.Capture(new SourceException(
                    $"{Name} was deleted and made again while it was read ({ids}). {StartAgain}"));
                return;
            }

            _identity = identity;
        }
    }

    /// <summary>Reads until the block is full or nothing more is there at this moment.</summary>
    private void Fill(KafkaBlock values)
    {
        while (!_stop.IsCancellationRequested && !_isDisposed && !values.IsFull && !IsDone())
        {
            _failure?.Throw();
            AssignFound();
            Consumed next = _held ?? _consumer.Consume(values, values.IsEmpty ? Pause : TimeSpan.Zero);
            _held = next.Kind == ConsumedKind.Problem && !values.IsEmpty ? next : null;
            if (_held is not null || (next.Kind == ConsumedKind.Nothing && !values.IsEmpty))
            {
                break;
            }

            Take(next, values);
        }
    }

    /// <summary>Whether it ends, and everything was read.</summary>
    private bool IsDone()
    {
        lock (_lock)
        {
            return _options.Ends && _partitions.TrueForAll(partition => partition.IsDone);
        }
    }

    private void Begin()
    {
        Task<TopicIdentity?> identity = Task.Run(() => _consumer.Identify(CallTimeout));
        int partitions = Connect();

        // Only when there is something to compare it with: brokers that do not tell take their time for it.
        TopicIdentity? now = _before?.Identity is null ? null : identity.GetAwaiter().GetResult();
        _identity = now ?? _identity;
        IReadOnlyList<LogBounds> logs = Asked(() => _consumer.Bounds(partitions, CallTimeout));
        IReadOnlyList<PartitionPosition> starts = _start.Decide(_before, now, logs);
        BeginsAtFirst = starts.All(start => start.Next == 0);
        _ends = !_options.Ends ? [] : [.. logs.Select((log, partition) => EndOf(log, partition))];
        _watch.Identity = now is null ? identity : null;
        Begin(starts);
    }

    private void Begin(IReadOnlyList<PartitionPosition> starts)
    {
        _consumer.Assign(starts);
        long now = _time.GetTimestamp();
        lock (_lock)
        {
            _partitions.AddRange(
                starts.Select(start => new PartitionProgress(start, now) { Until = _options.Ends ? _ends[start.Partition] : long.MaxValue }));
        }
    }

    private long EndOf(LogBounds log, int partition) =>
        _options.Until is { } until
            ? Math.Min(log.End, until.Where(end => end.Partition == partition).Select(end => end.Next).FirstOrDefault())
            : log.End;

    private int Connect() => Asked(() => _consumer.CountPartitions(CallTimeout));

    private T Asked<T>(Func<T> ask)
    {
        try
        {
            // Once it reads, whoever is gone may be gone for long.
            return _reach.Ask(ask, Partitions == 0 ? BrokerReach.StartPatience : TimeSpan.MaxValue, Wait, _time, _stop.Token);
        }
        catch (KafkaException problem)
        {
            throw new SourceException($"cannot read {Name}: {KafkaProblem.Explain(problem.Error)}", problem);
        }
    }

    /// <summary>
    /// Between two tries. What the client has noticed meanwhile is told by Consume only; before something is assigned nothing else comes.
    /// </summary>
    private void Wait()
    {
        if (Partitions == 0)
        {
            _consumer.Consume(Nobody.Instance, Pause);
        }
        else
        {
            _stop.Token.WaitHandle.WaitOne(Pause);
        }
    }

    private void Take(in Consumed next, KafkaBlock values)
    {
        switch (next.Kind)
        {
            case ConsumedKind.Record:
                PartitionProgress progress;
                lock (_lock)
                {
                    progress = _partitions[next.Partition];

                    // What was on its way when a partition was begun anew is not read twice.
                    if (next.Offset < progress.Reading.Next)
                    {
                        return;
                    }

                    if (next.Offset >= progress.Until)
                    {
                        progress.Finish();
                        return;
                    }

                    progress.Read(next.Offset, _time.GetTimestamp());
                }

                values.Add(progress, next);
                if (_reach.IsLost)
                {
                    _reach.Answered();
                }

                break;
            case ConsumedKind.End:
                lock (_lock)
                {
                    _partitions[next.Partition].End(next.Offset);
                }

                break;
            case ConsumedKind.Problem:
                Handle(next.Partition, next.Problem!);
                break;
        }
    }

    private void Handle(int partition, Error problem)
    {
        switch (problem.Code)
        {
            case ErrorCode.Local_AutoOffsetReset or ErrorCode.OffsetOutOfRange when partition >= 0:
                GoOnAnew(partition, problem);
                break;
            case ErrorCode.Local_LogTruncation:
                throw new SourceException(
                    Text($"the log of partition {partition} of {Name} was truncated behind what was counted: {problem.Reason}. ")
                    + "What was counted twice or is gone cannot be told; count it into another --lake, with its own state");
            case ErrorCode code when KafkaProblem.IsPassing(code) || (code is ErrorCode.GroupAuthorizationFailed && _address.Group is null):
                _reach.Note(problem);
                break;
            default:
                string where = partition < 0 ? Name : Text($"partition {partition} of {Name} from offset {PositionOf(partition).Next} on");
                throw new SourceException($"cannot read {where}: {KafkaProblem.Explain(problem)}");
        }
    }

    /// <summary>The log has no such offset. What that means, its bounds tell; if they do not, it was passing.</summary>
    private void GoOnAnew(int partition, Error problem)
    {
        PartitionPosition position = PositionOf(partition);
        LogBounds log = Asked(() => _consumer.Bounds(partition + 1, CallTimeout))[partition];
        if (log.End < position.Next)
        {
            // gap=skip is for the start: here the records between are on their way, or lost for ever.
            throw new SourceException(
                Text($"partition {partition} of {Name} was counted up to offset {position.Next}, but its log ends at {log.End}: ")
                + $"{problem.Reason}. {StartAgain}");
        }

        PartitionPosition next = _start.GoOn(position, log);
        lock (_lock)
        {
            _partitions[partition].SkipTo(next.Next);
        }

        _stop.Token.WaitHandle.WaitOne(Pause);
        _consumer.Seek(next);
    }

    private PartitionPosition PositionOf(int partition)
    {
        lock (_lock)
        {
            return _partitions[partition].Reading;
        }
    }

    /// <summary>Partitions that were added to the topic are read from their beginning.</summary>
    private void AssignFound()
    {
        if (_watch.TakeFound() is not { } found)
        {
            return;
        }

        int known = Partitions;
        IReadOnlyList<LogBounds> logs = Asked(() => _consumer.Bounds(found, CallTimeout));
        Begin([.. Enumerable.Range(known, found - known).Select(partition => new PartitionPosition(partition, logs[partition].Start, null))]);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

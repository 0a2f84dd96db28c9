namespace Tidemark.Cli.Kafka;

/// <summary>How far one partition was read and applied, and since when nothing has come. Not thread-safe: its source takes care of it.</summary>
/// <param name="start">Where it is read first.</param>
/// <param name="now">A timestamp of the clock.</param>
internal sealed class PartitionProgress(PartitionPosition start, long now)
{
    private long _readTo = start.Next;
    private long _appliedTo = start.Next;
    private long _readValues;
    private long _appliedValues;
    private int? _leaderEpoch = start.LeaderEpoch;
    private long _heardAt = now;
    private long? _logEnd; // as it was told last
    private long _events; // counted and late ones, as of the last application
    private long _eventAt = now; // when the last of them was heard
    private long? _endedAt; // the offset, of a partition that was read to its end
    private long? _restsAt; // when it was known last that there is nothing more

    /// <summary>The partition.</summary>
    public int Partition => start.Partition;

    /// <summary>Where reading ends, for a source that does; an offset.</summary>
    public long Until { get; init; } = long.MaxValue;

    /// <summary>Whether everything before <see cref="Until"/> was read.</summary>
    public bool IsDone => _readTo >= Until;

    /// <summary>Something behind <see cref="Until"/> came: what lies between is no record.</summary>
    public void Finish() => _readTo = Math.Max(_readTo, Until);

    /// <summary>Whether everything that was read is applied.</summary>
    public bool IsApplied => _appliedValues == _readValues;

    /// <summary>What is read next.</summary>
    public PartitionPosition Reading => new(Partition, _readTo, _leaderEpoch);

    /// <summary>How far it is applied. What is no record, past the last one, is passed as well: it is not missed once it is deleted.</summary>
    public PartitionPosition Applied => new(Partition, IsApplied ? _readTo : _appliedTo, _leaderEpoch);

    /// <summary>A value was read.</summary>
    public void Read(long offset, long now)
    {
        _readTo = offset + 1;
        _readValues++;
        _heardAt = now;
        _endedAt = null;
    }

    /// <summary>The end was reached: what lies before it is no record.</summary>
    public void End(long offset) => _endedAt = _readTo = Math.Max(offset, _readTo);

    /// <summary>It goes on further behind: what lies between is gone.</summary>
    public void SkipTo(long offset) => (_readTo, _endedAt) = (offset, null);

    /// <summary>Values were applied that were read together.</summary>
    /// <param name="next">The offset of the first one that was not.</param>
    /// <param name="epoch">The epoch of the last one.</param>
    /// <param name="values">How many there are, once all are applied; before, 0.</param>
    /// <param name="events">How many events there were in the partition by now. Records that are rejected are none.</param>
    public void Apply(long next, int? epoch, int values, long events)
    {
        (_eventAt, _events) = (events == _events ? _eventAt : _heardAt, events);
        _appliedTo = next;
        _leaderEpoch = epoch;
        _appliedValues += values;
    }

    /// <summary>How many offsets lie between what is applied and the end of the log, as it was told last; null before.</summary>
    public long? Lag => _logEnd is { } end ? Math.Max(0, end - Applied.Next) : null;

    /// <summary>The end of the log was asked for.</summary>
    /// <param name="end">The offset after everything.</param>
    /// <param name="askedAt">When it was asked, by the clock.</param>
    public void NoteEnd(long end, long askedAt)
    {
        _logEnd = end;
        if (_endedAt >= end)
        {
            _restsAt = askedAt;
        }
    }

    /// <summary>
    /// How long nothing has come although everything is read and applied, as far as the broker has said so; null when there is, or may be, more.
    /// </summary>
    public TimeSpan? Silence(TimeProvider time) =>
        IsApplied && _endedAt is not null && _restsAt is { } restsAt && restsAt >= _heardAt ? time.GetElapsedTime(_heardAt, restsAt) : null;

    /// <summary>Whether it is worth asking for the end of the log: it was read to it, and no event has come for a while.</summary>
    public bool IsQuiet(TimeProvider time, TimeSpan least) => _endedAt is not null && time.GetElapsedTime(_eventAt) >= least;
}

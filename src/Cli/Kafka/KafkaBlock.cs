using System.Globalization;
using Tidemark.Cli.Run;
using Tidemark.Cli.Sources;
using Tidemark.Core.Parsing;
using Tidemark.Engine;

namespace Tidemark.Cli.Kafka;

/// <summary>
/// Records of a topic as they came, each value a line of one text. Records that came one after the other from one partition are a segment of it,
/// parsed and applied on its own.
/// </summary>
internal sealed class KafkaBlock : RecordBlock, IValueReceiver
{
    private const int MaxSegments = 64;
    private const int MaxValues = 1 << 14;

    /// <summary>So much of a value is kept that it is seen to be too large, and its line end.</summary>
    private const int MaxLineBytes = EventParser.MaxRecordBytes + 2;

    private readonly int _wantedBytes;
    private readonly byte[] _text;
    private readonly List<int> _lineFeeds = []; // places in the text where a value has one
    private readonly List<Segment> _segments = []; // used again
    private readonly DateTimeOffset? _now;
    private readonly TimeProvider _time;
    private long[] _offsets = new long[256];
    private long[] _arrivalsMs = new long[256];
    private int[] _starts = new int[256];
    private byte[] _original = [];
    private int _length;
    private int _pending; // bytes of the value that was received and is no record yet
    private int _count;
    private int _used; // segments
    private int _applying; // the segment that is applied next

    /// <param name="source">What dead letters call the topic.</param>
    /// <param name="wantedBytes">Bytes of text after which it is full.</param>
    /// <param name="now">When records are taken to have arrived; null for their timestamps.</param>
    /// <param name="time">When those arrive that have none.</param>
    public KafkaBlock(string source, int wantedBytes, DateTimeOffset? now, TimeProvider time)
    {
        _time = time;
        SourceName = source;
        _wantedBytes = wantedBytes;
        _now = now;
        _text = new byte[wantedBytes + MaxLineBytes + EventParser.Padding];
    }

    /// <inheritdoc/>
    public override string SourceName { get; }

    /// <summary>Whether it holds no record.</summary>
    public bool IsEmpty => _count == 0;

    /// <summary>Whether it wants no more records.</summary>
    public bool IsFull => _length >= _wantedBytes || _used == MaxSegments || _count == MaxValues;

    /// <summary>Bytes of the values, line ends included.</summary>
    public int Length => _length;

    /// <summary>How far the segment was applied that was applied last.</summary>
    public AppliedSegment LastApplied { get; private set; }

    /// <summary>Starts a filling.</summary>
    public void Clear()
    {
        (_length, _pending, _count, _used, _applying, Partition) = (0, 0, 0, 0, 0, 0);
        _lineFeeds.Clear();
    }

    /// <inheritdoc/>
    public void Receive(ReadOnlySpan<byte> value)
    {
        // LF and CR mean the same inside a JSON text (white space between tokens, an error in a string), so no meaning changes.
        ReadOnlySpan<byte> kept = value[..Math.Min(value.Length, EventParser.MaxRecordBytes + 1)];
        Span<byte> line = _text.AsSpan(_length, kept.Length);
        kept.CopyTo(line);
        for (int at = line.IndexOf((byte)'\n'), start = 0; at >= 0; at = line[start..].IndexOf((byte)'\n'))
        {
            start += at;
            _lineFeeds.Add(_length + start);
            line[start] = (byte)'\r';
        }

        _text[_length + kept.Length] = (byte)'\n';
        _pending = kept.Length + 1;
    }

    /// <summary>Makes a record of the value that was received.</summary>
    public void Add(PartitionProgress progress, in Consumed record)
    {
        if (_used == 0 || _segments[_used - 1].Progress != progress)
        {
            Begin(progress);
        }

        if (_count == _offsets.Length)
        {
            Array.Resize(ref _offsets, _count * 2);
            Array.Resize(ref _arrivalsMs, _count * 2);
            Array.Resize(ref _starts, _count * 2);
        }

        long arrivalMs = _now?.ToUnixTimeMilliseconds() ?? record.TimestampMs ?? _time.GetUtcNow().ToUnixTimeMilliseconds();
        (_offsets[_count], _arrivalsMs[_count], _starts[_count]) = (record.Offset, arrivalMs, _length);
        _count++;
        _length += _pending;
        Segment segment = _segments[_used - 1];
        (segment.End, segment.EndOffset, segment.LeaderEpoch) = (_length, record.Offset + 1, record.LeaderEpoch);
        segment.Values++;
        Partition = Math.Max(Partition, progress.Partition);
    }

    /// <inheritdoc/>
    public override void Parse(EventParser parser, long maxFutureSkewMs)
    {
        foreach (Segment segment in _segments[.._used])
        {
            // What follows a segment is the next one, or what was there before: any readable bytes do.
            parser.ParseLines(_text.AsMemory(segment.Start), segment.End - segment.Start, long.MaxValue, segment.Batch);
            ArrivalCheck.RejectFuture(segment.Batch, _arrivalsMs.AsSpan(segment.FirstValue, segment.Values), maxFutureSkewMs);
            segment.Review.Begin(segment.Batch);
        }
    }

    /// <inheritdoc/>
    /// <remarks>One segment a call, so that it is seen in between whether the output is full.</remarks>
    public override bool Apply(WindowEngine engine)
    {
        Segment segment = _segments[_applying];
        int partition = segment.Progress.Partition;
        segment.FirstNumber ??= engine.Partitions[partition].Next;
        segment.Applied = engine.Apply(partition, segment.Batch, segment.FirstNumber.Value, segment.Applied);
        bool isWhole = segment.Applied == segment.Batch.Count;
        long next = isWhole ? segment.EndOffset : _offsets[segment.FirstValue + segment.Batch.Records[segment.Applied].Index];
        int values = isWhole ? segment.Values : 0;
        LastApplied = new AppliedSegment(segment.Progress, next, segment.LeaderEpoch, values, isWhole ? values - segment.Batch.Count : 0);
        _applying += isWhole ? 1 : 0;
        return _applying == _used;
    }

    /// <inheritdoc/>
    public override long NumberOf(long offset) => _offsets[ValueAt(offset)];

    /// <inheritdoc/>
    public override string PlaceOf(long offset) => Place(_offsets[ValueAt(offset)]);

    /// <inheritdoc/>
    public override (long TimeMs, (long TimeMs, long Offset)? Latest) Times(long offset) =>
        Times(_segments[_applying].Batch, _segments[_applying].FirstNumber!.Value, offset);

    /// <inheritdoc/>
    public override void Review(RunReview review)
    {
        foreach (Segment segment in _segments[.._used])
        {
            review.Add(segment.Progress.Partition, segment.Batch, segment.Review, index => Place(_offsets[segment.FirstValue + segment.Batch.Records[index].Index]));
        }
    }

    private string Place(long offset) => string.Create(CultureInfo.InvariantCulture, $"offset {offset:N0} of {SourceName}");

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Original(in DeadLetter letter)
    {
        int start = _starts[ValueAt(letter.Offset)];
        int end = start + letter.Bytes.Length;
        int first = _lineFeeds.BinarySearch(start);
        first = first < 0 ? ~first : first;
        if (first == _lineFeeds.Count || _lineFeeds[first] >= end)
        {
            return letter.Bytes;
        }

        _original = _original.Length < letter.Bytes.Length ? new byte[letter.Bytes.Length] : _original;
        letter.Bytes.CopyTo(_original);
        for (int i = first; i < _lineFeeds.Count && _lineFeeds[i] < end; i++)
        {
            _original[_lineFeeds[i] - start] = (byte)'\n';
        }

        return _original.AsSpan(0, letter.Bytes.Length);
    }

    private int ValueAt(long number)
    {
        Segment segment = _segments[_applying];
        return segment.FirstValue + (int)(number - segment.FirstNumber!.Value);
    }

    private void Begin(PartitionProgress progress)
    {
        if (_used == _segments.Count)
        {
            _segments.Add(new Segment());
        }

        Segment segment = _segments[_used++];
        (segment.Progress, segment.Start, segment.FirstValue) = (progress, _length, _count);
        (segment.Values, segment.Applied, segment.FirstNumber) = (0, 0, null);
    }

    private sealed class Segment
    {
        public EventBatch Batch { get; } = new();

        public BatchReview Review { get; } = new();

        public PartitionProgress Progress { get; set; } = null!;

        public int Start { get; set; }

        public int End { get; set; }

        public int FirstValue { get; set; }

        public int Values { get; set; }

        public long EndOffset { get; set; }

        public int? LeaderEpoch { get; set; }

        /// <summary>The engine's own number of the first value: it numbers what it reads without holes.</summary>
        public long? FirstNumber { get; set; }

        public int Applied { get; set; }
    }
}

/// <summary>How far a segment was applied.</summary>
/// <param name="Progress">Its partition.</param>
/// <param name="Next">The offset of the first record that was not.</param>
/// <param name="LeaderEpoch">The epoch of its last record.</param>
/// <param name="Values">Once all are applied how many values there are; before, 0.</param>
/// <param name="Blank">How many of these were none, or white space.</param>
internal readonly record struct AppliedSegment(PartitionProgress Progress, long Next, int? LeaderEpoch, int Values, int Blank);

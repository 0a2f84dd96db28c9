namespace Tidemark.Support.Durable;

/// <summary>A record of the log.</summary>
internal sealed record LogRecord(int Partition, long Offset, byte[]? Key, byte[]? Value, long TimestampMs);

/// <summary>
/// A topic: partitions of records in offset order. Offsets have holes, as from transactions or compaction, and the end may lie beyond
/// the last record.
/// </summary>
internal sealed class KafkaLog(World world, int partitions, double holes = 0)
{
    private const int LongestHole = 5;

    private readonly List<Partition> _partitions = [.. Enumerable.Range(0, partitions).Select(_ => new Partition())];

    public const string Topic = "clickstream_events";

    /// <summary>An id that changes when the topic is recreated.</summary>
    public string TopicId { get; private set; } = "topic-1";

    public int Partitions => _partitions.Count;

    public bool IsDown { get; set; }

    public void AddPartition() => _partitions.Add(new Partition());

    public long StartOf(int partition) => Math.Max(_partitions[partition].Start, _partitions[partition].Hidden);

    /// <summary>Makes a log appear to begin at an offset for a while; 0 ends that.</summary>
    public void HideBefore(int partition, long start) => _partitions[partition].Hidden = start;

    /// <summary>The offset after the last one, with or without a record.</summary>
    public long EndOf(int partition) => _partitions[partition].End;

    public IReadOnlyList<LogRecord> RecordsOf(int partition) => _partitions[partition].Records;

    public LogRecord Append(int partition, byte[]? value, long timestampMs, byte[]? key = null)
    {
        Partition log = _partitions[partition];
        if (world.Chance(holes))
        {
            Skip(partition, 1 + world.Random.Next(LongestHole));
        }

        LogRecord record = new(partition, log.End++, key, value, timestampMs);
        log.Records.Add(record);
        return record;
    }

    /// <summary>Appends offsets without records.</summary>
    public void Skip(int partition, int offsets) => _partitions[partition].End += offsets;

    /// <summary>The records from one offset to another, both included, up to a maximum number.</summary>
    public IReadOnlyList<LogRecord> Read(int partition, long from, long to, int most = int.MaxValue)
    {
        Partition log = _partitions[partition];
        int first = log.FirstFrom(Math.Max(from, log.Hidden));
        List<LogRecord> read = [];
        for (int i = first; i < log.Records.Count && read.Count < most && log.Records[i].Offset <= to; i++)
        {
            read.Add(log.Records[i]);
        }

        return read;
    }

    /// <summary>Whether a record lies at or after an offset, which the end offset alone does not tell.</summary>
    public bool HasRecordFrom(int partition, long offset) => _partitions[partition].Records is [.., var last] && last.Offset >= offset;

    /// <summary>Drops the oldest records, as retention does.</summary>
    public void Truncate(int partition, long start)
    {
        Partition log = _partitions[partition];
        log.Start = Math.Max(log.Start, start);
        log.Records.RemoveRange(0, log.FirstFrom(start));
    }

    /// <summary>Deletes the topic and creates one of the same name.</summary>
    public void Recreate()
    {
        TopicId = $"topic-{int.Parse(TopicId.AsSpan(6), System.Globalization.CultureInfo.InvariantCulture) + 1}";
        for (int i = 0; i < _partitions.Count; i++)
        {
            _partitions[i] = new Partition();
        }
    }

    private sealed class Partition
    {
        public List<LogRecord> Records { get; } = [];

        public long Start { get; set; }

        public long Hidden { get; set; }

        public long End { get; set; }

        public int FirstFrom(long offset)
        {
            int low = 0;
            int high = Records.Count;
            while (low < high)
            {
                int middle = (low + high) / 2;
                (low, high) = Records[middle].Offset < offset ? (middle + 1, high) : (low, middle);
            }

            return low;
        }
    }
}

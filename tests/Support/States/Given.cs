using System.Globalization;
using System.Text;
using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;
using Tidemark.Protocol;

namespace Tidemark.Support.States;

/// <summary>States and inputs of the protocol's tests. Times are minutes from a round hour; panes are one minute.</summary>
public static class Given
{
    public const long Hour = 1_795_305_600_000; // 2026-11-22T00:00:00Z
    public const long NoTime = EventTime.None;

    /// <summary>Lateness of 5 minutes, disorder of 10 s, one-minute panes, windows of 1, 5 and 60 minutes.</summary>
    public static EngineOptions Options { get; } = new()
    {
        ExactUsersLimit = AccumulatorLimits.Functions.ExactUsers,
        TopPagesCapacity = AccumulatorLimits.Functions.Pages,
        BreakdownCapacity = AccumulatorLimits.Functions.Breakdown,
    };

    public static long Minute(double minutes) => Hour + (long)(minutes * 60_000);

    public static KafkaValue Event(long offset, double minute, string user = "u", string page = "/") => new(
        offset,
        Minute(minute),
        Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"timestamp\":{Minute(minute)},\"event_type\":\"page_view\",\"user_id\":\"{user}\",\"page_url\":\"{page}\","
                + $"\"geo\":{{\"country\":\"{page}\"}},\"device\":{{\"type\":\"{page}\"}}}}")));

    public static KafkaValue Text(long offset, string text, double arrivedAt = 0) => new(offset, Minute(arrivedAt), Encoding.UTF8.GetBytes(text));

    /// <summary>The slice that a partition without applied records makes of the first records of its log.</summary>
    public static PartitionSlice Slice(params KafkaValue[] values) => Slice(Open(), values[^1].Offset, null, values);

    /// <summary>The slice that a partition makes of the records from its cursor on.</summary>
    public static PartitionSlice Slice(PartitionState cursor, long to, IReadOnlyDictionary<long, long>? frozen, params KafkaValue[] values) =>
        new SliceReader(Options).Read(cursor, values, to, frozen ?? new Dictionary<long, long>());

    public static byte[] Rows(int events, int firstUser = 0)
    {
        KafkaValue[] values = [.. Enumerable.Range(0, events).Select(i => Event(i, 0.5, $"u{firstUser + i}"))];
        return Slice(values).Panes[0].Rows;
    }

    public static PartitionState Open(long start = 0, long watermark = NoTime)
    {
        PartitionState state = new();
        state.Open(start, watermark, Hour);
        return state;
    }

    /// <summary>A partition that has applied one event per given minute, from offset 0 on.</summary>
    public static PartitionState Applied(params double[] minutes)
    {
        PartitionState state = Open();
        KafkaValue[] values = [.. minutes.Select((minute, offset) => Event(offset, minute))];
        state.Advance(Slice(values).Advance(Minute(minutes.Max())));
        return state;
    }

    public static PartitionAdvance Step(PartitionState state, long to, long watermark = NoTime, long counted = -1) => new()
    {
        From = state.Next,
        WatermarkSeenMs = state.WatermarkMs,
        To = to,
        WatermarkMs = watermark == NoTime ? state.WatermarkMs : watermark,
        MaxEventTimeMs = NoTime,
        ArrivalMs = Hour,
        Marks = new Dictionary<long, long> { [Hour] = to + 1 },
        Outcomes = [counted < 0 ? to - state.Next + 1 : counted, 0, 0, 0, 0, 0, 0, 0, 0],
        Blank = 0,
        Missing = 0,
        Late = new Dictionary<long, long>(),
    };

    public static OffsetVector Vector(params (int Partition, long Offset)[] offsets) =>
        new(offsets.Select(entry => KeyValuePair.Create(entry.Partition, entry.Offset)));

    public static TopicState Topic(params int[] partitions)
    {
        TopicState state = TopicState.Decode(null, Options);
        foreach (int partition in partitions)
        {
            state.Register(partition);
        }

        return state;
    }

    public static TopicView View(double now, params PartitionState[] partitions) =>
        new([.. partitions.Select((cursor, partition) => new PartitionView(partition, cursor, HasMore: false))], Minute(now));
}

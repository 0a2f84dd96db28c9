namespace Tidemark.Core.Watermarks;

/// <summary>The times of one partition from which the watermark of a topic is computed.</summary>
/// <param name="MaxEventTimeMs">Its greatest event time, epoch milliseconds, or <see cref="EventTime.None"/>.</param>
/// <param name="WatermarkMs">Its watermark, epoch milliseconds, or <see cref="EventTime.None"/>.</param>
/// <param name="IsIdle">Whether it is silent and fully read, so that it does not hold back the watermark.</param>
public readonly record struct PartitionTimes(long MaxEventTimeMs, long WatermarkMs, bool IsIdle);

/// <summary>Computes the watermarks of partitions and topics. No event at or before a watermark is expected any more.</summary>
public static class Watermark
{
    /// <summary>
    /// The watermark of a partition: <c>maxEventTime - maxOutOfOrderness - 1 ms</c>, as in Flink's BoundedOutOfOrdernessWatermarks.
    /// </summary>
    /// <param name="maxEventTimeMs">Its greatest event time, epoch milliseconds.</param>
    /// <param name="maxOutOfOrdernessMs">Milliseconds, 0 or more.</param>
    public static long OfPartition(long maxEventTimeMs, long maxOutOfOrdernessMs) => maxEventTimeMs - maxOutOfOrdernessMs - 1;

    /// <summary>The lowest event time that moves a partition's watermark past the end of a window.</summary>
    /// <param name="endMs">The window's end, exclusive.</param>
    /// <param name="maxOutOfOrdernessMs">Milliseconds, 0 or more.</param>
    public static long EventTimeToPass(long endMs, long maxOutOfOrdernessMs) => endMs + maxOutOfOrdernessMs;

    /// <summary>
    /// The watermark of a topic, epoch milliseconds: the lowest of the partitions that are not idle; <see cref="EventTime.None"/> while one
    /// of them has none. When all are idle: the greatest event time plus the time since the last arrival, minus the out-of-orderness, so
    /// that the last window closes although no events arrive.
    /// </summary>
    /// <param name="partitions">All partitions of the topic.</param>
    /// <param name="sinceLastArrivalMs">Milliseconds since a record last arrived on any partition.</param>
    /// <param name="maxOutOfOrdernessMs">Milliseconds, 0 or more.</param>
    public static long OfTopic(IEnumerable<PartitionTimes> partitions, long sinceLastArrivalMs, long maxOutOfOrdernessMs)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        long least = long.MaxValue;
        long greatestTime = EventTime.None;
        foreach (PartitionTimes partition in partitions)
        {
            greatestTime = Math.Max(greatestTime, partition.MaxEventTimeMs);
            if (!partition.IsIdle)
            {
                least = Math.Min(least, partition.WatermarkMs);
            }
        }

        if (least != long.MaxValue)
        {
            return least;
        }

        return greatestTime == EventTime.None ? EventTime.None : greatestTime + sinceLastArrivalMs - maxOutOfOrdernessMs;
    }

    /// <summary>Whether a partition is idle and no longer holds back the topic's watermark.</summary>
    /// <param name="hasMore">Whether it holds a record that is not applied yet; true when unknown.</param>
    /// <param name="silentMs">Milliseconds since a record last arrived on it.</param>
    /// <param name="idleTimeoutMs">The idle timeout in milliseconds.</param>
    public static bool IsIdle(bool hasMore, long silentMs, long idleTimeoutMs) => !hasMore && silentMs >= idleTimeoutMs;
}

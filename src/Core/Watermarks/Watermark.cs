namespace Tidemark.Core.Watermarks;

/// <summary>What the watermark of a topic takes from one of its partitions.</summary>
/// <param name="MaxEventTimeMs">Its greatest event time, epoch milliseconds, or <see cref="EventTime.None"/>.</param>
/// <param name="WatermarkMs">Its watermark, epoch milliseconds, or <see cref="EventTime.None"/>.</param>
/// <param name="IsIdle">Whether it is silent with nothing left to read, and so holds nothing back.</param>
public readonly record struct PartitionTimes(long MaxEventTimeMs, long WatermarkMs, bool IsIdle);

/// <summary>Where the watermark is: of a partition, and of a topic. No event at or before a watermark is expected any more.</summary>
public static class Watermark
{
    /// <summary>The watermark of a partition: <c>maxEventTime - maxOutOfOrderness - 1 ms</c>, as Flink's BoundedOutOfOrdernessWatermarks.</summary>
    /// <param name="maxEventTimeMs">Its greatest event time, epoch milliseconds.</param>
    /// <param name="maxOutOfOrdernessMs">0 or more.</param>
    public static long OfPartition(long maxEventTimeMs, long maxOutOfOrdernessMs) => maxEventTimeMs - maxOutOfOrdernessMs - 1;

    /// <summary>The least event time that takes a partition's watermark past the end of a window.</summary>
    /// <param name="endMs">The window's end, exclusive.</param>
    /// <param name="maxOutOfOrdernessMs">0 or more.</param>
    public static long EventTimeToPass(long endMs, long maxOutOfOrdernessMs) => endMs + maxOutOfOrdernessMs;

    /// <summary>
    /// The watermark of a topic: the least of the partitions that are not idle, in epoch milliseconds; <see cref="EventTime.None"/> while one of them has none. When
    /// all are idle: the greatest event time plus the time since the last arrival, minus the out-of-orderness, so that the last window closes though nobody sends.
    /// </summary>
    /// <param name="partitions">All partitions of the topic.</param>
    /// <param name="sinceLastArrivalMs">Milliseconds since a record last arrived on any partition.</param>
    /// <param name="maxOutOfOrdernessMs">0 or more.</param>
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

    /// <summary>Whether a partition is idle, so that it no longer holds the topic's watermark back.</summary>
    /// <param name="hasMore">Whether it holds a record that is not applied yet; true when that is not known.</param>
    /// <param name="silentMs">Milliseconds since a record last arrived on it.</param>
    /// <param name="idleTimeoutMs">How long nothing must have arrived.</param>
    public static bool IsIdle(bool hasMore, long silentMs, long idleTimeoutMs) => !hasMore && silentMs >= idleTimeoutMs;
}

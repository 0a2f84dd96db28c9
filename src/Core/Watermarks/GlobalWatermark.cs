namespace Tidemark.Core.Watermarks;

/// <summary>What the watermark of a topic takes from one of its partitions.</summary>
/// <param name="MaxEventTimeMs">Its greatest event time, epoch milliseconds, or <see cref="EventTime.None"/>.</param>
/// <param name="WatermarkMs">Its watermark, epoch milliseconds, or <see cref="EventTime.None"/>.</param>
/// <param name="IsIdle">Whether it is silent with nothing left to read, and so holds nothing back.</param>
public readonly record struct PartitionTimes(long MaxEventTimeMs, long WatermarkMs, bool IsIdle);

/// <summary>The watermark of a whole topic, from those of its partitions: the one definition for every host.</summary>
public static class GlobalWatermark
{
    /// <summary>
    /// The least watermark of the partitions that are not idle, in epoch milliseconds; <see cref="EventTime.None"/> while one
    /// of them has none. When all are idle: the greatest event time plus the time since the last arrival, minus the
    /// out-of-orderness, so that the last window closes though nobody sends.
    /// </summary>
    /// <param name="partitions">All partitions of the topic.</param>
    /// <param name="sinceLastArrivalMs">Milliseconds since a record last arrived on any partition.</param>
    /// <param name="maxOutOfOrdernessMs">0 or more.</param>
    public static long Of(IEnumerable<PartitionTimes> partitions, long sinceLastArrivalMs, long maxOutOfOrdernessMs)
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
}

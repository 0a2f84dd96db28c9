namespace Tidemark.Aggregation.Watermarks;

/// <summary>The watermark of a whole topic, from those of its partitions.</summary>
public static class GlobalWatermark
{
    /// <summary>
    /// The least watermark of the partitions that are not idle, in epoch milliseconds; <see cref="PartitionCursor.NoTime"/> while one
    /// of them has none. When all are idle: the greatest event time plus the time since the last arrival, minus the
    /// out-of-orderness, so that the last window closes though nobody sends.
    /// </summary>
    /// <param name="partitions">All partitions of the topic.</param>
    /// <param name="sinceLastArrivalMs">Milliseconds since a record last arrived on any partition.</param>
    /// <param name="maxOutOfOrdernessMs">0 or more.</param>
    public static long Of(ReadOnlySpan<PartitionCursor> partitions, long sinceLastArrivalMs, long maxOutOfOrdernessMs)
    {
        long least = long.MaxValue;
        long greatestTime = PartitionCursor.NoTime;
        foreach (PartitionCursor partition in partitions)
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

        return greatestTime == PartitionCursor.NoTime ? PartitionCursor.NoTime : greatestTime + sinceLastArrivalMs - maxOutOfOrdernessMs;
    }
}

using Tidemark.Core;
using Tidemark.Core.Watermarks;

namespace Tidemark.Protocol;

/// <summary>A partition as a tick sees it.</summary>
/// <param name="Partition">Its number.</param>
/// <param name="Cursor">Its state; not open when nobody has begun it.</param>
/// <param name="HasMore">Whether the broker holds a record at or beyond the cursor; true when that is not known.</param>
public sealed record PartitionView(int Partition, PartitionState Cursor, bool HasMore)
{
    /// <summary>Whether it is idle: everything is applied, and nothing arrived for some time. One that was just opened has as much time for its first record.</summary>
    /// <param name="nowMs">Now.</param>
    /// <param name="idleTimeoutMs">How long nothing must have arrived.</param>
    public bool IsIdle(long nowMs, long idleTimeoutMs) => Cursor.IsOpen && Watermark.IsIdle(HasMore, nowMs - Cursor.LastArrivalMs, idleTimeoutMs);
}

/// <summary>All partitions at one tick.</summary>
/// <param name="Partitions">Every partition that is registered or that the broker has.</param>
/// <param name="NowMs">Now, epoch milliseconds.</param>
public sealed record TopicView(IReadOnlyList<PartitionView> Partitions, long NowMs)
{
    /// <summary>When something was last applied, epoch milliseconds, or <see cref="EventTime.None"/>. That a partition was opened is no arrival.</summary>
    public long LastArrivalMs => Partitions.Where(view => view.Cursor.Next > view.Cursor.Start).Select(view => view.Cursor.LastArrivalMs).DefaultIfEmpty(EventTime.None).Max();

    /// <summary>
    /// The topic's watermark: the least of the partitions that are not idle; when all are idle the greatest event time plus the time since the last arrival, less
    /// the out-of-orderness. <see cref="EventTime.None"/> while there is none.
    /// </summary>
    public long WatermarkMs(EngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        long idleMs = (long)options.IdleTimeout.TotalMilliseconds;
        long arrivalMs = LastArrivalMs;
        return Watermark.OfTopic(
            Partitions.Select(view => new PartitionTimes(view.Cursor.MaxEventTimeMs, view.Cursor.WatermarkMs, view.IsIdle(NowMs, idleMs))),
            arrivalMs == EventTime.None ? 0 : Math.Max(0, NowMs - arrivalMs),
            (long)options.MaxOutOfOrderness.TotalMilliseconds);
    }
}

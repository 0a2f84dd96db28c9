using Tidemark.Core;
using Tidemark.Core.Watermarks;

namespace Tidemark.Protocol;

/// <summary>A partition at the time of a tick.</summary>
/// <param name="Partition">The partition's number.</param>
/// <param name="Cursor">Its state, which may not be open yet.</param>
/// <param name="HasMore">Whether the broker holds a record at or beyond the cursor; true when unknown.</param>
public sealed record PartitionView(int Partition, PartitionState Cursor, bool HasMore)
{
    /// <summary>
    /// Whether the partition is idle: everything is applied, and nothing arrived for the time-out, which starts anew when the cursor is
    /// opened.
    /// </summary>
    /// <param name="nowMs">The current time, epoch milliseconds.</param>
    /// <param name="idleTimeoutMs">The idle timeout in milliseconds.</param>
    public bool IsIdle(long nowMs, long idleTimeoutMs) => Cursor.IsOpen && Watermark.IsIdle(HasMore, nowMs - Cursor.LastArrivalMs, idleTimeoutMs);
}

/// <summary>All partitions at the time of a tick.</summary>
/// <param name="Partitions">Every partition that is registered or that the broker has.</param>
/// <param name="NowMs">The current time, epoch milliseconds.</param>
public sealed record TopicView(IReadOnlyList<PartitionView> Partitions, long NowMs)
{
    /// <summary>
    /// When a record was last applied, epoch milliseconds, or <see cref="EventTime.None"/>. Opening a cursor does not count.
    /// </summary>
    public long LastArrivalMs => Partitions.Where(view => view.Cursor.Next > view.Cursor.Start)
        .Select(view => view.Cursor.LastArrivalMs).DefaultIfEmpty(EventTime.None).Max();

    /// <summary>
    /// The topic's watermark, epoch milliseconds, or <see cref="EventTime.None"/>: see <see cref="Watermark.OfTopic"/>.
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

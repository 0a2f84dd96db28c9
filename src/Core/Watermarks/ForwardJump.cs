using Tidemark.Core.Parsing;

namespace Tidemark.Core.Watermarks;

/// <summary>
/// Jumps forward in a partition whose records do not tell when they arrived, such as a file. One sender whose clock is days fast would make
/// every event after its own late. So an event that is ahead of all before it by more than <see cref="EngineOptions.MaxJump"/> counts only
/// once the next <see cref="LinesToConfirm"/> lines have been seen: when one of their events falls back by more than that, the event that
/// jumped is rejected. A gap in the data is a jump too, and is confirmed by what follows it, or by the end.
/// </summary>
public static class ForwardJump
{
    /// <summary>How many lines after a jump are looked at, blank and rejected ones included, so that no more than these ever wait.</summary>
    public const int LinesToConfirm = 100;

    /// <summary>Whether an event jumps. The first of a partition does: what follows tells whether its clock was right.</summary>
    /// <param name="timeMs">Its time, epoch milliseconds.</param>
    /// <param name="latestMs">The latest event time of the partition before it, epoch milliseconds, or <see cref="EventTime.None"/>.</param>
    /// <param name="maxJumpMs"><see cref="EngineOptions.MaxJump"/> in milliseconds.</param>
    public static bool IsJump(long timeMs, long latestMs, long maxJumpMs) => latestMs == EventTime.None || timeMs - latestMs > maxJumpMs;

    /// <summary>Counts the events among some records, and those of them that fall back from a jump.</summary>
    /// <param name="batch">The records that follow it.</param>
    /// <param name="first">The index of the first of them.</param>
    /// <param name="endLine">The <see cref="EventRecord.Index"/> before which they lie.</param>
    /// <param name="jumpMs">The time of the event that jumped, epoch milliseconds.</param>
    /// <param name="maxJumpMs"><see cref="EngineOptions.MaxJump"/> in milliseconds.</param>
    public static (int Events, int FallBack) Count(EventBatch batch, int first, int endLine, long jumpMs, long maxJumpMs)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ReadOnlySpan<EventRecord> records = batch.Records;
        (int events, int fallBack) = (0, 0);
        for (int i = first; i < records.Length && records[i].Index < endLine; i++)
        {
            if (records[i].Outcome == RecordOutcome.Counted)
            {
                events++;
                fallBack += jumpMs - records[i].TimestampMs > maxJumpMs ? 1 : 0;
            }
        }

        return (events, fallBack);
    }

    /// <summary>
    /// Whether what follows refutes a jump: one event that falls back does; for the first event of a partition, which nothing before it
    /// speaks against, more than half of them must, since a straggler may follow it.
    /// </summary>
    /// <param name="latestMs">The latest event time before the jump, epoch milliseconds, or <see cref="EventTime.None"/>.</param>
    /// <param name="events">The events among the lines that follow.</param>
    /// <param name="fallBack">Those of them that fall back.</param>
    public static bool IsRefuted(long latestMs, int events, int fallBack) => latestMs == EventTime.None ? 2 * fallBack > events : fallBack > 0;
}

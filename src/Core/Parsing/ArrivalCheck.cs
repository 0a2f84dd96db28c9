namespace Tidemark.Core.Parsing;

/// <summary>The last of the parser's checks for records that each have their own arrival: parse them without a latest time, then call this.</summary>
public static class ArrivalCheck
{
    /// <summary>Marks counted records that lie too far past their arrival as <see cref="RecordOutcome.FutureTimestamp"/>.</summary>
    /// <param name="batch">The records.</param>
    /// <param name="arrivalsMs">The arrival of each value of the batch, by <see cref="EventRecord.Index"/>, epoch milliseconds.</param>
    /// <param name="maxFutureSkewMs">How far past its arrival a record's time may lie, 0 or more.</param>
    public static void RejectFuture(EventBatch batch, ReadOnlySpan<long> arrivalsMs, long maxFutureSkewMs)
    {
        ArgumentNullException.ThrowIfNull(batch);
        foreach (ref EventRecord record in batch.Editable)
        {
            RejectFuture(ref record, arrivalsMs[record.Index], maxFutureSkewMs);
        }
    }

    /// <summary>Marks a counted record as <see cref="RecordOutcome.FutureTimestamp"/>.</summary>
    /// <param name="batch">The records.</param>
    /// <param name="index">The index of the record in <see cref="EventBatch.Records"/>.</param>
    public static void RejectFuture(EventBatch batch, int index)
    {
        ArgumentNullException.ThrowIfNull(batch);
        RejectFuture(ref batch.Editable[index], arrivalMs: long.MinValue, maxFutureSkewMs: 0);
    }

    internal static void RejectFuture(ref EventRecord record, long arrivalMs, long maxFutureSkewMs)
    {
        if (record.Outcome == RecordOutcome.Counted && record.TimestampMs - maxFutureSkewMs > arrivalMs)
        {
            record.Outcome = RecordOutcome.FutureTimestamp;
            RecordReader.Reject(ref record);
        }
    }
}

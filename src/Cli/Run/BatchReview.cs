using Tidemark.Core;
using Tidemark.Core.Parsing;

namespace Tidemark.Cli.Run;

/// <summary>
/// What a summary says of the records of a batch beyond their outcomes. Made on the thread that parses, since it looks at every record.
/// </summary>
internal sealed class BatchReview
{
    /// <summary>The first and the last event time of the accepted records, epoch milliseconds, or <see cref="EventTime.None"/>.</summary>
    public long MinTimeMs { get; private set; } = EventTime.None;

    /// <inheritdoc cref="MinTimeMs"/>
    public long MaxTimeMs { get; private set; } = EventTime.None;

    /// <summary>The index of the record with the last event time.</summary>
    public int MaxIndex { get; private set; }

    /// <summary>Purchases among the accepted records.</summary>
    public int Purchases { get; private set; }

    /// <summary>Purchases without an amount that can be counted.</summary>
    public int WithoutAmount { get; private set; }

    /// <summary>The index of the first of them.</summary>
    public int FirstWithoutAmount { get; private set; }

    /// <summary>Looks at the records of a batch.</summary>
    public void Begin(EventBatch batch)
    {
        (MinTimeMs, MaxTimeMs, Purchases, WithoutAmount) = (EventTime.None, EventTime.None, 0, 0);
        ReadOnlySpan<EventRecord> records = batch.Records;
        for (int i = 0; i < records.Length; i++)
        {
            ref readonly EventRecord record = ref records[i];
            if (record.Outcome != RecordOutcome.Counted)
            {
                continue;
            }

            if (record.TimestampMs > MaxTimeMs)
            {
                MaxTimeMs = record.TimestampMs;
                MaxIndex = i;
            }

            if (record.TimestampMs < MinTimeMs || MinTimeMs == EventTime.None)
            {
                MinTimeMs = record.TimestampMs;
            }

            if (record.Kind == EventKind.Purchase)
            {
                Purchases++;
                if (record.Amount != AmountState.Valid && WithoutAmount++ == 0)
                {
                    FirstWithoutAmount = i;
                }
            }
        }
    }
}

using System.Globalization;
using Tidemark.Cli.Run;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Engine;

namespace Tidemark.Cli.Sources;

/// <summary>Records of one partition, in order, as they were read at a time. Filled by its source, parsed on any thread, applied in turn.</summary>
internal abstract class RecordBlock
{
    /// <summary>Number of the block in its job, from 0.</summary>
    public long Sequence { get; set; }

    /// <summary>When it was read, as <see cref="TimeProvider.GetTimestamp"/> tells it.</summary>
    public long ReadAt { get; set; }

    /// <summary>The partition of its records, from 0. One that the engine does not know yet is added to it.</summary>
    public int Partition { get; set; }

    /// <summary>What dead letters call the source of its records.</summary>
    public abstract string SourceName { get; }

    /// <summary>Reads the records.</summary>
    /// <param name="parser">Not used by anybody else meanwhile.</param>
    /// <param name="maxFutureSkewMs">How far past its arrival a record's time may lie, milliseconds.</param>
    public abstract void Parse(EventParser parser, long maxFutureSkewMs);

    /// <summary>
    /// Finds out which records may be applied: those up to the first whose time only what follows can judge. A record that tells when it
    /// arrived was judged by that.
    /// </summary>
    /// <param name="cursor">The cursor of its partition; everything before the block is applied.</param>
    /// <param name="rule">How jumps are judged.</param>
    /// <param name="following">The blocks of the same partition that were read after it.</param>
    /// <returns>Whether there is anything to apply.</returns>
    public virtual bool Decide(PartitionCursor cursor, in JumpRule rule, IEnumerable<RecordBlock> following) => true;

    /// <summary>Whether it can be read again by whoever goes on from the state, as the lines of a file can.</summary>
    public virtual bool IsKept => true;

    /// <summary>The time of a record that was rejected because it jumped, epoch milliseconds; null when it was not.</summary>
    /// <param name="offset">The offset in the partition.</param>
    public virtual long? JumpMs(long offset) => null;

    /// <summary>Applies the records that may be applied and were not yet.</summary>
    /// <returns>
    /// Whether all are; if not, the output is full, or the others may not be applied yet: what is left is applied by another call.
    /// </returns>
    public abstract bool Apply(WindowEngine engine);

    /// <summary>What dead letters call the offset of a record: for lines the number in their file.</summary>
    /// <param name="offset">The offset in the partition.</param>
    public abstract long NumberOf(long offset);

    /// <summary>Where a record is, for messages: <c>line 3 of input.ndjson</c>.</summary>
    /// <param name="offset">The offset in the partition.</param>
    public virtual string PlaceOf(long offset) =>
        string.Create(CultureInfo.InvariantCulture, $"{Unit} {NumberOf(offset) + 1:N0} of {SourceName}");

    /// <summary>What a record is in its source.</summary>
    protected virtual string Unit => "line";

    /// <summary>The time of an event that is being applied, and the latest event before it in the block.</summary>
    /// <param name="offset">The offset of the event.</param>
    public abstract (long TimeMs, (long TimeMs, long Offset)? Latest) Times(long offset);

    /// <summary>Tells what was seen in the block, once all of it is applied.</summary>
    public abstract void Review(RunReview review);

    /// <summary>The bytes of a record as they came, while it is applied; what the parser got may differ from them in line ends.</summary>
    public virtual ReadOnlySpan<byte> Original(in DeadLetter letter) => letter.Bytes;

    /// <summary><see cref="Times(long)"/> in one batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="firstOffset">The offset of its first line.</param>
    /// <param name="offset">The offset of the event.</param>
    protected static (long TimeMs, (long TimeMs, long Offset)? Latest) Times(EventBatch batch, long firstOffset, long offset)
    {
        (long TimeMs, long Offset)? latest = null;
        foreach (ref readonly EventRecord record in batch.Records)
        {
            if (firstOffset + record.Index == offset)
            {
                return (record.TimestampMs, latest);
            }

            if (record.Outcome == RecordOutcome.Counted && (latest is null || record.TimestampMs > latest.Value.TimeMs))
            {
                latest = (record.TimestampMs, firstOffset + record.Index);
            }
        }

        return (EventTime.None, latest);
    }
}

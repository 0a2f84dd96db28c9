using Tidemark.Core.Parsing;
using Tidemark.Engine;

namespace Tidemark.Cli.Sources;

/// <summary>Records of one partition, in order, as they were read at a time. Filled by its source, parsed on any thread, applied in turn.</summary>
internal abstract class RecordBlock
{
    /// <summary>Number of the block in its job, from 0.</summary>
    public long Sequence { get; set; }

    /// <summary>The partition of its records, from 0. One that the engine does not know yet is added to it.</summary>
    public int Partition { get; set; }

    /// <summary>What dead letters call the source of its records.</summary>
    public abstract string SourceName { get; }

    /// <summary>Reads the records.</summary>
    /// <param name="parser">Not used by anybody else meanwhile.</param>
    /// <param name="maxFutureSkewMs">How far past its arrival a record's time may lie, milliseconds.</param>
    public abstract void Parse(EventParser parser, long maxFutureSkewMs);

    /// <summary>Applies the records that were not applied yet.</summary>
    /// <returns>Whether all are; if not, the output is full, and what is left is applied by another call.</returns>
    public abstract bool Apply(WindowEngine engine);

    /// <summary>What dead letters call the offset of a record: for lines the number in their file.</summary>
    /// <param name="offset">The offset in the partition.</param>
    public abstract long NumberOf(long offset);

    /// <summary>The bytes of a record as they came, while it is applied; what the parser got may differ from them in line ends.</summary>
    public virtual ReadOnlySpan<byte> Original(in DeadLetter letter) => letter.Bytes;
}

using Tidemark.Core.Parsing;

namespace Tidemark.Cli.Sources;

/// <summary>Whole lines of a source, in a buffer that the parser may read a little past.</summary>
internal sealed class LineBlock
{
    /// <summary>Room for the longest record that is kept whole, one byte more to tell it is too long, and its line end.</summary>
    private const int LeastCapacity = EventParser.MaxRecordBytes + 2;

    public LineBlock(int wantedBytes) => Buffer = new byte[Math.Max(wantedBytes, LeastCapacity) + EventParser.Padding];

    /// <summary>The text, then <see cref="EventParser.Padding"/> bytes.</summary>
    public byte[] Buffer { get; }

    /// <summary>Bytes of text that fit.</summary>
    public int Capacity => Buffer.Length - EventParser.Padding;

    /// <summary>Bytes of text.</summary>
    public int Length { get; set; }

    /// <summary>Number of the block in its source, from 0.</summary>
    public long Sequence { get; set; }

    /// <summary>When its records are taken to have arrived, epoch milliseconds.</summary>
    public long ArrivalMs { get; set; }
}

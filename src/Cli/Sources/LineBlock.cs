using Tidemark.Cli.Run;
using Tidemark.Core.Parsing;
using Tidemark.Engine;

namespace Tidemark.Cli.Sources;

/// <summary>Whole lines of a source, in a buffer that the parser may read a little past.</summary>
internal sealed class LineBlock : RecordBlock
{
    /// <summary>Room for the longest record that is kept whole, one byte more to tell it is too long, and its line end.</summary>
    private const int LeastCapacity = EventParser.MaxRecordBytes + 2;

    private readonly EventBatch _batch = new() { SkipsPadding = true };
    private readonly BatchReview _review = new();
    private long _firstOffset;
    private long _firstLine;
    private int _applied; // records
    private bool _isBegun;

    public LineBlock(int wantedBytes) => Buffer = new byte[Math.Max(wantedBytes, LeastCapacity) + EventParser.Padding];

    /// <summary>The text, then <see cref="EventParser.Padding"/> bytes.</summary>
    public byte[] Buffer { get; }

    /// <summary>Bytes of text that fit.</summary>
    public int Capacity => Buffer.Length - EventParser.Padding;

    /// <summary>Bytes of text.</summary>
    public int Length { get; set; }

    /// <summary>Where the text ends in its input, in bytes from the input's start.</summary>
    public long End { get; set; }

    /// <summary>Whether the text is the start of one line that is too long, and <see cref="End"/> lies further on.</summary>
    public bool IsCut { get; set; }

    /// <summary>When its records are taken to have arrived, epoch milliseconds.</summary>
    public long ArrivalMs { get; set; }

    /// <summary>What it was read from.</summary>
    public TextInput Input { get; private set; } = null!;

    /// <inheritdoc/>
    public override string SourceName => Input.Name;

    /// <summary>Starts a filling.</summary>
    public void Begin(TextInput input, int partition)
    {
        Input = input;
        Partition = partition;
        _isBegun = false;
        _applied = 0;
        AppliedBytes = 0;
    }

    /// <summary>Takes what another block was filled with.</summary>
    public void CopyFrom(LineBlock other)
    {
        Begin(other.Input, other.Partition);
        other.Buffer.AsSpan(0, other.Length).CopyTo(Buffer);
        (Length, End, IsCut, ArrivalMs) = (other.Length, other.End, other.IsCut, other.ArrivalMs);
    }

    /// <inheritdoc/>
    public override void Parse(EventParser parser, long maxFutureSkewMs)
    {
        parser.ParseLines(Buffer, Length, ArrivalMs + maxFutureSkewMs, _batch);
        _review.Begin(_batch);
    }

    /// <inheritdoc/>
    public override bool Apply(WindowEngine engine)
    {
        if (!_isBegun)
        {
            (_isBegun, _firstOffset, _firstLine) = (true, engine.Partitions[Partition].Next, Input.Lines);
        }

        _applied = engine.Apply(Partition, _batch, _firstOffset, _applied);
        return IsApplied;
    }

    /// <inheritdoc/>
    public override long NumberOf(long offset) => offset - _firstOffset + _firstLine;

    /// <inheritdoc/>
    protected override string Unit => Input.RecordsAre;

    /// <inheritdoc/>
    public override (long TimeMs, (long TimeMs, long Offset)? Latest) Times(long offset) => Times(_batch, _firstOffset, offset);

    /// <inheritdoc/>
    public override void Review(RunReview review) =>
        review.Add(Partition, _batch, _review, index => PlaceOf(_firstOffset + _batch.Records[index].Index));

    /// <summary>Whether all its records are applied.</summary>
    public bool IsApplied => _applied == _batch.Count;

    /// <summary>Bytes of text whose lines are applied, as far as that was noted.</summary>
    public int AppliedBytes { get; private set; }

    /// <summary>Notes in the input how far the block is applied.</summary>
    public void NoteProgress()
    {
        int bytes = IsApplied ? Length : _batch.Records[_applied].LineOffset;
        Input.Lines = _firstLine + (IsApplied ? _batch.Lines : _batch.Records[_applied].Index);
        if (Input.Trace is { } trace)
        {
            if (IsCut)
            {
                trace.Append(trace.Position, Buffer.AsSpan(0, EventParser.MaxRecordBytes + 1));
                trace.PassOver(End);
                Input.IsWithinLine = true;
            }
            else
            {
                NoteText(trace, End - Length, bytes);
                Input.IsWithinLine = !trace.IsAtLineEnd;
            }
        }

        AppliedBytes = bytes;
        Input.AddPadding(IsApplied ? _batch.PaddingBytes : 0);
    }

    private void NoteText(TextTrace trace, long start, int bytes)
    {
        // A byte order mark is no part of a block, and still of the file.
        if (start == LineBlockReader.ByteOrderMark.Length && trace.Position == 0)
        {
            trace.Append(0, LineBlockReader.ByteOrderMark);
        }

        trace.Append(start + AppliedBytes, Buffer.AsSpan(AppliedBytes, bytes - AppliedBytes));
    }
}

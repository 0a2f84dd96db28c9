using Tidemark.Cli.Run;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Core.Watermarks;
using Tidemark.Engine;

namespace Tidemark.Cli.Sources;

/// <summary>Whole lines of a source, in a buffer that the parser may read a little past.</summary>
internal sealed class LineBlock : RecordBlock
{
    /// <summary>Room for the longest record that is kept whole, one byte more to tell it is too long, and its line end.</summary>
    private const int LeastCapacity = EventParser.MaxRecordBytes + 2;

    private readonly EventBatch _batch = new() { SkipsPadding = true };
    private readonly BatchReview _review = new();
    private readonly List<(int Index, long TimeMs)> _jumps = []; // records that were rejected because they jumped
    private long _firstOffset;
    private long _firstLine;
    private int _applied; // records
    private int _decided; // records that may be applied
    private bool _isBegun;

    public LineBlock(int wantedBytes)
        : this(new byte[Math.Max(wantedBytes, LeastCapacity) + EventParser.Padding])
    {
    }

    private LineBlock(byte[] buffer) => Buffer = buffer;

    /// <summary>The text, then <see cref="EventParser.Padding"/> bytes.</summary>
    public byte[] Buffer { get; private set; }

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
        _decided = 0;
        _jumps.Clear();
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

        _applied = engine.Apply(Partition, _batch, _firstOffset, _applied, _decided);
        return IsApplied;
    }

    /// <inheritdoc/>
    public override bool Decide(PartitionCursor cursor, in JumpRule rule, IEnumerable<RecordBlock> following)
    {
        if (_applied == _decided)
        {
            // Once all before it is applied, the cursor has the latest time; and nearly always nothing in the block is far ahead of it.
            _decided = _review.MaxTimeMs != EventTime.None && rule.MaxJumpMs is { } maxJumpMs
                && ForwardJump.IsJump(_review.MaxTimeMs, cursor.MaxEventTimeMs, maxJumpMs)
                ? FirstUndecided(cursor.MaxEventTimeMs, maxJumpMs, rule, following) : _batch.Count;
        }

        return _applied < _decided || IsApplied;
    }

    /// <inheritdoc/>
    public override bool IsKept => Input.Trace is not null;

    /// <summary>
    /// Lets another block have the buffer, which is large, and keeps the text in one of its size: for a block that waits for what follows.
    /// </summary>
    public LineBlock Detach()
    {
        LineBlock other = new(Buffer);
        Buffer = Buffer[..(Length + EventParser.Padding)];
        _batch.MoveTo(Buffer.AsMemory(0, Length));
        return other;
    }

    /// <inheritdoc/>
    public override long? JumpMs(long offset)
    {
        int jump = _jumps.FindIndex(jump => _firstOffset + _batch.Records[jump.Index].Index == offset);
        return jump < 0 ? null : _jumps[jump].TimeMs;
    }

    /// <inheritdoc/>
    public override long NumberOf(long offset) => offset - _firstOffset + _firstLine;

    /// <inheritdoc/>
    protected override string Unit => Input.RecordsAre;

    /// <inheritdoc/>
    public override (long TimeMs, (long TimeMs, long Offset)? Latest) Times(long offset) => Times(_batch, _firstOffset, offset);

    /// <inheritdoc/>
    public override void Review(RunReview review)
    {
        if (_jumps.Count > 0)
        {
            _review.Begin(_batch);
        }

        review.Add(Partition, _batch, _review, index => PlaceOf(_firstOffset + _batch.Records[index].Index));
    }

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

    /// <summary>Decides about the records that were not applied yet, in order, and rejects those that jumped alone.</summary>
    /// <returns>The index of the first that only what is still to come can decide; the number of records when there is none.</returns>
    private int FirstUndecided(long latestMs, long maxJumpMs, in JumpRule rule, IEnumerable<RecordBlock> following)
    {
        for (int i = _applied; i < _batch.Count; i++)
        {
            ref readonly EventRecord record = ref _batch.Records[i];
            long timeMs = record.TimestampMs;
            if (record.Outcome != RecordOutcome.Counted)
            {
                continue;
            }

            // What arrives live just after its time has a clock that is right, however long nothing came before.
            bool isCredible = Input.ArrivedMs is null && ArrivalMs - timeMs <= maxJumpMs;
            if (ForwardJump.IsJump(timeMs, latestMs, maxJumpMs) && !isCredible)
            {
                bool? stands = Stands(i, latestMs, maxJumpMs, rule, following);
                if (stands is null)
                {
                    return i;
                }

                if (stands == false)
                {
                    ArrivalCheck.RejectFuture(_batch, i);
                    _jumps.Add((i, timeMs));
                    continue;
                }
            }

            latestMs = Math.Max(latestMs, timeMs);
        }

        return _batch.Count;
    }

    /// <summary>Whether the lines after a jump stay there; null while too few of them are known.</summary>
    private bool? Stands(int index, long latestMs, long maxJumpMs, in JumpRule rule, IEnumerable<RecordBlock> following)
    {
        long jumpMs = _batch.Records[index].TimestampMs;
        int endLine = _batch.Records[index].Index + 1 + ForwardJump.LinesToConfirm;
        (int events, int fallBack) = ForwardJump.Count(_batch, index + 1, endLine, jumpMs, maxJumpMs);
        int lines = _batch.Lines;
        foreach (EventBatch batch in following.Select(block => ((LineBlock)block)._batch).TakeWhile(_ => lines < endLine))
        {
            (int more, int moreFallBack) = ForwardJump.Count(batch, 0, endLine - lines, jumpMs, maxJumpMs);
            (events, fallBack, lines) = (events + more, fallBack + moreFallBack, lines + batch.Lines);
        }

        bool stands = !ForwardJump.IsRefuted(latestMs, events, fallBack);
        return rule.Confirms || lines >= endLine || (!stands && latestMs != EventTime.None) ? stands : null;
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

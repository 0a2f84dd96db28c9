using Tidemark.Cli.Sources;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Engine;

namespace Tidemark.Cli.Run;

/// <summary>An example of records of one kind: where it is, and how it begins.</summary>
/// <param name="Place">Such as <c>line 3 of input.ndjson</c>.</param>
/// <param name="Text">Its first bytes.</param>
/// <param name="TimeMs">Its event time, epoch milliseconds, or <see cref="EventTime.None"/>.</param>
internal sealed record RecordExample(string Place, byte[] Text, long TimeMs);

/// <summary>
/// What a run has seen of its records that a person wants to know when much of them was not counted: the first of each kind, and what moved
/// the clock.
/// </summary>
internal sealed class RunReview
{
    /// <summary>How much of a record is kept, in bytes.</summary>
    public const int MaxExampleBytes = 4096;

    private readonly RecordExample?[] _examples = new RecordExample?[RecordOutcomeNames.Count];
    private readonly Dictionary<int, (long TimeMs, string Place)> _clocks = [];

    /// <summary>The first event time, epoch milliseconds, or <see cref="EventTime.None"/>.</summary>
    public long MinTimeMs { get; private set; } = EventTime.None;

    /// <summary>The last event time, epoch milliseconds, or <see cref="EventTime.None"/>.</summary>
    public long MaxTimeMs { get; private set; } = EventTime.None;

    /// <summary>Purchases, late ones included.</summary>
    public long Purchases { get; private set; }

    /// <summary>Purchases without an amount that can be counted.</summary>
    public long WithoutAmount { get; private set; }

    /// <summary>The first of them.</summary>
    public RecordExample? FirstWithoutAmount { get; private set; }

    /// <summary>The record that had moved the clock when the first late event came.</summary>
    public (long TimeMs, string Place)? Clock { get; private set; }

    /// <summary>The first record of an outcome.</summary>
    public RecordExample? ExampleOf(RecordOutcome outcome) => _examples[(int)outcome];

    /// <summary>Notes a record that is not counted, while its block is applied.</summary>
    public void Note(in DeadLetter letter, ReadOnlySpan<byte> value, RecordBlock block)
    {
        if (_examples[(int)letter.Reason] is not null)
        {
            return;
        }

        long timeMs = block.JumpMs(letter.Offset) ?? EventTime.None;
        if (letter.Reason == RecordOutcome.Late)
        {
            (timeMs, (long TimeMs, long Offset)? latest) = block.Times(letter.Offset);
            Clock = _clocks.TryGetValue(letter.Partition, out (long TimeMs, string Place) known) ? known : null;
            if (latest is { } inBlock && (Clock is null || inBlock.TimeMs > Clock.Value.TimeMs))
            {
                Clock = (inBlock.TimeMs, block.PlaceOf(inBlock.Offset));
            }
        }

        _examples[(int)letter.Reason] =
            new RecordExample(block.PlaceOf(letter.Offset), value[..Math.Min(value.Length, MaxExampleBytes)].ToArray(), timeMs);
    }

    /// <summary>Notes a batch that is applied.</summary>
    /// <param name="partition">Its partition.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="review">What was seen in it.</param>
    /// <param name="placeOf">Where the record of an index is.</param>
    public void Add(int partition, EventBatch batch, BatchReview review, Func<int, string> placeOf)
    {
        if (review.MaxTimeMs == EventTime.None)
        {
            return;
        }

        MinTimeMs = MinTimeMs == EventTime.None ? review.MinTimeMs : Math.Min(MinTimeMs, review.MinTimeMs);
        MaxTimeMs = Math.Max(MaxTimeMs, review.MaxTimeMs);
        Purchases += review.Purchases;
        WithoutAmount += review.WithoutAmount;
        if (!_clocks.TryGetValue(partition, out (long TimeMs, string Place) clock) || review.MaxTimeMs > clock.TimeMs)
        {
            _clocks[partition] = (review.MaxTimeMs, placeOf(review.MaxIndex));
        }

        if (review.WithoutAmount > 0 && FirstWithoutAmount is null)
        {
            ReadOnlySpan<byte> line = batch.Line(batch.Records[review.FirstWithoutAmount]);
            FirstWithoutAmount = new RecordExample(
                placeOf(review.FirstWithoutAmount), line[..Math.Min(line.Length, MaxExampleBytes)].ToArray(), EventTime.None);
        }
    }
}

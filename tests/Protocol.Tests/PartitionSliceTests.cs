using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;
using Tidemark.Support.States;

namespace Tidemark.Protocol.Tests;

public class PartitionSliceTests
{
    private static readonly Dictionary<long, long> NotFrozen = [];

    // W(p) = 10:00 - 0:10 - 1 ms, lateness 5 min: the pane [4, 5) is late from 9:59.999 on; it was at 9:49.999.
    [Fact]
    public void Read_EventPastLateness_Late()
    {
        PartitionSlice slice = Read(Given.Event(0, 10), Given.Event(1, 3.5), Given.Event(2, 4.5), Given.Event(3, 10.2), Given.Event(4, 4.5));
        Assert.Equal(3, slice.CountOf(RecordOutcome.Counted));
        Assert.Equal([(1L, Given.Minute(3)), (4L, Given.Minute(4))], slice.Rejects.Select(reject => (reject.Offset, reject.MissedPaneMs!.Value)));
    }

    [Fact]
    public void Read_FrozenShard_RowsFromItsNextAreLate()
    {
        PartitionSlice slice = PartitionSlice.Read(
            Given.Open(), Given.Parse(Given.Event(0, 0.1), Given.Event(1, 0.2), Given.Event(2, 0.3)), 2, Given.Options, new Dictionary<long, long> { [Given.Hour] = 1 });
        Assert.Equal(0, slice.LastRows[Given.Hour]);
        Assert.Equal(2, slice.CountOf(RecordOutcome.Late));
    }

    [Fact]
    public void Read_BlankAndMissing_AddUp()
    {
        PartitionSlice slice = PartitionSlice.Read(
            Given.Open(), Given.Parse(Given.Event(1, 0.1), Given.Text(2, " \n "), Given.Text(4, ""), Given.Text(5, "{")), 6, Given.Options, NotFrozen);
        PartitionAdvance step = slice.Advance(Given.Hour);
        Assert.Equal((2L, 3L, 1L, 1L), (step.Blank, step.Missing, step.Outcomes[(int)RecordOutcome.Counted], step.Outcomes[(int)RecordOutcome.MalformedJson]));
        PartitionState state = Given.Open();
        state.Advance(step);
        Assert.Equal(7, state.Next);
    }

    [Fact]
    public void Partial_Trimmed_OnlyRowsFromThere()
    {
        PartitionSlice slice = Read(Given.Event(0, 0.1), Given.Event(1, 1.1), Given.Event(2, 0.2), Given.Event(3, 0.3));
        Assert.Equal([3, 2, 1], new long[] { 0, 1, 3 }.Select(from => AccumulatorCodec.Decode(slice.Partial(Given.Hour, from), Given.Options.Limits).TotalEvents));
        Assert.Null(slice.Partial(Given.Hour, 4));
    }

    [Fact]
    public void Read_MorePanesThanFit_EndsBefore()
    {
        KafkaValue[] values = [.. Enumerable.Range(0, 300).Select(i => Given.Event(i, i))];
        PartitionSlice slice = Read(values);
        Assert.Equal((PartitionSlice.MaxPanes - 1, PartitionSlice.MaxPanes), (slice.To, slice.LastRows.Count));
        PartitionState state = Given.Open();
        state.Advance(slice.Advance(Given.Hour));
        Assert.Equal(PartitionSlice.MaxPanes, state.Next);
    }

    [Fact]
    public void Parse_LineEndsInValue_OneRecord()
    {
        PartitionSlice slice = Read(
            Given.Text(0, "{\n\"timestamp\":\r\n" + Given.Minute(0.5) + ",\n\"event_type\":\"click\"\n}\n"),
            Given.Text(1, "{\"timestamp\":\"2026\n\",\"event_type\":\"click\"}"),
            Given.Text(2, "{\"timestamp\":" + Given.Minute(0.5) + ",\"event_type\":\"click\"}\n{\"timestamp\":1,\"event_type\":\"click\"}"));
        Assert.Equal(1, slice.CountOf(RecordOutcome.Counted));
        Assert.Equal(2, slice.CountOf(RecordOutcome.MalformedJson));
    }

    [Fact]
    public void Parse_FutureByItsOwnArrival_Rejected()
    {
        string text = "{\"timestamp\":" + Given.Minute(6) + ",\"event_type\":\"click\"}";
        PartitionSlice slice = Read(Given.Text(0, text, arrivedAt: 0), Given.Text(1, text, arrivedAt: 1));
        Assert.Equal([0L], slice.Rejects.Where(reject => reject.Reason == RecordOutcome.FutureTimestamp).Select(reject => reject.Offset));
        Assert.Equal(1, slice.CountOf(RecordOutcome.Counted));
    }

    [Fact]
    public void Parse_OverOneMegabyte_TooLarge()
    {
        PartitionSlice slice = Read(Given.Text(0, new string(' ', EventParser.MaxRecordBytes + 1)), Given.Event(1, 0.5));
        Assert.Equal((1, 1), (slice.CountOf(RecordOutcome.TooLarge), slice.CountOf(RecordOutcome.Counted)));
    }

    private static PartitionSlice Read(params KafkaValue[] values) =>
        PartitionSlice.Read(Given.Open(), Given.Parse(values), values[^1].Offset, Given.Options, NotFrozen);
}

using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;
using Tidemark.Support.States;

namespace Tidemark.Protocol.Tests;

public class PartitionSliceTests
{
    // W(p) = 10:00 - 0:10 - 1 ms, lateness 5 min: the pane [4, 5) is late from 9:59.999 on; it was at 9:49.999.
    [Fact]
    public void Read_EventPastLateness_Late()
    {
        PartitionSlice slice = Given.Slice(Given.Event(0, 10), Given.Event(1, 3.5), Given.Event(2, 4.5), Given.Event(3, 10.2), Given.Event(4, 4.5));
        Assert.Equal(3, slice.CountOf(RecordOutcome.Counted));
        Assert.Equal([(1L, Given.Minute(3)), (4L, Given.Minute(4))], slice.Rejects.Select(reject => (reject.Offset, reject.MissedMinuteMs!.Value)));
    }

    [Fact]
    public void Read_FrozenShard_RowsFromItsNextAreLate()
    {
        PartitionSlice slice = Given.Slice(
            Given.Open(), 2, new Dictionary<long, long> { [Given.Hour] = 1 }, Given.Event(0, 0.1), Given.Event(1, 0.2), Given.Event(2, 0.3));
        Assert.Equal(0, Assert.Single(slice.Panes).LastRow);
        Assert.Equal(2, slice.CountOf(RecordOutcome.Late));
    }

    [Fact]
    public void Read_BlankAndMissing_AddUp()
    {
        PartitionSlice slice = Given.Slice(Given.Open(), 6, null, Given.Event(1, 0.1), Given.Text(2, " \n "), Given.Text(4, ""), Given.Text(5, "{"));
        PartitionAdvance step = slice.Advance(Given.Hour);
        Assert.Equal(2L, step.Blank);
        Assert.Equal(3L, step.Missing);
        Assert.Equal(1L, step.Outcomes[(int)RecordOutcome.Counted]);
        Assert.Equal(1L, step.Outcomes[(int)RecordOutcome.MalformedJson]);
        PartitionState state = Given.Open();
        state.Advance(step);
        Assert.Equal(7, state.Next);
    }

    [Fact]
    public void RowsFrom_Trimmed_OnlyRowsFromThere()
    {
        PartitionSlice slice = Given.Slice(Given.Event(0, 0.1), Given.Event(1, 1.1), Given.Event(2, 0.2), Given.Event(3, 0.3));
        SliceReader reader = new(Given.Options);
        Assert.Equal([3, 2, 1], new long[] { 0, 1, 3 }.Select(
            from => AccumulatorCodec.Decode(reader.RowsFrom(slice, Given.Hour, from), Given.Options.Limits).TotalEvents));
        Assert.Equal(slice.Panes[0].Rows, reader.RowsFrom(slice, Given.Hour, 0));
        Assert.Null(reader.RowsFrom(slice, Given.Hour, 4));
    }

    [Fact]
    public void Read_MorePanesThanFit_EndsBefore()
    {
        KafkaValue[] values = [.. Enumerable.Range(0, 300).Select(i => Given.Event(i, i))];
        PartitionSlice slice = Given.Slice(values);
        Assert.Equal(PartitionSlice.MaxPanes - 1, slice.To);
        Assert.Equal(PartitionSlice.MaxPanes, slice.Panes.Count);
        PartitionState state = Given.Open();
        state.Advance(slice.Advance(Given.Hour));
        Assert.Equal(PartitionSlice.MaxPanes, state.Next);
    }

    [Fact]
    public void Parse_LineEndsInValue_OneRecord()
    {
        PartitionSlice slice = Given.Slice(
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
        PartitionSlice slice = Given.Slice(Given.Text(0, text, arrivedAt: 0), Given.Text(1, text, arrivedAt: 1));
        Assert.Equal([0L], slice.Rejects.Where(reject => reject.Reason == RecordOutcome.FutureTimestamp).Select(reject => reject.Offset));
        Assert.Equal(1, slice.CountOf(RecordOutcome.Counted));
    }

    [Fact]
    public void Parse_OverOneMegabyte_TooLarge()
    {
        PartitionSlice slice = Given.Slice(Given.Text(0, new string(' ', EventParser.MaxRecordBytes + 1)), Given.Event(1, 0.5));
        Assert.Equal(1, slice.CountOf(RecordOutcome.TooLarge));
        Assert.Equal(1, slice.CountOf(RecordOutcome.Counted));
    }
}

using System.Text.Json;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Support.States;

namespace Tidemark.Protocol.Tests;

public class PartitionStateTests
{
    [Fact]
    public void Open_Twice_FirstWins()
    {
        PartitionState state = Given.Open(7, Given.Hour);
        state.Open(9, Given.Hour + 1, Given.Hour);
        Assert.Equal(7, state.Start);
        Assert.Equal(7, state.Next);
        Assert.Equal(Given.Hour, state.WatermarkMs);
    }

    [Fact]
    public void Open_AfterAdvance_NoEffect()
    {
        PartitionState state = Given.Applied(0.5, 0.6);
        state.Open(0, EventTime.None, Given.Hour);
        Assert.Equal(2, state.Next);
    }

    [Fact]
    public void Advance_Duplicated_TakenOnce()
    {
        PartitionState state = Given.Open();
        PartitionAdvance step = Given.Step(state, 4);
        state.Advance(step);
        state.Advance(step);
        Assert.Equal(5, state.Next);
        Assert.Equal(5, state.Counted);
        Assert.Equal(5, state.Marks[Given.Hour]);
    }

    [Fact]
    public void Advance_SawLowerWatermark_NoEffect()
    {
        PartitionState state = Given.Open();
        PartitionAdvance step = Given.Step(state, 4);
        state.Lift(0, Given.Hour);
        state.Advance(step);
        Assert.Equal(0, state.Next);
    }

    [Fact]
    public void Advance_NotOpen_NoEffect()
    {
        PartitionState state = new();
        state.Advance(Given.Step(state, 4));
        Assert.False(state.IsChanged);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(6)]
    public void Advance_DoesNotAddUp_NoEffect(long counted)
    {
        PartitionState state = Given.Open();
        state.Advance(Given.Step(state, 4, counted: counted));
        Assert.Equal(0, state.Next);
    }

    [Fact]
    public void Advance_MarkBeyondStep_NoEffect()
    {
        PartitionState state = Given.Open();
        state.Advance(Given.Step(state, 4) with { Marks = new Dictionary<long, long> { [Given.Hour] = 6 } });
        Assert.Equal(0, state.Next);
    }

    [Fact]
    public void Advance_LowerWatermark_NoEffect()
    {
        PartitionState state = Given.Open(0, Given.Hour);
        state.Advance(Given.Step(state, 4, Given.Hour - 1));
        Assert.Equal(0, state.Next);
    }

    [Fact]
    public void Advance_TooManyMarks_NoEffect()
    {
        PartitionState state = Given.Open();
        Dictionary<long, long> marks = Enumerable.Range(0, PartitionState.MaxMarks + 1).ToDictionary(i => Given.Minute(i), _ => 5L);
        state.Advance(Given.Step(state, 4) with { Marks = marks });
        Assert.Equal(0, state.Next);
    }

    [Fact]
    public void Advance_Null_NoEffect()
    {
        PartitionState state = Given.Open();
        byte[] before = state.Encode();
        state.Advance(null);
        state.Advance(Given.Step(state, 4) with { Marks = null! });
        state.Advance(Given.Step(state, 4) with { Outcomes = [] });
        Assert.Equal(before, state.Encode());
    }

    [Fact]
    public void Lift_NextMoved_NoEffect()
    {
        PartitionState state = Given.Applied(0.5);
        long watermark = state.WatermarkMs;
        state.Lift(0, Given.Minute(9));
        Assert.Equal(watermark, state.WatermarkMs);
    }

    [Fact]
    public void Lift_Lower_NoEffect()
    {
        PartitionState state = Given.Applied(0.5);
        long watermark = state.WatermarkMs;
        state.Lift(1, watermark - 1);
        Assert.Equal(watermark, state.WatermarkMs);
        state.Lift(1, watermark + 1);
        Assert.Equal(watermark + 1, state.WatermarkMs);
    }

    [Fact]
    public void Prune_FinalPanes_MarksOfOthersStay()
    {
        PartitionState state = Given.Applied(0.5, 1.5, 2.5);
        state.Prune(Given.Minute(2));
        Assert.Equal([Given.Minute(2)], state.Marks.Keys);
    }

    [Fact]
    public void Decode_Encoded_Equal()
    {
        PartitionState state = Given.Applied(10, 0.5, 11, 4.5, 12);
        Assert.Equal(2, state.CountOf(RecordOutcome.Late));
        PartitionState decoded = PartitionState.Decode(state.Encode());
        Assert.Equal(state.Encode(), decoded.Encode());
        Assert.Equal(state.Next, decoded.Next);
        Assert.Equal(state.WatermarkMs, decoded.WatermarkMs);
        Assert.Equal(state.MaxEventTimeMs, decoded.MaxEventTimeMs);
        Assert.Equal(state.Marks, decoded.Marks);
        Assert.Equal(state.Late, decoded.Late);
    }

    [Fact]
    public void Advance_RecordsNotCounted_KeepsTheLastOffsetOfEachReason()
    {
        PartitionState state = Given.Open();
        state.Advance(Given.Slice(Given.Text(0, "{"), Given.Event(1, 9), Given.Text(2, "{"), Given.Event(3, 1)).Advance(Given.Hour));
        state.Advance(Given.Slice(state, 5, null, Given.Event(4, 9), Given.Event(5, 1)).Advance(Given.Hour));
        PartitionState decoded = PartitionState.Decode(state.Encode());
        Assert.Equal(2, decoded.LastOffsetOf(RecordOutcome.MalformedJson));
        Assert.Equal(5, decoded.LastOffsetOf(RecordOutcome.Late));
        Assert.Null(decoded.LastOffsetOf(RecordOutcome.BadTimestamp));
    }

    [Theory]
    [InlineData(RecordOutcome.Late, 5)]
    [InlineData(RecordOutcome.Late, -1)]
    [InlineData(RecordOutcome.Counted, 0)]
    [InlineData((RecordOutcome)99, 0)]
    public void Advance_ExampleThatCannotBe_NoEffect(RecordOutcome reason, long offset)
    {
        PartitionState state = Given.Open();
        state.Advance(Given.Step(state, 4) with { LastUncounted = new Dictionary<RecordOutcome, long> { [reason] = offset } });
        Assert.Equal(0, state.Next);
    }

    // A state without the field is that of an earlier version: the field is the last one, a count of zero.
    [Fact]
    public void Decode_StateOfBeforeTheExamples_ReadsAndGoesOn()
    {
        byte[] state = Given.Applied(0.5, 1.5).Encode();
        Assert.Equal(0, state[^9]);
        PartitionState older = PartitionState.Decode(RandomBytesTests.Sealed([.. state[..^9], .. state[^8..]]));
        Assert.Null(older.LastOffsetOf(RecordOutcome.Late));
        older.Advance(Given.Slice(older, 2, null, Given.Text(2, "{")).Advance(Given.Hour));
        Assert.Equal(2, PartitionState.Decode(older.Encode()).LastOffsetOf(RecordOutcome.MalformedJson));
    }

    [Fact]
    public void AdvanceAsJson_AllCounted_IsNoLonger()
    {
        PartitionState state = Given.Open();
        PartitionAdvance step = Given.Slice(Given.Event(0, 0.5)).Advance(Given.Hour);
        Assert.DoesNotContain("LastUncounted", JsonSerializer.Serialize(step), StringComparison.Ordinal);
        Assert.Equal(1, Applied(state, step).Next);
    }

    [Fact]
    public void AdvanceAsJson_Rejects_AreReadBack()
    {
        PartitionAdvance step = Given.Slice(Given.Text(0, "{"), Given.Text(1, "[]")).Advance(Given.Hour);
        PartitionState state = Applied(Given.Open(), step);
        Assert.Equal(0, state.LastOffsetOf(RecordOutcome.MalformedJson));
        Assert.Equal(1, state.LastOffsetOf(RecordOutcome.NotAnObject));
    }

    private static PartitionState Applied(PartitionState state, PartitionAdvance step)
    {
        state.Advance(JsonSerializer.Deserialize<PartitionAdvance>(JsonSerializer.Serialize(step)));
        return state;
    }
}

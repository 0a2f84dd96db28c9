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
}

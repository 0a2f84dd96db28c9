using Tidemark.Core;
using Tidemark.Support.States;

namespace Tidemark.Protocol.Tests;

public class TopicStateTests
{
    private static readonly OffsetVector One = Given.Vector((0, 1));
    private static readonly OffsetVector Two = Given.Vector((0, 2));

    [Fact]
    public void Register_AfterFinal_BornWithWhatIsLate()
    {
        TopicState state = Given.Topic(0);
        state.Final(Given.Minute(3), [0]);
        state.Register(1);
        state.Register(0);
        Assert.True(state.TryGetBirthWatermark(0, out long first));
        Assert.True(state.TryGetBirthWatermark(1, out long second));
        Assert.Equal(EventTime.None, first);
        Assert.Equal(Given.Minute(8) - 1, second);
    }

    [Fact]
    public void Closed_OnlyNextRevisionWithMore_Taken()
    {
        TopicState state = Given.Topic(0);
        state.Closed(Given.Hour, 2, Two);
        Assert.Empty(state.Panes);
        state.Closed(Given.Hour, 1, One);
        state.Closed(Given.Hour, 1, Two);
        state.Closed(Given.Hour, 2, One);
        state.Closed(Given.Hour + 1, 1, One);
        state.Closed(Given.Hour, 2, null);
        Assert.Equal(1, Assert.Single(state.Panes).Value.Revision);
        Assert.Equal(One, state.Panes[Given.Hour].Vector);
        state.Closed(Given.Hour, 2, Two);
        Assert.Equal(2, state.Panes[Given.Hour].Revision);
    }

    [Fact]
    public void Closed_FinalPane_NoEffect()
    {
        TopicState state = Given.Topic(0);
        state.Closed(Given.Hour, 1, One);
        state.Final(Given.Minute(1), [0]);
        state.Closed(Given.Hour, 2, Two);
        Assert.Equal(1, state.Panes[Given.Hour].Revision);
        Assert.Null(state.Panes[Given.Hour].Vector);
    }

    [Fact]
    public void Final_PartitionNotSeen_NoEffect()
    {
        TopicState state = Given.Topic(0, 1);
        state.Final(Given.Minute(1), [0]);
        Assert.Equal(EventTime.None, state.FinalMs);
        state.Final(Given.Minute(1), [0, 1, 2]);
        state.Final(Given.Hour, [0, 1]);
        Assert.Equal(Given.Minute(1), state.FinalMs);
    }

    // Panes at 0 and 2 are closed; all up to 10 is final; 1min 0..1 is written, 2..3 is not.
    [Fact]
    public void FinalBefore_LastRevisionNotPublished_StopsThere()
    {
        TopicState state = Given.Topic(0);
        state.Closed(Given.Hour, 1, One);
        state.Closed(Given.Minute(2), 1, Two);
        state.Published("1min", Given.Minute(1), 1, Given.Minute(2));
        state.Final(Given.Minute(10), [0]);
        Assert.Equal(Given.Minute(2), state.Family("1min")!.FinalBeforeMs);
        Assert.Equal(Given.Hour, state.Family("5min")!.FinalBeforeMs);
        state.Published("1min", Given.Minute(3), 1, Given.Minute(2));
        Assert.Equal(Given.Minute(10), state.Family("1min")!.FinalBeforeMs);
    }

    [Fact]
    public void Panes_AllWindowsFinal_Forgotten()
    {
        TopicState state = Given.Topic(0);
        state.Closed(Given.Minute(59), 1, One);
        state.Final(Given.Minute(66), [0]);
        state.Published("1min", Given.Minute(60), 1, EventTime.None);
        state.Published("1hour", Given.Minute(60), 1, EventTime.None);
        for (int end = 60; end < 65; end++)
        {
            Assert.Single(state.Panes);
            Assert.False(SweepPlan.IsSpentPane(state, Given.Minute(59)));
            state.Published("5min", Given.Minute(end), 1, EventTime.None);
        }

        Assert.Empty(state.Panes);
        Assert.True(SweepPlan.IsSpentPane(state, Given.Minute(59)));
        Assert.False(SweepPlan.IsSpentShard(state, Given.Minute(66)));
    }

    [Fact]
    public void Published_BadInput_NoEffect()
    {
        TopicState state = Given.Topic(0);
        state.Closed(Given.Hour, 1, One);
        byte[] before = state.Encode();
        state.Published("1min", Given.Minute(1), 2, 0);
        state.Published("1min", Given.Minute(1) + 1, 1, 0);
        state.Published("none", Given.Minute(1), 1, 0);
        state.Published(null, Given.Minute(1), 1, 0);
        state.Published("1min", long.MinValue, 1, 0);
        state.Published("1min", long.MaxValue, 1, 0);
        state.Final(long.MaxValue, [0]);
        state.Final(Given.Hour, null);
        state.Register(-1);
        state.Register(int.MaxValue);
        Assert.Equal(before, state.Encode());
    }

    [Fact]
    public void Decode_OtherWindows_NoOperationHasEffect()
    {
        byte[] stored = Given.Topic(0, 1).Encode();
        EngineOptions other = Given.Options with { AllowedLateness = TimeSpan.FromMinutes(6) };
        Assert.True(TopicState.Decode(stored, other).IsOfOtherLayout);
        Assert.Null(TopicState.TryDecode(stored, other));
    }

    // Made by the version before empty windows were written.
    [Fact]
    public void Decode_StateOfAnOlderVersion_KnowsNothingOfEmptyWindows()
    {
        byte[] stored = Convert.FromBase64String(
            "VEMB/5OG5ZqCmOkeAcD58ojAaAGAo/qIwGgDAAABAAUAAwHA09WIwGgBgKP6iMBoAgHA09WIwGgA"
                + "AYCWtIXAaAADwNPViMBoAQDLlvjv4YDIxBeAph0BAQIAyAEEDsCpBwEBAwATAAgDAvauv49+HdqL");
        TopicState state = TopicState.Decode(stored, Given.Options);
        Assert.Equal([0, 1, 5], state.Partitions);
        Assert.Equal([Given.Minute(-3), Given.Minute(1), Given.Minute(2)], state.Panes.Keys);
        Assert.Equal(Given.Minute(1), state.FinalMs);
        Assert.Equal(EventTime.None, state.FirstMs);
        Assert.Null(state.EmptyWindows(state.Family("1min")!, Given.Minute(1), Given.Minute(2)));
        state.Closed(Given.Minute(3), 1, One);
        Assert.Equal(Given.Minute(3), TopicState.Decode(state.Encode(), Given.Options).FirstMs);
    }

    // |x|0|0|x|: closed at 0 and 3. The zeros are done in order, once, and never beyond what is known to be done.
    [Fact]
    public void EmptyPublished_OutOfOrderOrTwice_MovesForwardOnly()
    {
        TopicState state = Given.Topic(0);
        FamilyProgress minute = state.Family("1min")!;
        state.EmptyPublished("1min", Given.Hour, Given.Minute(3), 0);
        Assert.Equal(EventTime.None, state.EmptyFromMs(minute));
        state.Closed(Given.Hour, 1, One);
        state.EmptyPublished("1min", Given.Minute(2), Given.Minute(3), 0);
        state.EmptyPublished("1min", Given.Minute(-2), Given.Minute(3), 0);
        state.EmptyPublished("none", Given.Hour, Given.Minute(3), 0);
        Assert.Equal(Given.Hour, state.EmptyFromMs(minute));
        Assert.Null(state.EmptyWindows(minute, Given.Hour, Given.Minute(3)));
        state.Published("1min", Given.Minute(1), 1, Given.Minute(2));
        Assert.Equal([Given.Minute(2), Given.Minute(3)], state.EmptyWindows(minute, Given.Hour, Given.Minute(3))!.Select(window => window.EndMs));
        state.EmptyPublished("1min", Given.Hour, Given.Minute(3), Given.Minute(3));
        state.EmptyPublished("1min", Given.Hour, Given.Minute(2), Given.Minute(3));
        Assert.Equal(Given.Minute(3), state.EmptyFromMs(minute));
        Assert.True(minute.IsPublished(Given.Minute(2)));
        Assert.Null(state.EmptyWindows(minute, Given.Hour, Given.Minute(3)));
        Assert.Equal(state.Encode(), TopicState.Decode(state.Encode(), Given.Options).Encode());

        state.Closed(Given.Minute(-2), 1, One);
        Assert.Equal(Given.Minute(-2), state.EmptyFromMs(minute));
        state.EmptyPublished("1min", Given.Minute(3), Given.Minute(4), 0);
        Assert.Equal(Given.Minute(-2), state.EmptyFromMs(minute));
    }

    [Fact]
    public void FinalBefore_EmptyWindowNotWritten_StopsThere()
    {
        TopicState state = TopicState.Decode(null, Given.Options with { EmitEmptyWindows = true });
        state.Register(0);
        state.Closed(Given.Hour, 1, One);
        state.Closed(Given.Minute(3), 1, Two);
        state.Published("1min", Given.Minute(1), 1, Given.Minute(2));
        state.Published("1min", Given.Minute(4), 1, Given.Minute(4));
        state.Final(Given.Minute(10), [0]);
        Assert.Equal(Given.Minute(1), state.Family("1min")!.FinalBeforeMs);
        state.EmptyPublished("1min", Given.Minute(1), Given.Minute(2), Given.Minute(4));
        Assert.Equal(Given.Minute(2), state.Family("1min")!.FinalBeforeMs);
        state.EmptyPublished("1min", Given.Minute(2), Given.Minute(3), Given.Minute(4));
        Assert.Equal(Given.Minute(4), state.Family("1min")!.FinalBeforeMs);
    }

    [Fact]
    public void Decode_Encoded_Equal()
    {
        TopicState state = Given.Topic(0, 1, 5);
        state.Closed(Given.Minute(1), 1, Given.Vector((0, 100), (5, 7)));
        state.Closed(Given.Minute(2), 1, Given.Vector((0, 90), (1, 4), (5, 8)));
        state.Closed(Given.Minute(-3), 1, Given.Vector((1, 3)));
        state.Published("1min", Given.Minute(2), 1, Given.Minute(2));
        state.Final(Given.Minute(1), [0, 1, 5]);
        TopicState decoded = TopicState.Decode(state.Encode(), Given.Options);
        Assert.Equal(state.Encode(), decoded.Encode());
        Assert.Equal(state.Panes, decoded.Panes);
        Assert.Equal(state.Family("1min")!.Published, decoded.Family("1min")!.Published);
    }
}

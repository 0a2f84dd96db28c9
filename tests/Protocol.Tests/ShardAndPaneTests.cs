namespace Tidemark.Protocol.Tests;
using Tidemark.Support.States;

public class ShardAndPaneTests
{
    [Fact]
    public void Apply_Duplicated_CountedOnce()
    {
        PaneShard shard = new();
        shard.Apply(0, 9, Given.Rows(10), Given.Options.Limits);
        shard.Apply(0, 9, Given.Rows(10), Given.Options.Limits);
        shard.Apply(5, 20, Given.Rows(3), Given.Options.Limits);
        Assert.Equal(10, shard.Next);
        Assert.Equal(10, shard.Rows(Given.Options.Limits).TotalEvents);
    }

    [Fact]
    public void Apply_AfterGap_Merged()
    {
        PaneShard shard = new();
        shard.Apply(0, 9, Given.Rows(10), Given.Options.Limits);
        shard.Apply(15, 20, Given.Rows(3, 100), Given.Options.Limits);
        Assert.Equal(21, shard.Next);
        Assert.Equal(13, shard.Rows(Given.Options.Limits).TotalEvents);
        Assert.Equal(13, shard.Rows(Given.Options.Limits).Users.Count);
    }

    [Fact]
    public void Apply_Frozen_NoEffect()
    {
        PaneShard shard = new();
        shard.Freeze();
        shard.Apply(0, 9, Given.Rows(10), Given.Options.Limits);
        Assert.Equal(0, shard.Next);
        Assert.True(shard.IsClosed);
        Assert.True(PaneShard.Decode(shard.Encode()).IsClosed);
    }

    [Fact]
    public void Apply_BadInput_NoEffect()
    {
        PaneShard shard = new();
        byte[] corrupt = Given.Rows(3);
        corrupt[^20] ^= 1;
        shard.Apply(0, 9, corrupt, Given.Options.Limits);
        shard.Apply(0, 9, null, Given.Options.Limits);
        shard.Apply(9, 8, Given.Rows(3), Given.Options.Limits);
        shard.Apply(0, long.MaxValue, Given.Rows(3), Given.Options.Limits);
        Assert.False(shard.IsChanged);
    }

    [Fact]
    public void Put_NextRevisionWithMore_Taken()
    {
        PaneState pane = new();
        pane.Put(1, Given.Vector((0, 5)), Given.Rows(5), Given.Options.Limits);
        pane.Put(2, Given.Vector((0, 5), (1, 1)), Given.Rows(6), Given.Options.Limits);
        PaneState decoded = PaneState.Decode(pane.Encode());
        Assert.Equal(2, decoded.Revision);
        Assert.Equal(6, decoded.Rows(Given.Options.Limits).TotalEvents);
        Assert.Equal(pane.Vector, decoded.Vector);
    }

    [Fact]
    public void Put_StaleSameOrLess_NoEffect()
    {
        PaneState pane = new();
        pane.Put(1, Given.Vector((0, 5), (1, 2)), Given.Rows(5), Given.Options.Limits);
        byte[] before = pane.Encode();
        pane.Put(1, Given.Vector((0, 6), (1, 2)), Given.Rows(6), Given.Options.Limits);
        pane.Put(3, Given.Vector((0, 6), (1, 2)), Given.Rows(6), Given.Options.Limits);
        pane.Put(2, Given.Vector((0, 5), (1, 2)), Given.Rows(6), Given.Options.Limits);
        pane.Put(2, Given.Vector((0, 9), (1, 1)), Given.Rows(6), Given.Options.Limits);
        pane.Put(2, Given.Vector((0, 9)), Given.Rows(6), Given.Options.Limits);
        pane.Put(2, null, Given.Rows(6), Given.Options.Limits);
        pane.Put(2, Given.Vector((0, 6), (1, 2)), [1, 2], Given.Options.Limits);
        Assert.Equal(before, pane.Encode());
    }
}

using Tidemark.Core;

namespace Tidemark.Functions.Tests.Proof;

/// <summary>
/// Goal: a partition whose log is no longer the cursor's is stuck, not idle: it holds the watermark until a person decides. Method: the log
/// is truncated or recreated while nothing is left in it; nothing may become due by idleness then.
/// </summary>
public sealed class OtherLogTests
{
    private static readonly EngineOptions Options =
        new() { Windows = [new() { Name = "1min", Size = TimeSpan.FromMinutes(1) }], IdleTimeout = TimeSpan.FromSeconds(30) };

    [Fact]
    public void Tick_SilentPartition_IsIdleAndItsWindowIsWritten()
    {
        Shop shop = ShopWithEvents();
        shop.World.RunFor(TimeSpan.FromMinutes(5));
        Assert.NotEmpty(shop.App.Sinks.Last);
    }

    [Fact]
    public void Tick_LogIsMadeAnew_PartitionIsNotIdle()
    {
        Shop shop = ShopWithEvents();
        shop.App.Log.Recreate();
        shop.World.RunFor(TimeSpan.FromMinutes(5));
        Assert.Empty(shop.App.Sinks.Last);
    }

    [Fact]
    public void Tick_RetentionDeletesAllThatWasNotApplied_PartitionIsNotIdle()
    {
        Shop shop = ShopWithEvents();
        shop.App.Trigger.Stop();
        shop.Click(0);
        shop.App.Log.Truncate(0, shop.App.Log.EndOf(0));
        shop.World.RunFor(TimeSpan.FromMinutes(5));
        Assert.Empty(shop.App.Sinks.Last);
    }

    /// <summary>
    /// One instance has both partitions in its batches.
    /// <code>
    /// p0  r r r r x x x r r     retention deletes what was not applied
    /// p1  r r r r r r r r r     is not held up
    /// </code>
    /// </summary>
    [Fact]
    public void Ingest_LogOfOnePartitionIsNotTheCursors_TheOtherGoesOn()
    {
        Shop shop = ShopWithEvents();
        (long stuck, long before) = (shop.App.Cursor(0).Next, shop.App.Cursor(1).Next);
        shop.Click(0, 3);
        shop.App.Log.Truncate(0, shop.App.Log.EndOf(0));
        shop.Run(TimeSpan.FromSeconds(30), 0, 1);
        shop.World.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal(stuck, shop.App.Cursor(0).Next);
        Assert.Equal(before + 60, shop.App.Cursor(1).Next);
        Assert.Empty(shop.App.Trigger.FailedBatches);
    }

    /// <summary>What the trigger has committed of it meanwhile is read from the broker: nothing is lost by setting it aside.</summary>
    [Fact]
    public void Rescue_LogIsTheCursorsAgain_EveryRecordIsCounted()
    {
        Shop shop = ShopWithEvents();
        shop.App.Rescue.Start();
        long begun = shop.App.Cursor(0).Next;
        shop.App.Log.HideBefore(0, begun + 1); // as a replica that is not in step
        shop.Run(TimeSpan.FromSeconds(30), 0, 1);
        Assert.Equal(begun, shop.App.Cursor(0).Next);
        shop.App.Log.HideBefore(0, 0);
        shop.World.RunFor(TimeSpan.FromSeconds(20));
        Assert.Equal(begun + 60, shop.App.Cursor(0).Next);
        Assert.Equal(shop.App.Log.EndOf(0), shop.App.Cursor(0).Counted);
    }

    private static Shop ShopWithEvents()
    {
        Shop shop = new(1, 2, Options);
        shop.Run(TimeSpan.FromSeconds(10), 0, 1);
        shop.World.RunFor(TimeSpan.FromSeconds(5));
        return shop;
    }
}

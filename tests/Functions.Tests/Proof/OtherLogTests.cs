using Tidemark.Core;

namespace Tidemark.Functions.Tests.Proof;

/// <summary>
/// Goal: a partition whose log is no longer the cursor's is stuck, not idle: it holds the watermark until a person decides. Method: the log is cut or made anew while nothing
/// is left in it; nothing may become due by idleness then.
/// </summary>
public sealed class OtherLogTests
{
    private static readonly EngineOptions Options = new() { Windows = [new() { Name = "1min", Size = TimeSpan.FromMinutes(1) }], IdleTimeout = TimeSpan.FromSeconds(30) };

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

    private static Shop ShopWithEvents()
    {
        Shop shop = new(1, 2, Options);
        shop.Run(TimeSpan.FromSeconds(10), 0, 1);
        shop.World.RunFor(TimeSpan.FromSeconds(5));
        return shop;
    }
}

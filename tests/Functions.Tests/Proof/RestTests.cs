using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Support.Durable;

namespace Tidemark.Functions.Tests.Proof;

/// <summary>
/// Goal: a topic at rest costs next to nothing, and nothing comes later for it. Method: the real timers on the in-memory host, whose meter
/// counts what they read; silences of all lengths before the next event.
/// </summary>
public sealed class RestTests
{
    private const int Partitions = 6;

    private static readonly EngineOptions Hasty = new() { AllowedLateness = TimeSpan.FromMinutes(1) };

    [Fact]
    public void Timers_TopicAtRest_ReadTheStoreAboutOnceAMinute()
    {
        Shop shop = ShopWithTimers(1);
        shop.Run(TimeSpan.FromMinutes(2), 0, 1, 2, 3, 4, 5);
        shop.World.RunFor(TimeSpan.FromMinutes(10));
        shop.App.Host.Meter.Clear();
        shop.World.RunFor(TimeSpan.FromMinutes(10));
        (long reads, _, _) = shop.App.Host.Meter.Sum(HostWork.Read);

        // Each of three timers reads the topic's state and every cursor.
        Assert.InRange(reads / 600.0, 0.1, 3 * (1 + Partitions) / 60.0 * 2);

        // Once a minute each partition is lifted and the topic's finality advances.
        Assert.InRange(shop.App.Host.Meter.Sum(HostWork.Signal).Count, 9 * (1 + Partitions), 11 * (1 + Partitions));
    }

    [Fact]
    public void CloseTimer_LastWindowBecomesDueAtRest_IsWrittenWhenItWouldBe()
    {
        Shop shop = ShopWithTimers(2);
        DateTimeOffset begin = shop.World.Now;
        shop.Run(TimeSpan.FromSeconds(20), 0, 1, 2, 3, 4, 5);
        shop.World.RunUntil(() => shop.Last("1min", begin) is not null, TimeSpan.FromMinutes(3), "the window");

        // Idle since second 19 or 20: after a minute the watermark is 10 s behind the clock, and past the window's end at second 70.
        Assert.InRange((shop.World.Now - begin).TotalSeconds, 78, 90);
    }

    [Fact]
    public void LiveTimer_EventAfterASilence_IsAsFreshAsAnyOther()
    {
        Shop shop = ShopWithTimers(3);
        List<double> delays = [];
        for (int i = 0; i < 40; i++)
        {
            shop.World.RunFor(TimeSpan.FromSeconds(5 + (3.7 * i)));
            DateTimeOffset at = shop.World.Now;
            shop.Click(i % Partitions);
            shop.World.RunUntil(() => shop.App.Sinks.Live.Values.Any(result => result.Window == "1hour"
                && result.TotalEvents > i), TimeSpan.FromSeconds(30), $"event {i}");
            delays.Add((shop.World.Now - at).TotalSeconds);
        }

        Assert.True(delays.Max() < 3, $"{delays.Max()} s");
    }

    [Fact]
    public void Timers_RestsAndEvents_EveryEventIsInAWindow()
    {
        Shop shop = ShopWithTimers(4);
        for (int i = 0; i < 30; i++)
        {
            shop.Click(i % Partitions, 3);
            shop.World.RunFor(TimeSpan.FromSeconds(2 + (7 * (i % 11))));
        }

        shop.World.RunFor(TimeSpan.FromMinutes(10));
        Assert.Equal(90, shop.App.Sinks.Last.Values.Where(result => result.Window == "1min").Sum(result => result.TotalEvents));
        Assert.All(shop.App.Sinks.Last.Values, result => Assert.NotEqual(Phase.Live, result.Phase));
    }

    [Fact]
    public void Timers_BrokerIsAway_TheStoreIsReadAsEver()
    {
        Shop shop = ShopWithTimers(5);
        shop.Run(TimeSpan.FromSeconds(30), 0, 1, 2, 3, 4, 5);
        shop.World.RunFor(TimeSpan.FromMinutes(10));
        shop.App.Log.IsDown = true;
        shop.App.Host.Meter.Clear();
        shop.World.RunFor(TimeSpan.FromMinutes(1));
        Assert.True(shop.App.Host.Meter.Sum(HostWork.Read).Count > 60 * Partitions);
    }

    private static Shop ShopWithTimers(int seed)
    {
        Shop shop = new(seed, Partitions, Hasty);
        shop.App.Live.Start();
        shop.App.Rescue.Start();
        return shop;
    }
}

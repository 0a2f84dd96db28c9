using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;

namespace Tidemark.Dashboard.Tests.Support;

/// <summary>
/// A made-up shop of which every minute is a function of its time: hours and sliding windows are sums of minutes, so that any window, and any
/// range, can be computed anew naively.
/// </summary>
internal static class Shop
{
    public const long Minute = 60_000;

    public const long Hour = 60 * Minute;

    public const long Day = 24 * Hour;

    /// <summary>2026-11-22T00:00:00Z.</summary>
    public const long Midnight = 1_795_305_600_000;

    public static readonly WindowDefinition[] Windows =
    [
        new() { Name = "1min", Size = TimeSpan.FromMinutes(1) },
        new() { Name = "5min", Size = TimeSpan.FromMinutes(5), Slide = TimeSpan.FromMinutes(1) },
        new() { Name = "1hour", Size = TimeSpan.FromHours(1) },
    ];

    private static readonly string[] Pages =
        ["/", "/products", "/search", "/cart", "/deals", "/account", "/checkout", "/help", "/söka", "/p/folding-lamp-12", "/p/wool-blanket-7"];

    private static readonly string[] Countries = ["US", "DE", "GB", "FR", "BR", "IN", "JP", "CA", "SE", "AU", "IT", "ES"];

    /// <summary>The window of a family that starts at a time.</summary>
    public static WindowResult Window(string family, long startMs, Phase phase = Phase.OnTime, long revision = 1, int usersPerMinute = 40)
    {
        long sizeMs = Windows.Single(window => window.Name == family).Kind.SizeMs;
        long minutes = sizeMs / Minute;
        Counts sum = new();
        HyperLogLog users = new();
        for (long minute = startMs / Minute; minute < (startMs / Minute) + minutes; minute++)
        {
            sum.Add(Of(minute));
            for (int user = 0; user < usersPerMinute; user++)
            {
                users.Add(MurmurHash64A.Hash(BitConverter.GetBytes((Mix(minute) + (ulong)(user * 7919)) % 60_000)));
            }
        }

        byte[] sketch = new byte[HyperLogLog.RedisDenseBytes];
        users.WriteRedisDense(sketch);
        return WindowResult.Blank with
        {
            Window = family,
            StartMs = startMs,
            EndMs = startMs + sizeMs,
            Phase = phase,
            Revision = phase == Phase.Live ? 0 : revision,
            Sequence = phase == Phase.Live ? revision : 0,
            WatermarkMs = startMs + sizeMs + 300,
            TotalEvents = sum.Events,
            UniqueUsers = (long)(sum.Views / 3.1) + 1,
            UniqueUsersExact = true,
            UsersSketch = sketch,
            PageViews = sum.Views,
            Clicks = sum.Clicks,
            Purchases = sum.Purchases,
            AddToCarts = sum.Carts,
            Searches = sum.Events - sum.Views - sum.Clicks - sum.Purchases - sum.Carts,
            Revenue = sum.RevenueCents / 100m,
            TopPages = Split(Pages, sum.Views, startMs),
            Devices = Split(["mobile", "desktop", "tablet"], sum.Events, startMs),
            Countries = Split(Countries, sum.Events, startMs),
            EventTypes = new(
                [new("page_view", sum.Views), new("click", sum.Clicks), new("add_to_cart", sum.Carts), new("purchase", sum.Purchases)], 0),
            Averages = sizeMs > Minute ? AveragePerMinute.Zero with { Events = sum.Events / (decimal)minutes } : null,
        };
    }

    /// <summary>The windows of a family that start in a range.</summary>
    public static IEnumerable<WindowResult> Range(string family, long fromMs, long toMs)
    {
        WindowKind kind = Windows.Single(window => window.Name == family).Kind;
        for (long start = EventTime.Floor(fromMs + kind.HopMs - 1, kind.HopMs); start < toMs; start += kind.HopMs)
        {
            yield return Window(family, start);
        }
    }

    /// <summary>What a minute counted.</summary>
    public static Counts Of(long minute)
    {
        ulong random = Mix(minute);
        double hourOfDay = minute % 1440 / 60d;
        double curve = 0.45 + (0.55 * Math.Pow(Math.Sin(Math.PI * Math.Clamp((hourOfDay - 3) / 21, 0, 1)), 1.4)) + (minute / 1440 % 7 * 0.03);
        long views = (long)(curve * (900 + (random % 190)));
        long clicks = views * (20 + (long)(random >> 8) % 9) / 100;
        long carts = views * (5 + (long)(random >> 16) % 3) / 100;
        long purchases = views * (2 + (long)(random >> 24) % 2) / 100;
        return new Counts
        {
            Views = views, Clicks = clicks, Carts = carts, Purchases = purchases,
            Events = views + clicks + carts + purchases + (views / 20),
            RevenueCents = purchases * (4200 + (long)((random >> 32) % 2600)),
        };
    }

    private static Breakdown Split(string[] keys, long total, long seed)
    {
        double weight = keys.Select((_, i) => 1d / (i + 1.3)).Sum();
        KeyCount[] counts = [.. keys.Select((key, i) =>
            new KeyCount(key, (long)(total * (1 / (i + 1.3)) / weight * (0.92 + (Mix(seed + i) % 17 / 100d)))))];
        return new Breakdown([.. counts.OrderByDescending(count => count.Count)], 0);
    }

    private static ulong Mix(long value)
    {
        ulong x = (ulong)value + 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return (x ^ (x >> 31)) >> 1;
    }

    /// <summary>Counts that can be added up.</summary>
    public sealed class Counts
    {
        public long Events { get; set; }

        public long Views { get; set; }

        public long Clicks { get; set; }

        public long Carts { get; set; }

        public long Purchases { get; set; }

        public long RevenueCents { get; set; }

        public void Add(Counts other)
        {
            Events += other.Events;
            Views += other.Views;
            Clicks += other.Clicks;
            Carts += other.Carts;
            Purchases += other.Purchases;
            RevenueCents += other.RevenueCents;
        }
    }
}

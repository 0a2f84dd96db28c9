using FsCheck;
using FsCheck.Fluent;
using Tidemark.Core.Metrics;
using Tidemark.Core.Results;

namespace Tidemark.Sinks.Tests;

/// <summary>Random results, with whatever text and numbers the engine may come to.</summary>
internal static class ResultSamples
{
    private const long FirstMs = -62_104_060_800_000; // 0002-01-01
    private const long LastMs = 253_370_764_800_000; // 9999-01-01

    private static readonly Gen<long> Count =
        Gen.OneOf(Gen.Choose(0, 1000).Select(n => (long)n), Gen.Constant(0L), Gen.Constant(long.MaxValue), Gen.Constant((1L << 53) + 1));

    private static readonly Gen<decimal> Amount =
        from units in Gen.OneOf(Gen.Choose(-1_000_000, 1_000_000).Select(n => (decimal)n),
            Gen.Constant(999_999_999_999_999_999m), Gen.Constant(-999_999_999_999_999_999m))
        select units / 10_000m;

    private static readonly Gen<long> Time =
        from part in Gen.Choose(0, 1_000_000)
        from offset in Gen.Choose(-86_400_000, 86_400_000)
        select Math.Clamp(FirstMs + ((LastMs - FirstMs) / 1_000_000 * part) + offset, FirstMs, LastMs);

    private static readonly string[] Hard =
    [
        "", " ", "\"", "\\", "\0", "\u0001\n\r\t", "</script><b>&'", "phase", "revision",
        "\"phase\":\"live\",\"revision\":5", "ключ", "鍵", "🛒🏴‍☠️", "e\u0301", "\u202Eevil", "\uFFFD",
        "\u2028\u2029", "{tag}", "a:b*c?", "__proto__", "window", new string('x', 512),
    ];

    private static readonly Gen<Breakdown> Map =
        from keys in Gen.OneOf(Gen.Elements(Hard), ArbMap.Default.GeneratorFor<NonNull<string>>().Select(text => Wellformed(text.Get))).ListOf()
        from count in Count
        from error in Count
        select new Breakdown([.. keys.Distinct().Order(StringComparer.Ordinal).Select(key => new KeyCount(key, count))], error);

    private static readonly Gen<AveragePerMinute?> Averages =
        from isThere in Gen.Elements(true, false)
        from amounts in Amount.ArrayOf(5)
        select isThere ? new AveragePerMinute(amounts[0], amounts[1], amounts[2], amounts[3], amounts[4]) : null;

    public static readonly Arbitrary<WindowResult> Any = (
        from start in Time
        from length in Gen.Elements(1L, 500, 60_000, 3_600_000, 31_622_400_000)
        from phase in Gen.Elements(Phase.Live, Phase.OnTime, Phase.Corrected)
        from counts in Count.ArrayOf(8)
        from flags in Gen.Elements(true, false).ArrayOf(3)
        from watermark in Time
        from revenue in Amount
        from averages in Averages
        from maps in Map.ArrayOf(6)
        from added in Gen.Choose(0, 7)
        select new WindowResult
        {
            Window = "1min",
            StartMs = start,
            EndMs = start + length,
            Phase = phase,
            Revision = phase == Phase.Live ? 0 : counts[0],
            Sequence = phase == Phase.Live ? counts[0] : 0,
            WatermarkMs = flags[0] ? watermark : null,
            TotalEvents = counts[1],
            UniqueUsers = counts[2],
            UniqueUsersExact = flags[1],
            UsersSketch = default,
            PageViews = counts[3],
            Clicks = counts[4],
            Purchases = counts[5],
            Revenue = (added & 4) != 0 ? null : revenue,
            RevenueOverflow = flags[2],
            InvalidAmounts = counts[6],
            TopPages = maps[0],
            Devices = maps[1],
            Countries = maps[2],
            EventTypes = maps[3],
            Averages = averages,
            Breakdowns = (added & 1) != 0 ? [new("variant", maps[4]), new("referrer_host", maps[5])] : [],
            Counters = (added & 2) != 0 ? [new("signups", counts[7])] : [],
            Sessions = (added & 2) != 0 ? new(counts[0], counts[1], counts[2], counts[3], 12.5m, 0.001m, 86_400, 0.25m, 0, null) : null,
            RevenueByCurrency = (added & 4) != 0 ? [new("EUR", revenue), new("unknown", 0.0001m)] : null,
        }).ToArbitrary();

    /// <summary>The hardest of everything at once.</summary>
    public static WindowResult Extreme => Samples.MinuteResult(0, long.MaxValue) with
    {
        TotalEvents = long.MaxValue,
        UniqueUsers = long.MaxValue,
        UniqueUsersExact = false,
        Revenue = -99_999_999_999_999.9999m,
        RevenueOverflow = true,
        TopPages = new([.. Hard.Select(key => new KeyCount(key, long.MaxValue))], long.MaxValue),
        Averages = new(99_999_999_999_999.9999m, 0.0001m, 0, -0.0001m, -99_999_999_999_999.9999m),
        WatermarkMs = null,
    };

    /// <summary>The hardest of what a configuration adds.</summary>
    public static WindowResult ExtremeAdded => Samples.MinuteResult(0, long.MaxValue) with
    {
        Breakdowns = [new("variant", new([.. Hard.Select(key => new KeyCount(key, long.MaxValue))], long.MaxValue)), new("empty", Breakdown.Empty)],
        Counters = [new("signups", long.MaxValue), new("none", 0)],
        RevenueByCurrency = [new("äö", -99_999_999_999_999.9999m), new("other", 0.0001m)],
    };

    /// <summary>The engine's keys are never with half a surrogate pair.</summary>
    private static string Wellformed(string text) => System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text));
}

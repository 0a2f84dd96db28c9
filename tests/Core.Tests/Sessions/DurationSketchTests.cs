using Tidemark.Core.Sessions;

namespace Tidemark.Core.Tests.Sessions;

/// <summary>Goal: quantiles within the stated error, whatever was merged and taken away, and after their binary form.</summary>
public sealed class DurationSketchTests
{
    private const long DayMs = 24 * 3_600_000;

    private static readonly decimal[] Shares = [0, 0.01m, 0.25m, 0.5m, 0.75m, 0.95m, 0.999m, 1];

    [Fact]
    public void Quantile_RandomDurations_IsWithinOnePercentOfTheNearestRank()
    {
        Random random = new(1);
        for (int i = 0; i < 200; i++)
        {
            long[] durations = [.. Enumerable.Range(0, random.Next(1, 500)).Select(_ => Duration(random))];
            DurationSketch sketch = Of(durations);

            Array.Sort(durations);
            foreach (decimal share in Shares)
            {
                long exact = durations[Math.Max(0, (int)Math.Ceiling(share * durations.Length) - 1)];
                double error = Math.Abs(sketch.Quantile(share)!.Value - exact);
                Assert.True(error <= DurationSketch.RelativeError * exact, $"{share} of {durations.Length}: {sketch.Quantile(share)} for {exact}");
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(49)]
    public void Quantile_ShortDuration_IsExact(long ms) => Assert.Equal(ms, Of([ms]).Quantile(0.5m));

    [Fact]
    public void Quantile_Empty_IsNone()
    {
        DurationSketch sketch = Of([5]);
        sketch.Add(5, -1);

        Assert.Null(sketch.Quantile(0.5m));
        Assert.Null(new DurationSketch().Quantile(0.5m));
    }

    [Fact]
    public void Merge_PartsInAnyOrderAndTakenAway_AreTheWhole()
    {
        Random random = new(2);
        long[] all = [.. Enumerable.Range(0, 1000).Select(_ => Duration(random))];
        DurationSketch merged = new();
        foreach (long[] part in all.Reverse().Chunk(70))
        {
            merged.Merge(Of(part));
        }

        foreach (long gone in all.Take(300))
        {
            merged.Add(gone, -1);
        }

        Assert.Equal(Shares.Select(share => Of(all[300..]).Quantile(share)), Shares.Select(share => merged.Quantile(share)));
    }

    [Fact]
    public void Add_OutOfRange_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new DurationSketch().Add(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DurationSketch().Add((30 * DayMs) + 1));
        new DurationSketch().Add(30 * DayMs);
    }

    private static DurationSketch Of(long[] durations)
    {
        DurationSketch sketch = new();
        foreach (long duration in durations)
        {
            sketch.Add(duration);
        }

        return sketch;
    }

    private static long Duration(Random random) => random.Next(4) switch
    {
        0 => random.Next(100),
        1 => random.Next(60_000),
        2 => random.NextInt64(DayMs),
        _ => random.NextInt64(30 * DayMs),
    };
}

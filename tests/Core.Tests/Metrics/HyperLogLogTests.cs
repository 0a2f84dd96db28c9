using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Tidemark.Core.Metrics;
using static Tidemark.Core.Tests.Metrics.TestEvents;

namespace Tidemark.Core.Tests.Metrics;

public sealed class HyperLogLogTests
{
    private const double StandardError = 0.008125; // 1.04 / sqrt(16384)

    [Theory]
    [InlineData(100, 400)]
    [InlineData(1_000, 400)]
    [InlineData(10_000, 400)]
    [InlineData(100_000, 100)]
    [InlineData(1_000_000, 30)]
    [InlineData(10_000_000, 5)]
    public void Estimate_ManySeeds_HasTheStandardErrorOfTheory(int distinct, int seeds)
    {
        double[] errors = [.. Enumerable.Range(0, seeds).Select(seed => RelativeError(seed, distinct))];
        double rms = Math.Sqrt(errors.Average(e => e * e));
        double bias = errors.Average();

        // The mean square of s normal errors strays from its expectation by sqrt(2/s) of it, their mean by 1/sqrt(s) of an error.
        Assert.InRange(rms, 0, StandardError * Math.Sqrt(1 + (3 * Math.Sqrt(2.0 / seeds))));
        // Rounding to the unit moves the mean by up to half a one, which shows at 100 (0.3 registers shared on average, rounded away).
        Assert.InRange(Math.Abs(bias), 0, (3.5 * StandardError / Math.Sqrt(seeds)) + (0.5 / distinct));
        Assert.InRange(errors.Max(Math.Abs), 0, 4 * StandardError);

        // Of normal errors 0.27 % are beyond three standard errors: 1.1 of 400.
        Assert.InRange(errors.Count(e => Math.Abs(e) > 3 * StandardError), 0, 1 + (seeds / 100));
    }

    [Fact]
    public void Estimate_RealUserIds_IsWithinThreeStandardErrors()
    {
        HyperLogLog sketch = new();
        for (int i = 1; i <= 200_000; i++)
        {
            sketch.Add(MurmurHash64A.Hash(Encoding.UTF8.GetBytes("user-" + i)));
            if (i is 100 or 1_000 or 10_000 or 50_000 or 200_000)
            {
                Assert.InRange(sketch.Estimate(), i * (1 - (3 * StandardError)), i * (1 + (3 * StandardError)));
            }
        }
    }

    [Fact]
    public void Estimate_Empty_IsZero() => Assert.Equal(0, new HyperLogLog().Estimate());

    [Fact]
    public void Estimate_EveryRegisterFull_SaturatesInsteadOfThrowing()
    {
        HyperLogLog sketch = new();
        for (ulong register = 0; register < HyperLogLog.RegisterCount; register++)
        {
            sketch.Add(register);
        }

        Assert.Equal(long.MaxValue, sketch.Estimate());
    }

    [Theory]
    [InlineData(0UL, 0, 51)]
    [InlineData(0x3FFFUL, 0x3FFF, 51)]
    [InlineData(0x4000UL, 0, 1)]
    [InlineData(0x8005UL, 5, 2)]
    [InlineData(0x8000000000000001UL, 1, 50)]
    [InlineData(ulong.MaxValue, 0x3FFF, 1)]
    public void Add_KnownHash_SetsTheRegisterThatRedisWould(ulong hash, int register, int rank)
    {
        HyperLogLog sketch = new();
        sketch.Add(hash);
        Assert.Equal(rank, sketch.Registers[register]);
        Assert.Equal(HyperLogLog.RegisterCount - 1, sketch.Registers.Count((byte)0));
    }

    [Fact]
    public void Merge_AnyTwoSets_EqualsTheSketchOfTheirUnion()
        => Prop.ForAll<ulong[], ulong[]>((a, b) =>
        {
            HyperLogLog merged = Of(a);
            HyperLogLog other = Of(b);
            byte[] before = Dense(other);
            merged.Merge(other);
            return Dense(merged).AsSpan().SequenceEqual(Dense(Of([.. a, .. b]))) && Dense(other).AsSpan().SequenceEqual(before);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void WriteRedisDense_AnySet_HasTheHeaderAndSixBitsPerRegister()
    {
        HyperLogLog sketch = Of([.. Enumerable.Range(0, 50_000).Select(i => Mix((ulong)i))]);
        byte[] dense = Dense(sketch);

        Assert.Equal(12_304, dense.Length);
        Assert.Equal("HYLL"u8.ToArray(), dense[..4]);
        Assert.Equal(new byte[11], dense[4..15]);
        Assert.Equal(0x80, dense[15]);
        for (int register = 0; register < HyperLogLog.RegisterCount; register++)
        {
            int bit = register * 6;
            int two = dense[16 + (bit / 8)] | ((bit / 8) + 17 < dense.Length ? dense[17 + (bit / 8)] << 8 : 0);
            Assert.Equal(sketch.Registers[register], (two >> (bit % 8)) & 63);
        }

        Assert.Equal(dense, Dense(HyperLogLog.ReadRedisDense(dense)));
    }

    [Fact]
    public void WriteRedisDense_ShortDestination_Throws()
        => Assert.Throws<ArgumentException>(() => new HyperLogLog().WriteRedisDense(new byte[12_303]));

    [Fact]
    public void ReadRedisDense_Malformed_SaysWhatItFound()
    {
        byte[] good = Dense(Of([1, 2, 3]));
        Assert.Throws<InvalidDataException>(() => HyperLogLog.ReadRedisDense([]));
        Assert.Throws<InvalidDataException>(() => HyperLogLog.ReadRedisDense(good.AsSpan(0, 12_303)));
        Assert.Throws<InvalidDataException>(() => HyperLogLog.ReadRedisDense([.. good, 0]));
        Assert.Throws<InvalidDataException>(() => HyperLogLog.ReadRedisDense([(byte)'h', .. good[1..]]));
        Assert.Contains("found 1", Assert.Throws<InvalidDataException>(() => HyperLogLog.ReadRedisDense([.. good[..4], 1, .. good[5..]])).Message,
            StringComparison.Ordinal);
        Assert.Contains("found 63", Assert.Throws<InvalidDataException>(() =>
            HyperLogLog.ReadRedisDense([.. good[..100], 0xFF, .. good[101..]])).Message, StringComparison.Ordinal);
    }

    private static double RelativeError(int seed, int distinct)
    {
        HyperLogLog sketch = new();
        ulong start = (ulong)(seed + 1) << 32;
        for (ulong i = 0; i < (ulong)distinct; i++)
        {
            sketch.Add(Mix(start + i));
        }

        return (sketch.Estimate() - distinct) / (double)distinct;
    }

    private static HyperLogLog Of(ulong[] hashes)
    {
        HyperLogLog sketch = new();
        foreach (ulong hash in hashes)
        {
            sketch.Add(hash);
        }

        return sketch;
    }

    private static byte[] Dense(HyperLogLog sketch)
    {
        byte[] dense = new byte[HyperLogLog.RedisDenseBytes];
        sketch.WriteRedisDense(dense);
        return dense;
    }
}

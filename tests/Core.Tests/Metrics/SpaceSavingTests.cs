using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;

namespace Tidemark.Core.Tests.Metrics;

/// <summary>The counter past its capacity: what it keeps, and by how much it may be wrong.</summary>
public sealed class SpaceSavingTests
{
    [Fact]
    public void Add_AnyStream_KeepsWhatTheDefinitionKeeps()
        => Prop.ForAll(KeyCounterTests.Streams.ToArbitrary(), Gen.Choose(1, 12).ToArbitrary(), (stream, capacity) =>
        {
            KeyCounter counter = KeyCounterTests.Of(capacity, stream);
            (Dictionary<string, long> kept, long error) = Definition(capacity, stream);
            return counter.MaxError == error && counter.All().SequenceEqual(KeyCounterTests.Ordered(kept));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Merge_AnyShards_KeepsTheBounds()
        => Prop.ForAll(KeyCounterTests.Streams.ArrayOf().ToArbitrary(), Gen.Choose(1, 12).ToArbitrary(), (streams, capacity) =>
        {
            KeyCounter merged = new(capacity);
            foreach (int[] stream in streams)
            {
                merged.Merge(KeyCounterTests.Of(capacity, stream));
            }

            AssertBounds(merged, [.. streams.SelectMany(s => s).Select(KeyCounterTests.Name)]);
            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Add_AfterMerge_KeepsTheBounds()
        => Prop.ForAll(KeyCounterTests.Streams.Three().ToArbitrary(), Gen.Choose(1, 12).ToArbitrary(), (s, capacity) =>
        {
            KeyCounter counter = KeyCounterTests.Of(capacity, s.Item1);
            counter.Merge(KeyCounterTests.Of(capacity, s.Item2));
            foreach (int key in s.Item3)
            {
                counter.Add(KeyCounterTests.Name(key));
            }

            AssertBounds(counter, [.. s.Item1.Concat(s.Item2).Concat(s.Item3).Select(KeyCounterTests.Name)]);
            return true;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("zipf")]
    [InlineData("uniform")]
    [InlineData("late heavy hitter")]
    [InlineData("rotation")]
    [InlineData("long and short")]
    public void Add_HardStreams_KeepsTheBounds(string kind)
    {
        const int events = 60_000;
        const int capacity = 200;
        Random random = new(11);
        string[] stream = [.. Enumerable.Range(0, events).Select(i => kind switch
        {
            "zipf" => $"https://example.com/{(int)Math.Pow(20_000, random.NextDouble())}",
            "uniform" => $"https://example.com/{random.Next(2_000)}",
            "late heavy hitter" => i < events - 1_000 ? $"once {i}" : "heavy",
            "rotation" => $"https://example.com/{i % (capacity + 1)}",
            _ => (i % 1000) + new string('x', i % 7 == 0 ? 400 : i % 30),
        })];
        KeyCounter counter = new(capacity);
        foreach (string key in stream)
        {
            counter.Add(key);
        }

        AssertBounds(counter, stream);
        if (kind == "late heavy hitter")
        {
            Assert.Equal("heavy", counter.Top(1)[0].Key);
        }
    }

    [Fact]
    public void Add_TwoMillionDistinctKeys_KeepsMemoryBounded()
    {
        const int capacity = 1_000;
        KeyCounter counter = new(capacity);
        byte[] key = Encoding.UTF8.GetBytes("https://example.com/products/00000000");
        long before = 0;
        for (int i = 0; i < 2_000_000; i++)
        {
            if (i == 10 * capacity)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            for (int at = key.Length - 1, rest = i; rest > 0; at--, rest /= 10)
            {
                key[at] = (byte)('0' + (rest % 10));
            }

            counter.Add(EventKey.Hash(key), key);
            key.AsSpan(key.Length - 8).Fill((byte)'0');
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(capacity, counter.Count);
        Assert.Equal(1_999, counter.MaxError);
        Assert.All(counter.All(), k => Assert.InRange(k.Count, counter.MaxError, 2_000));
    }

    [Fact]
    public void Add_EvictedKeysOfChangingLength_GiveTheirSpaceBack()
    {
        KeyCounter counter = new(100);
        byte[] key = Encoding.UTF8.GetBytes(new string('x', 500));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 200_000; i++)
        {
            key[0] = (byte)('0' + (i % 10));
            key[1] = (byte)('0' + (i / 10 % 10));
            key[2] = (byte)('0' + (i / 100 % 10));
            int length = 3 + (int)((uint)i * 2654435761u % 490);
            counter.Add(EventKey.Hash(key.AsSpan(0, length)), key.AsSpan(0, length));
        }

        // 100 keys of up to 500 bytes; without reclaiming them 200,000 keys would have taken 50 MB.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void Add_SameKeysInOtherProcessOrder_IsAFunctionOfTheStream()
    {
        // The same stream into a counter that was encoded and decoded half way: its table, heap and arena are laid out otherwise.
        Random random = new(17);
        string[] stream = [.. Enumerable.Range(0, 5_000).Select(_ => KeyCounterTests.Name(random.Next(300)))];
        AccumulatorLimits limits = new(10, 40, 10);
        Accumulator straight = new(limits);
        Accumulator restored = new(limits);
        for (int i = 0; i < stream.Length; i++)
        {
            straight.Pages.Add(stream[i]);
            restored.Pages.Add(stream[i]);
            if (i % 333 == 0)
            {
                restored = AccumulatorCodec.Decode(AccumulatorCodec.Encode(restored), limits);
            }
        }

        Assert.Equal(straight.Pages.MaxError, restored.Pages.MaxError);
        Assert.Equal(straight.Pages.All(), restored.Pages.All());
    }

    private static void AssertBounds(KeyCounter counter, string[] stream)
    {
        Dictionary<string, long> truth = stream.CountBy(k => k).ToDictionary(p => p.Key, p => (long)p.Value);
        Assert.InRange(counter.Count, Math.Min(truth.Count, counter.Capacity), counter.Capacity);
        Assert.InRange(counter.MaxError, 0, stream.Length / counter.Capacity);
        if (truth.Count <= counter.Capacity)
        {
            Assert.Equal(0, counter.MaxError);
        }

        foreach (KeyCount kept in counter.All())
        {
            Assert.InRange(kept.Count, Math.Max(truth[kept.Key], counter.MaxError), truth[kept.Key] + counter.MaxError);
        }

        HashSet<string> keys = [.. counter.All().Select(k => k.Key)];
        foreach ((string key, long count) in truth)
        {
            Assert.True(keys.Contains(key) || count <= counter.MaxError, $"{key} was counted {count} times and is not kept");
        }
    }

    /// <summary>Space-Saving as the paper defines it, with the tie rule, by looking at every key each time.</summary>
    private static (Dictionary<string, long> Kept, long Error) Definition(int capacity, int[] stream)
    {
        Dictionary<string, long> kept = [];
        long error = 0;
        foreach (string key in stream.Select(KeyCounterTests.Name))
        {
            if (!kept.ContainsKey(key) && kept.Count == capacity)
            {
                (string least, long count) = kept.OrderBy(p => p.Value)
                    .ThenByDescending(p => MurmurHash64A.Hash(Encoding.UTF8.GetBytes(p.Key))).First();
                kept.Remove(least);
                error = count;
                kept[key] = count;
            }

            kept[key] = kept.GetValueOrDefault(key) + 1;
        }

        return (kept, error);
    }
}

using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;

namespace Tidemark.Core.Tests.Metrics;

public sealed class KeyCounterTests
{
    [Fact]
    public void Add_KeysOfEveryLength_AreToldApart()
    {
        KeyCounter counter = new(10_000);
        Dictionary<string, long> expected = [];
        Random random = new(3);
        for (int i = 0; i < 20_000; i++)
        {
            // Few letters and many lengths: keys that share their start, their end, or all but their length.
            string key = new([.. Enumerable.Range(0, random.Next(0, 40)).Select(_ => "ab"[random.Next(20) / 19])]);
            expected[key] = expected.GetValueOrDefault(key) + i;
            if (i > 0)
            {
                counter.Add(key, i);
            }
        }

        expected = expected.Where(p => p.Value > 0).ToDictionary();
        Assert.Equal(Ordered(expected), counter.All());
        Assert.All(expected, p => Assert.Equal(p.Value, counter.CountOf(Encoding.UTF8.GetBytes(p.Key))));
        Assert.Equal(0, counter.CountOf("c"u8));
        Assert.True(counter.IsExact);
    }

    [Fact]
    public void Add_KeysThatShareAHash_AreToldApart()
    {
        KeyCounter counter = new(100);
        byte[][] keys =
            [.. Enumerable.Range(0, 100).Select(i => Encoding.UTF8.GetBytes(i % 2 == 0 ? $"{i}" : $"a key longer than sixteen bytes {i}"))];
        for (int round = 0; round < 3; round++)
        {
            foreach (byte[] key in keys)
            {
                counter.Add(0, key);
            }
        }

        Assert.Equal(100, counter.Count);
        Assert.All(counter.All(), k => Assert.Equal(3, k.Count));
    }

    [Fact]
    public void Add_InvalidArguments_Throws()
    {
        KeyCounter counter = new(1);
        Assert.Throws<ArgumentOutOfRangeException>(() => counter.Add("a", 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => counter.Add("a", -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => counter.Add(new string('a', EventKey.MaxStoredBytes + 1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyCounter(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyCounter(KeyCounter.MaxCapacity + 1));
        Assert.Throws<ArgumentException>(() => counter.Merge(counter));
        Assert.Equal(0, counter.Count);
    }

    [Fact]
    public void Add_CountPastALong_Throws()
    {
        KeyCounter counter = new(2);
        counter.Add("a", long.MaxValue);
        Assert.Throws<OverflowException>(() => counter.Add("a"));
        Assert.Equal(long.MaxValue, counter.CountOf("a"u8));
    }

    [Fact]
    public void Top_Ties_AreOrderedByUtf8Bytes()
    {
        KeyCounter counter = new(100);
        foreach (string key in new[] { "b", "\uFFFD", "\U0001F600", "", "ab", "a", "B", "é" })
        {
            counter.Add(key);
        }

        // By UTF-16 units U+1F600 would come before U+FFFD.
        Assert.Equal(["", "B", "a", "ab", "b", "é", "\uFFFD", "\U0001F600"], counter.All().Select(k => k.Key));
        Assert.Equal(["", "B", "a"], counter.Top(3).Select(k => k.Key));
    }

    [Fact]
    public void Top_AnyNumber_IsTheStartOfAll()
    {
        Random random = new(5);
        KeyCounter counter = new(5_000);
        for (int i = 0; i < 40_000; i++)
        {
            counter.Add("/page/with/a/long/path/" + (random.Next(60) * random.Next(60)), random.Next(1, 4));
        }

        KeyCount[] all = counter.All();
        Assert.Equal(counter.Count, all.Length);
        foreach (int n in new[] { 0, 1, 2, 10, 100, all.Length - 1, all.Length, all.Length + 1 })
        {
            Assert.Equal(all.Take(n), counter.Top(n));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => counter.Top(-1));
    }

    [Fact]
    public void Merge_UnionFits_EqualsCountingAll()
        => Prop.ForAll(Streams.ToArbitrary(), Streams.ToArbitrary(), (a, b) =>
        {
            KeyCounter merged = Of(1_000, a);
            KeyCounter other = Of(1_000, b);
            KeyCount[] before = other.All();
            merged.Merge(other);
            return merged.IsExact && merged.All().SequenceEqual(Of(1_000, [.. a, .. b]).All()) && other.All().SequenceEqual(before);
        }).QuickCheckThrowOnFailure();

    /// <summary>Keys of a skewed choice out of 40, some inline and some not.</summary>
    internal static Gen<int[]> Streams => Gen.Choose(0, 39).Two().Select(p => p.Item1 * p.Item2 / 39).ListOf().Select(l => l.ToArray());

    internal static string Name(int key) => key % 3 == 0 ? $"https://example.com/a/page/{key}" : $"k{key}";

    internal static KeyCounter Of(int capacity, IEnumerable<int> keys)
    {
        KeyCounter counter = new(capacity);
        foreach (int key in keys)
        {
            counter.Add(Name(key));
        }

        return counter;
    }

    internal static IEnumerable<KeyCount> Ordered(IEnumerable<KeyValuePair<string, long>> counts)
        => counts.OrderByDescending(p => p.Value)
            .ThenBy(p => Encoding.UTF8.GetBytes(p.Key), Comparer<byte[]>.Create((x, y) => x.AsSpan().SequenceCompareTo(y)))
            .Select(p => new KeyCount(p.Key, p.Value));
}

using FsCheck;
using FsCheck.Fluent;
using Tidemark.Core.Metrics;
using static Tidemark.Core.Tests.Metrics.TestEvents;

namespace Tidemark.Core.Tests.Metrics;

public sealed class UserSetTests
{
    [Theory]
    [InlineData(99, true)]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void Add_AroundTheLimit_IsExactUpToIt(int users, bool exact)
    {
        UserSet set = Of(100, Enumerable.Range(0, users).Select(Hash));
        Assert.Equal(exact, set.IsExact);
        Assert.Equal(exact ? users : Of(0, Enumerable.Range(0, users).Select(Hash)).Count, set.Count);
    }

    [Fact]
    public void Add_SameUsersAgainAtTheLimit_StaysExact()
    {
        UserSet set = Of(100, Enumerable.Range(0, 1000).Select(i => Hash(i % 100)));
        Assert.True(set.IsExact);
        Assert.Equal(100, set.Count);
    }

    [Fact]
    public void Add_HashZero_CountsOnce()
    {
        UserSet set = Of(2, [0, 0, 7, 0]);
        Assert.True(set.IsExact);
        Assert.Equal(2, set.Count);
        set.Add(8);
        Assert.False(set.IsExact);
        Assert.Equal(Registers([0, 7, 8]), set.ToSketch().Registers.ToArray());
        Assert.False(Of(2, [7, 8, 0]).IsExact);
    }

    [Fact]
    public void Add_LimitZero_IsASketchOnceNonEmpty()
    {
        Assert.True(new UserSet(0).IsExact);
        Assert.Equal(0, new UserSet(0).Count);
        Assert.Equal((false, 1L), (Of(0, [0]).IsExact, Of(0, [0]).Count));
        Assert.Equal((false, 1L), (Of(0, [5]).IsExact, Of(0, [5]).Count));
    }

    [Fact]
    public void New_LimitOutOfRange_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new UserSet(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new UserSet(UserSet.MaxLimit + 1));
    }

    [Fact]
    public void Merge_HoweverSharded_DependsOnTheUnionAlone()
    {
        // 0 to 24 distinct users against a limit of 12, in any number of shards, users repeated in several of them.
        Gen<(int Users, int Shards, int Seed)> gen =
            from users in Gen.Choose(0, 24)
            from shards in Gen.Choose(1, 6)
            from seed in Gen.Choose(0, 1_000_000)
            select (users, shards, seed);
        Prop.ForAll(gen.ToArbitrary(), c =>
        {
            Random random = new(c.Seed);
            UserSet[] parts = [.. Enumerable.Range(0, c.Shards).Select(_ => new UserSet(12))];
            ulong[] users = [.. Enumerable.Range(0, c.Users).Select(i => i == 3 ? 0 : Hash(i + c.Seed))];
            foreach (ulong user in users)
            {
                for (int copies = random.Next(1, 4); copies > 0; copies--)
                {
                    parts[random.Next(c.Shards)].Add(user);
                }
            }

            UserSet merged = new(12);
            foreach (UserSet part in parts)
            {
                merged.Merge(part);
            }

            return merged.IsExact == (c.Users <= 12)
                && UserSet.CountUnion(parts) == (merged.IsExact ? merged.Count : null)
                && merged.ToSketch().Registers.SequenceEqual(Registers(users))
                && (!merged.IsExact || (merged.Count == c.Users && merged.ToSortedArray().SequenceEqual(users.Order())));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Merge_Other_IsNotChanged()
    {
        UserSet a = Of(100, Enumerable.Range(0, 60).Select(Hash));
        UserSet b = Of(100, Enumerable.Range(50, 60).Select(Hash));
        a.Merge(b);
        Assert.False(a.IsExact);
        Assert.Equal((true, 60L), (b.IsExact, b.Count));
    }

    [Fact]
    public void Merge_WithASketch_StaysASketch()
    {
        UserSet sketch = Of(1, [1, 2]);
        UserSet exact = Of(100, [3]);
        exact.Merge(sketch);
        Assert.False(exact.IsExact);
        Assert.Equal(Registers([1, 2, 3]), exact.ToSketch().Registers.ToArray());
        sketch.Merge(Of(100, [4]));
        Assert.Equal(Registers([1, 2, 4]), sketch.ToSketch().Registers.ToArray());
        sketch.Merge(sketch);
        Assert.Equal(Registers([1, 2, 4]), sketch.ToSketch().Registers.ToArray());
    }

    [Fact]
    public void Merge_ManyLargeSets_FindsEveryUserOnce()
    {
        UserSet merged = new(1_000_000);
        HashSet<ulong> expected = [];
        for (int part = 0; part < 20; part++)
        {
            ulong[] users = [.. Enumerable.Range(part * 5_000, 12_000).Select(Hash)];
            expected.UnionWith(users);
            merged.Merge(Of(1_000_000, users));
        }

        Assert.True(merged.IsExact);
        Assert.Equal(expected.Order(), merged.ToSortedArray());
    }

    private static ulong Hash(int i) => Mix((ulong)i);

    private static UserSet Of(int limit, IEnumerable<ulong> hashes)
    {
        UserSet set = new(limit);
        foreach (ulong hash in hashes)
        {
            set.Prefetch(hash);
            set.Add(hash);
        }

        return set;
    }

    private static byte[] Registers(IEnumerable<ulong> hashes)
    {
        HyperLogLog sketch = new();
        foreach (ulong hash in hashes)
        {
            sketch.Add(hash);
        }

        return sketch.Registers.ToArray();
    }
}

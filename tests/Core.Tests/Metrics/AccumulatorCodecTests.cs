using System.Buffers.Binary;
using System.Text;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;
using static Tidemark.Core.Tests.Metrics.TestEvents;

namespace Tidemark.Core.Tests.Metrics;

public sealed class AccumulatorCodecTests
{
    private static readonly AccumulatorLimits Limits = new(1_000, 1_000, 1_000);

    [Fact]
    public void Encode_Empty_IsSmallAndReadsBackEmpty()
    {
        byte[] bytes = AccumulatorCodec.Encode(new Accumulator(Limits));
        Assert.InRange(bytes.Length, 1, 64);
        Assert.True(AccumulatorCodec.Decode(bytes, Limits).IsEmpty);
    }

    [Fact]
    public void Encode_Golden_KeepsItsBytes()
    {
        // A change of these bytes is a change of the format: stored state could no longer be read.
        Assert.Equal(
            "544d4143020101030201010310d430000000000000000000000000000004120002ea"
                + "bac89687b51ee42aed9a08cff7f4dd050a000100052f686f6d6501061800020009706167655f7669657701010775726368617365020707"
                + "00010002444502080b000100066d6f62696c65012001012201027c4493afc3763589",
            Convert.ToHexStringLower(AccumulatorCodec.Encode(Golden())));
    }

    [Fact]
    public void Decode_SectionMissing_ReadsAsZeroOfThatMetric()
    {
        // As a version wrote it that did not know the metric.
        foreach (byte[] without in WithoutOneSection(AccumulatorCodec.Encode(Golden()), PurchaseSection, 2, 3))
        {
            Accumulator read = AccumulatorCodec.Decode(without, Limits);

            Assert.Equal(3, read.TotalEvents);
            Assert.Equal(without, AccumulatorCodec.Encode(read));
        }
    }

    [Fact]
    public void Decode_UnknownSection_RefusesItWhole()
    {
        byte[] bytes = AccumulatorCodec.Encode(Golden());

        InvalidDataException e = Assert.Throws<InvalidDataException>(
            () => AccumulatorCodec.Decode(WithChecksum([.. bytes[..^8], 100, 1, 5, .. new byte[8]]), Limits));

        Assert.Contains("found 100: a later version of Tidemark", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 1, 1, 0 })] // a section for nothing
    [InlineData(new byte[] { 1, 1, 1, 1, 1, 1 })] // twice
    [InlineData(new byte[] { 2, 1, 1, 1, 1, 1 })] // not in order
    [InlineData(new byte[] { 1, 2, 1, 0 })] // more than its content
    [InlineData(new byte[] { 4, 2, 0, 0 })] // no users
    [InlineData(new byte[] { 5, 2, 0, 0 })] // no pages
    [InlineData(new byte[] { 1, 1, 1, 32, 1, 2 })] // more page views than events
    [InlineData(new byte[] { 1, 1, 1, 2, 1, 1 })] // an invalid amount without a purchase
    public void Decode_SectionsThatNobodyWrites_AreRefused(byte[] sections) =>
        Assert.Throws<InvalidDataException>(
            () => AccumulatorCodec.Decode(WithChecksum([.. "TMAC"u8, AccumulatorCodec.Version, .. sections, .. new byte[8]]), Limits));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(1_000)]
    [InlineData(100_000)]
    public void Decode_AnyNumberOfUsers_RestoresEachHash(int users)
    {
        Accumulator a = new(AccumulatorLimits.Local);
        for (int i = 0; i < users; i++)
        {
            a.Users.Add(i == 0 ? 0 : i == 1 ? ulong.MaxValue : i == 2 ? 1 : Mix((ulong)i));
        }

        byte[] bytes = AccumulatorCodec.Encode(a);
        Assert.Equal(a.Users.ToSortedArray(), AccumulatorCodec.Decode(bytes, AccumulatorLimits.Local).Users.ToSortedArray());

        // Golomb-Rice: 65.6 - log2(users) bits per user.
        double bitsPerUser = 65.6 - Math.Log2(Math.Max(users, 1));
        Assert.InRange(bytes.Length, 0, 64 + (users * bitsPerUser / 8));
    }

    [Fact]
    public void Decode_UsersInARow_RestoresEachHash()
    {
        Accumulator a = new(Limits);
        for (ulong i = 0; i < 500; i++)
        {
            a.Users.Add(i);
            a.Users.Add(ulong.MaxValue - i);
        }

        Assert.Equal(a.Users.ToSortedArray(), AccumulatorCodec.Decode(AccumulatorCodec.Encode(a), Limits).Users.ToSortedArray());
    }

    // The decoder takes keys in ascending order alone, so that reading it back shows the order. Keys are made of few bytes, so that they
    // share their beginnings, end within one another and hold zeros where words of 8 bytes meet.
    [Theory]
    [InlineData(1, "ab")]
    [InlineData(2, "a\0")]
    [InlineData(3, "\0\u0001")]
    [InlineData(4, "xyzé")]
    public void Encode_KeysThatShareTheirBeginnings_AreInOrderOfTheirBytes(int seed, string letters)
    {
        Random random = new(seed);
        string[] keys = [.. Enumerable.Range(0, 600).Select(i =>
            new string('/', random.Next(3) * 8)
                + string.Concat(Enumerable.Range(0, random.Next(20)).Select(_ => letters[random.Next(letters.Length)]))).Distinct()];
        Accumulator a = new(Limits);
        foreach (string key in keys)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(key);
            a.Pages.Add(EventKey.Hash(bytes), bytes);
        }

        Accumulator b = AccumulatorCodec.Decode(AccumulatorCodec.Encode(a), Limits);
        Assert.Equal(keys.Order(StringComparer.Ordinal), b.Pages.All().Select(page => page.Key).Order(StringComparer.Ordinal));
        Assert.Equal(AccumulatorCodec.Encode(a), AccumulatorCodec.Encode(b));
    }

    [Fact]
    public void Decode_SmallerLimits_SketchesUsersAndTruncatesKeys()
    {
        Accumulator a = Full(users: 100, pages: 100, breakdown: 30);
        Accumulator b = AccumulatorCodec.Decode(AccumulatorCodec.Encode(a), new AccumulatorLimits(99, 60, 10));

        Assert.False(b.Users.IsExact);
        Assert.Equal(a.Users.ToSketch().Registers.ToArray(), b.Users.ToSketch().Registers.ToArray());
        Assert.Equal(a.Pages.Top(60), b.Pages.All());
        Assert.Equal(a.Pages.All()[60].Count, b.Pages.MaxError);
        Assert.Equal(10, b.Countries.Count);
        Assert.Equal(a.TotalEvents, b.TotalEvents);
        Assert.True(AccumulatorCodec.Decode(AccumulatorCodec.Encode(a), new AccumulatorLimits(100, 100, 30)).Users.IsExact);
    }

    [Fact]
    public void Decode_LargerLimits_KeepsSketchAndError()
    {
        Accumulator a = AccumulatorCodec.Decode(AccumulatorCodec.Encode(Full(100, 100, 30)), new AccumulatorLimits(99, 60, 10));
        Accumulator b = AccumulatorCodec.Decode(AccumulatorCodec.Encode(a), Limits);
        Assert.False(b.Users.IsExact);
        Assert.Equal(a.Pages.MaxError, b.Pages.MaxError);
        long error = b.Pages.MaxError;
        b.Pages.Add("a key that may have been dropped");
        Assert.Equal(error + 1, b.Pages.CountOf("a key that may have been dropped"u8));
        Assert.Equal(error, b.Pages.MaxError);
    }

    [Fact]
    public void Decode_AnyPrefix_ThrowsInvalidData()
    {
        byte[] bytes = AccumulatorCodec.Encode(Full(20, 10, 5));
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => AccumulatorCodec.Decode(bytes.AsSpan(0, length), Limits));
        }

        Assert.Throws<InvalidDataException>(() => AccumulatorCodec.Decode([.. bytes, 0], Limits));
        Assert.Throws<InvalidDataException>(() => AccumulatorCodec.Decode(WithChecksum([.. bytes, 0]), Limits));
    }

    [Fact]
    public void Decode_PrefixWithAChecksumOfItsOwn_IsWholeSectionsOrRefused()
    {
        byte[] bytes = AccumulatorCodec.Encode(Full(20, 10, 5));
        int accepted = 0;
        for (int length = 8; length < bytes.Length; length++)
        {
            byte[] prefix = WithChecksum(bytes[..length]);
            try
            {
                Assert.Equal(prefix, AccumulatorCodec.Encode(AccumulatorCodec.Decode(prefix, Limits)));
                accepted++;
            }
            catch (InvalidDataException)
            {
                // Cut within a section, or off from one that it depends on.
            }
        }

        Assert.InRange(accepted, 1, 10);
    }

    [Fact]
    public void Decode_OtherVersion_SaysWhichItExpected()
    {
        byte[] bytes = AccumulatorCodec.Encode(new Accumulator(Limits));
        bytes[4] = 1;
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => AccumulatorCodec.Decode(bytes, Limits));
        Assert.Contains("expected 2, found 1", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_HugeClaims_ThrowsWithoutAllocatingForThem()
    {
        // 16,777,216 users or 1,000,000 pages and nothing after.
        byte[] users = WithChecksum([.. "TMAC"u8, AccumulatorCodec.Version, 4, 5, 0, 0x80, 0x80, 0x80, 0x08, .. new byte[8]]);
        byte[] keys = WithChecksum([.. "TMAC"u8, AccumulatorCodec.Version, 5, 4, 0, 0xC0, 0x84, 0x3D, .. new byte[8]]);
        foreach (byte[] claim in new[] { users, keys })
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<InvalidDataException>(() => AccumulatorCodec.Decode(claim, new AccumulatorLimits(UserSet.MaxLimit, 1_000_000, 1_000_000)));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Decode_MutatedBytes_ThrowsNothingButInvalidData(bool sketch)
    {
        Random random = new(23);
        byte[] good = AccumulatorCodec.Encode(Full(sketch ? 1_001 : 40, 20, 6));
        int accepted = 0;
        for (int i = 0; i < 3_000; i++)
        {
            byte[] bytes = Mutate(random, good);
            if (i % 10 != 0)
            {
                bytes = WithChecksum(bytes); // let it past the checksum, to what is behind
            }

            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Accumulator a = AccumulatorCodec.Decode(bytes, Limits);
                accepted++;

                // Whatever is accepted is content like any other.
                Assert.Equal(bytes, AccumulatorCodec.Encode(a));
            }
            catch (InvalidDataException e)
            {
                Assert.Contains("found", e.Message, StringComparison.Ordinal);
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000 + (400 * bytes.Length));
        }

        Assert.InRange(accepted, 1, 2_999);
    }

    private const int PurchaseSection = 34;

    private static Accumulator Golden() => Of(
        Limits,
        new TestEvent("page_view", "ann", "/home", "DE", "mobile"),
        new TestEvent("purchase", "bob", null, "DE", null, 12_500),
        new TestEvent("purchase", "bob", BadAmount: true));

    /// <summary>The same form without one of its sections, for each but that of all events and some that others depend on.</summary>
    private static IEnumerable<byte[]> WithoutOneSection(byte[] bytes, params int[] kept)
    {
        const int Header = 5, Checksum = 8;
        for (int start = Header; start < bytes.Length - Checksum;)
        {
            int end = start + 2 + bytes[start + 1];
            if (bytes[start] != 1 && !kept.Contains(bytes[start]))
            {
                yield return WithChecksum([.. bytes[..start], .. bytes[end..]]);
            }

            start = end;
        }
    }

    private static byte[] Mutate(Random random, byte[] good)
    {
        List<byte> bytes = [.. good];
        for (int edits = random.Next(1, 4); edits > 0; edits--)
        {
            // Mostly near the start, where the lengths and forms are.
            int at = random.Next(random.Next(2) == 0 ? Math.Min(60, bytes.Count) : bytes.Count);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.RemoveAt(at);
                    break;
                default:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>The same bytes with a last eight that are right for them.</summary>
    private static byte[] WithChecksum(byte[] bytes)
    {
        byte[] result = [.. bytes];
        if (result.Length >= 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(result.AsSpan(result.Length - 8), MurmurHash64A.Hash(result.AsSpan(0, result.Length - 8)));
        }

        return result;
    }

    private static Accumulator Full(int users, int pages, int breakdown)
    {
        Accumulator a = Of(Limits, Enumerable.Range(0, users).Select(i => new TestEvent("purchase", $"u{i}", Amount: i)));
        for (int i = 0; i < pages; i++)
        {
            a.Pages.Add(KeyCounterTests.Name(i), (i * 7 % 50) + 1);
        }

        for (int i = 0; i < breakdown; i++)
        {
            a.EventTypes.Add($"type {i}", i + 1);
            a.Countries.Add($"C{i}", i + 1);
            a.Devices.Add($"a device of more than sixteen bytes {i}", i + 1);
        }

        return a;
    }
}

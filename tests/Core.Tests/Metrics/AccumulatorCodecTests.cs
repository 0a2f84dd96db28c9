using System.Buffers.Binary;
using Tidemark.Core.Metrics;
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
        // Whoever changes these bytes changes the format: state that is stored somewhere could no longer be read.
        Accumulator a = Of(Limits, new TestEvent("page_view", "ann", "/home", "DE", "mobile"), new TestEvent("purchase", "bob", null, "DE", null, 12_500), new TestEvent("purchase", "bob", BadAmount: true));
        Assert.Equal("544d4143010301000201d43000000000000000000000000000000002eabac89687b51ee42aed9a08cff7f4dd000100052f686f6d650100020009706167655f76696577010107757263686173650200010002444502000100066d6f62696c65016ecfe5fb04ead886", Convert.ToHexStringLower(AccumulatorCodec.Encode(a)));
    }

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
            Assert.Throws<InvalidDataException>(() => AccumulatorCodec.Decode(WithChecksum(bytes[..length]), Limits));
        }

        Assert.Throws<InvalidDataException>(() => AccumulatorCodec.Decode([.. bytes, 0], Limits));
        Assert.Throws<InvalidDataException>(() => AccumulatorCodec.Decode(WithChecksum([.. bytes, 0]), Limits));
    }

    [Fact]
    public void Decode_OtherVersion_SaysWhichItExpected()
    {
        byte[] bytes = AccumulatorCodec.Encode(new Accumulator(Limits));
        bytes[4] = 2;
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => AccumulatorCodec.Decode(bytes, Limits));
        Assert.Contains("expected 1, found 2", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_HugeClaims_ThrowsWithoutAllocatingForThem()
    {
        // Totals of one-byte zeros and a revenue of 16, then 16,777,216 users and nothing after.
        byte[] users = WithChecksum([.. "TMAC"u8, 1, 0, 0, 0, 0, 0, .. new byte[16], 0, 0x80, 0x80, 0x80, 0x08, .. new byte[8]]);
        byte[] keys = WithChecksum([.. "TMAC"u8, 1, 0, 0, 0, 0, 0, .. new byte[16], 0, 0, 0, 0xC0, 0x84, 0x3D, .. new byte[8]]);
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

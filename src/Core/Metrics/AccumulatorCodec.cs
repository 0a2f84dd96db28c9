using System.Buffers.Binary;
using System.Numerics;
using System.Text.Unicode;
using Tidemark.Core.Parsing;

namespace Tidemark.Core.Metrics;

/// <summary>
/// The binary form of an <see cref="Accumulator"/>, compact and versioned. Equal content gives equal bytes, whatever the order in
/// which it was added and whichever process wrote it. What was encoded and decoded goes on as the original would have.
/// </summary>
/// <remarks>
/// Version 1: the magic <c>TMAC</c>, the version, the totals as LEB128, the revenue as 16 bytes, the users, the counters of pages, event
/// types, countries and devices, and MurmurHash64A of everything before. Users: 0 and the sorted hashes as Golomb-Rice coded gaps, or 1 and
/// the sketch's registers at 6 bits. A counter: its error, how many keys, and per key in byte order the length it shares with the
/// key before, the length of the rest, the rest, and the count less the error.
/// </remarks>
public static class AccumulatorCodec
{
    /// <summary>The version that is written and read.</summary>
    public const byte Version = 1;

    private const byte ExactUsers = 0;
    private const byte SketchedUsers = 1;
    private const int ChecksumBytes = 8;

    private static ReadOnlySpan<byte> Magic => "TMAC"u8;

    /// <summary>The binary form of an accumulator.</summary>
    public static byte[] Encode(Accumulator accumulator)
    {
        ArgumentNullException.ThrowIfNull(accumulator);
        ByteWriter writer = new(1024);
        writer.Bytes(Magic);
        writer.Byte(Version);
        writer.VarInt(accumulator.TotalEvents);
        writer.VarInt(accumulator.PageViews);
        writer.VarInt(accumulator.Clicks);
        writer.VarInt(accumulator.Purchases);
        writer.VarInt(accumulator.InvalidAmounts);
        Span<byte> revenue = stackalloc byte[16];
        BinaryPrimitives.WriteInt128LittleEndian(revenue, accumulator.RevenueTenThousandths);
        writer.Bytes(revenue);
        WriteUsers(writer, accumulator.Users);
        WriteCounter(writer, accumulator.Pages);
        WriteCounter(writer, accumulator.EventTypes);
        WriteCounter(writer, accumulator.Countries);
        WriteCounter(writer, accumulator.Devices);
        writer.UInt64(MurmurHash64A.Hash(writer.Written));
        return writer.Written.ToArray();
    }

    /// <summary>
    /// The binary form, cut to a size: while it is too long, the counter that takes most room drops its least keys, and its error says so. Users are
    /// never cut, so the size must have room for them: 6.5 bytes each, or 12,288 in all for a sketch, and 2,500 for the rest.
    /// </summary>
    /// <param name="accumulator">Loses the keys that are dropped.</param>
    /// <param name="maxBytes">The greatest length.</param>
    /// <exception cref="InvalidOperationException">It cannot be made that short.</exception>
    public static byte[] EncodeWithin(Accumulator accumulator, int maxBytes)
    {
        byte[] bytes = Encode(accumulator);
        while (bytes.Length > maxBytes)
        {
            KeyCounter[] counters = [accumulator.Pages, accumulator.EventTypes, accumulator.Countries, accumulator.Devices];
            KeyCounter longest = counters.Where(counter => counter.Count > 1).MaxBy(LengthOf)
                ?? throw new InvalidOperationException($"The users and totals alone take more than {maxBytes} bytes.");
            longest.Shrink(longest.Count - Math.Max(1, longest.Count / 8));
            bytes = Encode(accumulator);
        }

        return bytes;
    }

    /// <summary>The accumulator of a binary form.</summary>
    /// <param name="source">The binary form, nothing after it.</param>
    /// <param name="limits">
    /// May differ from the encoded accumulator's: more users than fit become a sketch, of more keys than fit the greatest are kept.
    /// </param>
    /// <exception cref="InvalidDataException">Not a binary form of an accumulator, of another version, truncated or corrupt.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A limit is out of its range.</exception>
    public static Accumulator Decode(ReadOnlySpan<byte> source, AccumulatorLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ByteReader reader = new(CheckFrame(source));
        long events = reader.VarInt(long.MaxValue, "events");
        long pageViews = reader.VarInt(events, "page views");
        long clicks = reader.VarInt(events - pageViews, "clicks");
        long purchases = reader.VarInt(events - pageViews - clicks, "purchases");
        long invalid = reader.VarInt(purchases, "invalid amounts");
        Int128 revenue = BinaryPrimitives.ReadInt128LittleEndian(reader.Bytes(16, "revenue"));
        Int128 most = (Int128)(purchases - invalid) * Accumulator.MaxRevenueTenThousandths;
        if (revenue > most || revenue < -most)
        {
            throw new InvalidDataException($"Corrupt accumulator: expected a revenue that {purchases - invalid} purchases can have, found {revenue} ten-thousandths.");
        }

        AccumulatorTotals totals = new(events, pageViews, clicks, purchases, invalid, revenue);
        UserSet users = ReadUsers(ref reader, limits.ExactUsers);
        KeyCounter pages = ReadCounter(ref reader, limits.Pages, "pages");
        KeyCounter eventTypes = ReadCounter(ref reader, limits.Breakdown, "event types");
        KeyCounter countries = ReadCounter(ref reader, limits.Breakdown, "countries");
        KeyCounter devices = ReadCounter(ref reader, limits.Breakdown, "devices");
        if (reader.Remaining != 0)
        {
            throw new InvalidDataException($"Corrupt accumulator: expected nothing after the devices, found {reader.Remaining} bytes.");
        }

        return new Accumulator(limits, totals, users, pages, eventTypes, countries, devices);
    }

    /// <summary>Checks what surrounds the content and returns the content.</summary>
    private static ReadOnlySpan<byte> CheckFrame(ReadOnlySpan<byte> source)
    {
        int headerBytes = Magic.Length + 1;
        if (source.Length < headerBytes || !source.StartsWith(Magic))
        {
            throw new InvalidDataException($"Not an accumulator: expected at least {headerBytes} bytes that start with TMAC, found {source.Length} bytes without it.");
        }

        byte version = source[Magic.Length];
        if (version != Version)
        {
            throw new InvalidDataException($"Unknown version of the accumulator's binary form: expected {Version}, found {version}.");
        }

        if (source.Length < headerBytes + ChecksumBytes)
        {
            throw new InvalidDataException($"Truncated accumulator: expected a checksum of {ChecksumBytes} bytes at the end, found {source.Length - headerBytes} bytes in all.");
        }

        ulong expected = BinaryPrimitives.ReadUInt64LittleEndian(source[^ChecksumBytes..]);
        ulong found = MurmurHash64A.Hash(source[..^ChecksumBytes]);
        if (expected != found)
        {
            throw new InvalidDataException($"Corrupt or truncated accumulator: expected the checksum {expected:x16}, found {found:x16} over {source.Length} bytes.");
        }

        return source[headerBytes..^ChecksumBytes];
    }

    private static void WriteUsers(ByteWriter writer, UserSet users)
    {
        if (users.Sketch is { } sketch)
        {
            writer.Byte(SketchedUsers);
            Span<byte> packed = new byte[HyperLogLog.PackedBytes];
            sketch.WritePacked(packed);
            writer.Bytes(packed);
            return;
        }

        ulong[] hashes = users.ToSortedArray();
        writer.Byte(ExactUsers);
        writer.VarInt(hashes.Length);
        unchecked
        {
            int low = LowBits(hashes.Length);
            ulong expected = 0; // the least value that the next hash may have
            foreach (ulong hash in hashes)
            {
                ulong gap = hash - expected;
                for (ulong quotient = gap >> low; quotient > 0;)
                {
                    int zeros = (int)Math.Min(quotient, 63);
                    writer.Bits(0, zeros);
                    quotient -= (ulong)zeros;
                }

                writer.Bits(1, 1);
                writer.Bits(gap & ((1UL << low) - 1), low);
                expected = hash + 1;
            }
        }

        writer.Flush();
    }

    /// <summary>
    /// How many low bits of a gap are written as they are; the rest in unary. Gaps of n uniform hashes are near 2^64 / n, for which this
    /// is within 0.1 bit of the best choice (Golomb 1966, Rice 1979), about 1.5 bits above the entropy's log2(2^64 / n).
    /// </summary>
    private static int LowBits(int hashes) => 63 - BitOperations.Log2((uint)Math.Max(hashes, 1));

    private static UserSet ReadUsers(ref ByteReader reader, int limit)
    {
        UserSet users = new(limit);
        byte form = reader.Byte("the form of users");
        if (form == SketchedUsers)
        {
            users.Restore(HyperLogLog.ReadPacked(reader.Bytes(HyperLogLog.PackedBytes, "the users' sketch")));
            return users;
        }

        if (form != ExactUsers)
        {
            throw new InvalidDataException($"Corrupt accumulator: expected users in form {ExactUsers} or {SketchedUsers}, found {form}.");
        }

        int count = (int)reader.VarInt(UserSet.MaxLimit, "users");
        int low = LowBits(count);
        if ((low + 1L) * count > reader.Remaining * 8L)
        {
            throw new InvalidDataException($"Truncated accumulator: expected {count} users in at least {(low + 1L) * count} bits, found {reader.Remaining} bytes.");
        }

        users.Reserve(count);
        UInt128 expected = 0;
        for (int i = 0; i < count; i++)
        {
            UInt128 hash = expected + ((UInt128)reader.Zeros("users") << low) + reader.Bits(low, "users");
            if (hash > ulong.MaxValue)
            {
                throw new InvalidDataException($"Corrupt accumulator: expected {count} user hashes of 64 bits, found a greater one at number {i + 1}.");
            }

            users.Add((ulong)hash);
            expected = hash + 1;
        }

        reader.Flush("users");
        return users;
    }

    private static int LengthOf(KeyCounter counter)
    {
        ByteWriter writer = new(1024);
        WriteCounter(writer, counter);
        return writer.Written.Length;
    }

    private static void WriteCounter(ByteWriter writer, KeyCounter counter)
    {
        writer.VarInt(counter.MaxError);
        writer.VarInt(counter.Count);
        Span<byte> scratch = stackalloc byte[16];
        Span<byte> last = stackalloc byte[EventKey.MaxStoredBytes];
        int lastLength = 0;
        foreach (int index in counter.IndicesByKey())
        {
            ReadOnlySpan<byte> key = counter.KeyAt(index, scratch, out long count);
            int shared = key.CommonPrefixLength(last[..lastLength]);
            writer.VarInt(shared);
            writer.VarInt(key.Length - shared);
            writer.Bytes(key[shared..]);
            writer.VarInt(count - counter.MaxError);
            key.CopyTo(last);
            lastLength = key.Length;
        }
    }

    private static KeyCounter ReadCounter(ref ByteReader reader, int capacity, string what)
    {
        KeyCounter counter = new(capacity);
        long maxError = reader.VarInt(long.MaxValue, what);
        int count = (int)reader.VarInt(KeyCounter.MaxCapacity, what);
        Span<byte> key = stackalloc byte[EventKey.MaxStoredBytes];
        int length = 0;
        for (int i = 0; i < count; i++)
        {
            int shared = (int)reader.VarInt(length, what);
            int rest = (int)reader.VarInt(EventKey.MaxStoredBytes - shared, what);
            ReadOnlySpan<byte> tail = reader.Bytes(rest, what);

            // In order and each once: the first byte after the shared ones decides, and a key cannot be the start of the one before.
            if (i > 0 && (rest == 0 || (shared < length && tail[0] <= key[shared])))
            {
                throw new InvalidDataException($"Corrupt accumulator: expected {what} in ascending order, found one out of order at number {i + 1}.");
            }

            tail.CopyTo(key[shared..]);
            length = shared + rest;
            if (!Utf8.IsValid(key[..length]))
            {
                throw new InvalidDataException($"Corrupt accumulator: expected {what} in UTF-8, found other bytes at number {i + 1}.");
            }

            long less = reader.VarInt(long.MaxValue - maxError, what);
            if (less + maxError == 0)
            {
                throw new InvalidDataException($"Corrupt accumulator: expected {what} counted at least once, found 0 at number {i + 1}.");
            }

            counter.Restore(key[..length], less + maxError);
        }

        counter.Restored(maxError);
        return counter;
    }
}

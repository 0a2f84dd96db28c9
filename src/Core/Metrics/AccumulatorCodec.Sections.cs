using System.Numerics;
using System.Text.Unicode;
using Tidemark.Core.Parsing;

namespace Tidemark.Core.Metrics;

/// <content>The sections of users and of key counters.</content>
public static partial class AccumulatorCodec
{
    private static void WriteUsers(EncodeScratch scratch, UserSet users)
    {
        ByteWriter writer = scratch.Section;
        if (users.Sketch is { } sketch)
        {
            writer.Byte(SketchedUsers);
            sketch.WritePacked(writer.Take(HyperLogLog.PackedBytes));
            return;
        }

        ReadOnlySpan<ulong> hashes = scratch.Sorted(users);
        writer.Byte(ExactUsers);
        writer.VarInt(hashes.Length);
        unchecked
        {
            int low = LowBits(hashes.Length);
            ulong expected = 0; // the smallest valid value of the next hash
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
    /// The number of low bits of a gap that are stored verbatim; the rest is stored in unary. The gaps of n uniform hashes are near 2^64 /
    /// n, for which this is within 0.1 bit of the optimum (Golomb 1966, Rice 1979), about 1.5 bits above the entropy log2(2^64 / n).
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
        if (count == 0)
        {
            throw new InvalidDataException("Corrupt accumulator: expected no section for 0 users, found one.");
        }

        int low = LowBits(count);
        if ((low + 1L) * count > reader.Remaining * 8L)
        {
            throw new InvalidDataException(
                $"Truncated accumulator: expected {count} users in at least {(low + 1L) * count} bits, found {reader.Remaining} bytes.");
        }

        users.Reserve(count);
        UInt128 expected = 0;
        for (int i = 0; i < count; i++)
        {
            UInt128 hash = expected + ((UInt128)reader.Zeros("users") << low) + reader.Bits(low, "users");
            if (hash > ulong.MaxValue)
            {
                throw new InvalidDataException(
                    $"Corrupt accumulator: expected {count} user hashes of 64 bits, found a greater one at number {i + 1}.");
            }

            users.Add((ulong)hash);
            expected = hash + 1;
        }

        reader.Flush("users");
        return users;
    }

    private static int LengthOf(EncodeScratch scratch, KeyCounter counter)
    {
        WriteCounter(scratch, counter);
        int length = scratch.Section.Written.Length;
        scratch.Section.Clear();
        return length;
    }

    private static void WriteCounter(EncodeScratch scratch, KeyCounter counter)
    {
        ByteWriter writer = scratch.Section;
        writer.VarInt(counter.MaxError);
        writer.VarInt(counter.Count);
        Span<byte> shortKey = stackalloc byte[16];
        Span<byte> last = stackalloc byte[EventKey.MaxStoredBytes];
        int lastLength = 0;
        foreach (int index in scratch.InOrderOfKeys(counter))
        {
            ReadOnlySpan<byte> key = counter.KeyAt(index, shortKey, out long count);
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
        if (count == 0 && maxError == 0)
        {
            throw new InvalidDataException($"Corrupt accumulator: expected no section for 0 {what}, found one.");
        }

        Span<byte> key = stackalloc byte[EventKey.MaxStoredBytes];
        int length = 0;
        for (int i = 0; i < count; i++)
        {
            int shared = (int)reader.VarInt(length, what);
            int rest = (int)reader.VarInt(EventKey.MaxStoredBytes - shared, what);
            ReadOnlySpan<byte> tail = reader.Bytes(rest, what);

            // Strictly ascending: the first byte after the shared ones decides, and a key cannot be a prefix of its predecessor.
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

using System.Buffers.Binary;
using System.Security.Cryptography;
using Tidemark.Aggregation.Accumulators;

namespace Tidemark.Aggregation.Events;

/// <summary>The keys that are counted (pages, event types, countries, devices): their greatest length and their hash.</summary>
public static class EventKey
{
    /// <summary>Longest key kept whole, in UTF-8 bytes.</summary>
    public const int MaxBytes = 512;

    /// <summary>Longest form a key can have after <see cref="Shorten"/>: the prefix, <c>#</c> and 16 hex digits.</summary>
    public const int MaxStoredBytes = MaxBytes + 17;

    // Random per process: whoever writes the events cannot know which keys collide. No result depends on it.
    private static readonly ulong Seed0 = RandomOdd();
    private static readonly ulong Seed1 = RandomOdd();

    /// <summary>
    /// A seeded multiply-fold hash (after wyhash, Wang Yi, public domain). Differs from process to process, so it may place keys in
    /// tables but never order or identify them.
    /// </summary>
    public static uint Hash(ReadOnlySpan<byte> key)
    {
        unchecked
        {
            ulong h = Seed0 ^ (ulong)key.Length;
            while (key.Length > 16)
            {
                h = Fold(BinaryPrimitives.ReadUInt64LittleEndian(key) ^ Seed1, BinaryPrimitives.ReadUInt64LittleEndian(key[8..]) ^ h);
                key = key[16..];
            }

            ulong a, b;
            if (key.Length >= 8)
            {
                a = BinaryPrimitives.ReadUInt64LittleEndian(key);
                b = BinaryPrimitives.ReadUInt64LittleEndian(key[^8..]);
            }
            else if (key.Length >= 4)
            {
                a = BinaryPrimitives.ReadUInt32LittleEndian(key);
                b = BinaryPrimitives.ReadUInt32LittleEndian(key[^4..]);
            }
            else if (key.Length > 0)
            {
                a = ((ulong)key[0] << 16) | ((ulong)key[key.Length >> 1] << 8) | key[^1];
                b = 0;
            }
            else
            {
                a = b = 0;
            }

            h = Fold(a ^ Seed1, b ^ h);
            return (uint)(h ^ (h >> 32));
        }
    }

    /// <summary>Writes the kept form of a key longer than <see cref="MaxBytes"/> and returns its length in bytes.</summary>
    /// <param name="key">Valid UTF-8, longer than <see cref="MaxBytes"/>.</param>
    /// <param name="destination">At least <see cref="MaxStoredBytes"/> bytes.</param>
    public static int Shorten(ReadOnlySpan<byte> key, Span<byte> destination)
    {
        int cut = MaxBytes;
        while ((key[cut] & 0xC0) == 0x80)
        {
            cut--;
        }

        key[..cut].CopyTo(destination);
        destination[cut] = (byte)'#';
        MurmurHash64A.Hash(key).TryFormat(destination[(cut + 1)..], out int written, "x16", null);
        return cut + 1 + written;
    }

    private static ulong Fold(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        return high ^ low;
    }

    private static ulong RandomOdd() => BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8)) | 1;
}

using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using Tidemark.Core.Metrics;

namespace Tidemark.Core.Parsing;

/// <summary>The length limit and the hash of counted keys (pages, event types, countries, devices).</summary>
public static class EventKey
{
    /// <summary>The longest key kept in full, in UTF-8 bytes.</summary>
    public const int MaxBytes = 512;

    /// <summary>The longest result of <see cref="Shorten"/>, in bytes: the prefix, <c>#</c> and 16 hex digits.</summary>
    public const int MaxStoredBytes = MaxBytes + 17;

    // Random per process, so that the senders of events cannot cause collisions. No result depends on it.
    private static readonly ulong Seed0 = RandomOdd();
    private static readonly ulong Seed1 = RandomOdd();

    /// <summary>
    /// A seeded multiply-fold hash (after wyhash, Wang Yi, public domain) of 16 bytes at a time, padded with zeros.
    /// It differs from process to process: use it to place keys in tables, never to order, identify or store them.
    /// </summary>
    public static uint Hash(ReadOnlySpan<byte> key)
    {
        ulong a = 0, b = 0;
        int tail = key.Length == 0 ? 0 : ((key.Length - 1) & 15) + 1;
        ReadOnlySpan<byte> rest = key[(key.Length - tail)..];
        if (tail >= 8)
        {
            a = BinaryPrimitives.ReadUInt64LittleEndian(rest);
            b = tail == 8 ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(rest[^8..]) >> (8 * (16 - tail));
        }
        else if (tail >= 4)
        {
            a = BinaryPrimitives.ReadUInt32LittleEndian(rest) | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(rest[^4..]) << (8 * (tail - 4)));
        }
        else if (tail > 0)
        {
            a = rest[0] | ((ulong)rest[tail >> 1] << (8 * (tail >> 1))) | ((ulong)rest[tail - 1] << (8 * (tail - 1)));
        }

        return Finish(ref MemoryMarshal.GetReference(key), key.Length, a, b);
    }

    /// <summary>The same hash for a key that is followed by 16 readable bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint HashPadded(ref byte key, int length)
    {
        unchecked
        {
            int tail = length == 0 ? 0 : ((length - 1) & 15) + 1;
            ref byte rest = ref Unsafe.Add(ref key, length - tail);
            ulong a = PaddedBytes.Word(ref rest, tail);
            ulong b = PaddedBytes.UpperWord(ref rest, tail);
            return Finish(ref key, length, a, b);
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

    /// <summary>Hashes the full blocks of a key, then its last 1 to 16 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Finish(ref byte key, int length, ulong a, ulong b)
    {
        unchecked
        {
            ulong h = Seed0 ^ (ulong)length;
            for (; length > 16; length -= 16, key = ref Unsafe.Add(ref key, 16))
            {
                h = Fold(Little(ref key) ^ Seed1, Little(ref Unsafe.Add(ref key, 8)) ^ h);
            }

            h = Fold(a ^ Seed1, b ^ h);
            return (uint)(h ^ (h >> 32));
        }
    }

    private static ulong Little(ref byte at)
    {
        ulong word = Unsafe.ReadUnaligned<ulong>(ref at);
        return BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word);
    }

    private static ulong Fold(ulong a, ulong b)
    {
        if (Bmi2.X64.IsSupported)
        {
            // The low half is computed separately, since BigMul returns it through memory.
            return Bmi2.X64.MultiplyNoFlags(a, b) ^ unchecked(a * b);
        }

        ulong high = Math.BigMul(a, b, out ulong low);
        return high ^ low;
    }

    private static ulong RandomOdd() => BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8)) | 1;
}

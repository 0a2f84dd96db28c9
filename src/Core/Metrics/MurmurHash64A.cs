using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Tidemark.Core.Parsing;

namespace Tidemark.Core.Metrics;

/// <summary>
/// MurmurHash64A (Austin Appleby, public domain) with the seed of Redis's HyperLogLog. Reads little-endian on every machine, so that
/// sketches equal those built by Redis.
/// </summary>
public static class MurmurHash64A
{
    /// <summary>Redis's seed.</summary>
    public const ulong Seed = 0xADC83B19UL;

    private const ulong Multiplier = 0xC6A4A7935BD1E995UL;
    private const int Shift = 47;

    /// <summary>The 64-bit hash of <paramref name="data"/>.</summary>
    public static ulong Hash(ReadOnlySpan<byte> data)
    {
        unchecked
        {
            ulong h = Seed ^ ((ulong)data.Length * Multiplier);
            while (data.Length >= 8)
            {
                h = Mix(h, BinaryPrimitives.ReadUInt64LittleEndian(data));
                data = data[8..];
            }

            if (data.Length > 0)
            {
                ulong tail = 0;
                for (int i = data.Length - 1; i >= 0; i--)
                {
                    tail = (tail << 8) | data[i];
                }

                h = (h ^ tail) * Multiplier;
            }

            return Finish(h);
        }
    }

    /// <summary>The same hash for bytes that are followed by eight readable bytes, so that the tail takes one load.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong HashPadded(ref byte data, int length)
    {
        unchecked
        {
            ulong h = Seed ^ ((ulong)length * Multiplier);
            for (; length >= 8; length -= 8, data = ref Unsafe.Add(ref data, 8))
            {
                h = Mix(h, PaddedBytes.Word(ref data, 8));
            }

            if (length > 0)
            {
                h = (h ^ PaddedBytes.Word(ref data, length)) * Multiplier;
            }

            return Finish(h);
        }
    }

    private static ulong Mix(ulong h, ulong k)
    {
        unchecked
        {
            k *= Multiplier;
            k ^= k >> Shift;
            return (h ^ (k * Multiplier)) * Multiplier;
        }
    }

    private static ulong Finish(ulong h)
    {
        unchecked
        {
            h ^= h >> Shift;
            h *= Multiplier;
            return h ^ (h >> Shift);
        }
    }
}

using System.Buffers.Binary;

namespace Tidemark.Aggregation.Accumulators;

/// <summary>
/// MurmurHash64A (Austin Appleby, public domain) with the seed that Redis's HyperLogLog uses, read little-endian on every machine,
/// so that a sketch built here is the sketch Redis would have built.
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
                ulong k = BinaryPrimitives.ReadUInt64LittleEndian(data) * Multiplier;
                k ^= k >> Shift;
                h = (h ^ (k * Multiplier)) * Multiplier;
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

            h ^= h >> Shift;
            h *= Multiplier;
            return h ^ (h >> Shift);
        }
    }
}

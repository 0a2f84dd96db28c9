using System.Runtime.CompilerServices;

namespace Tidemark.Aggregation.Events;

/// <summary>Loads of short texts that have readable bytes after them, so that no length needs a branch of its own.</summary>
internal static class PaddedBytes
{
    /// <summary>The first eight bytes, little-endian, with zeros from <paramref name="length"/> on. Reads eight bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Word(ref byte start, int length)
    {
        unchecked
        {
            ulong word = Unsafe.ReadUnaligned<ulong>(ref start);
            return length >= 8 ? word : word & ~(ulong.MaxValue << (length * 8));
        }
    }
}

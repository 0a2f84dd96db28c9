using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tidemark.Aggregation.Events;

/// <summary>Loads of short texts that have readable bytes after them: no length needs a branch of its own.</summary>
internal static class PaddedBytes
{
    // Masks of 0 to 8 bytes, with zeros before and ones after them, so that one table serves the lower and the upper half of 16.
    private static ReadOnlySpan<ulong> Masks =>
    [
        0, 0, 0, 0, 0, 0, 0, 0,
        0, 0xFF, 0xFFFF, 0xFF_FFFF, 0xFFFF_FFFF, 0xFF_FFFF_FFFF, 0xFFFF_FFFF_FFFF, 0xFF_FFFF_FFFF_FFFF, ulong.MaxValue,
        ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue,
    ];

    /// <summary>The first eight of up to 16 bytes, little-endian, with zeros from <paramref name="length"/> on. Reads eight bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Word(ref byte start, int length) =>
        Unsafe.ReadUnaligned<ulong>(ref start) & Unsafe.Add(ref MemoryMarshal.GetReference(Masks), length + 8);

    /// <summary>The second eight. Reads 16 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong UpperWord(ref byte start, int length) =>
        Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, 8)) & Unsafe.Add(ref MemoryMarshal.GetReference(Masks), length);
}

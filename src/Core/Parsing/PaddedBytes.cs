using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tidemark.Core.Parsing;

/// <summary>Loads short texts that are followed by readable bytes, without a branch per length.</summary>
internal static class PaddedBytes
{
    /// <summary>A slice of 16 bytes that begins <c>n</c> bytes before the middle is a mask of <c>n</c> bytes.</summary>
    private static ReadOnlySpan<byte> Masks =>
    [
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    /// <summary>
    /// The first eight of up to 16 bytes, little-endian, with zeros from <paramref name="length"/> on. Reads eight bytes.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Word(ref byte start, int length) => unchecked(Unsafe.ReadUnaligned<ulong>(ref start) & Mask(16 - length));

    /// <summary>The second eight of up to 16 bytes. Reads 16 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong UpperWord(ref byte start, int length) =>
        unchecked(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, 8)) & Mask(24 - length));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mask(int at) => Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref MemoryMarshal.GetReference(Masks), at));
}

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tidemark.Core.Parsing;

/// <summary>The implementations of stage 1. All produce the same result.</summary>
internal enum IndexPath
{
    Avx512,
    Avx2,
    Vector128,
    Scalar,
}

/// <summary>
/// Stage 1: the positions of every quote, backslash and byte below 0x20. It keeps no state from line to line (it does not know what is
/// inside a string), so a stray quote in one record cannot affect the next.
/// </summary>
internal sealed class StructuralIndex
{
    private const int Chunk = 64;
    private readonly IndexPath _path;
    private int[] _positions = [];

    public StructuralIndex(IndexPath path) => _path = path;

    /// <summary>The fastest implementation that this machine supports.</summary>
    public static IndexPath Best { get; } =
        IsSupported(IndexPath.Avx512) ? IndexPath.Avx512
        : IsSupported(IndexPath.Avx2) ? IndexPath.Avx2
        : IsSupported(IndexPath.Vector128) ? IndexPath.Vector128
        : IndexPath.Scalar;

    /// <summary>The number of positions; the one after the last is the end of the text.</summary>
    public int Count { get; private set; }

    /// <summary>Whether the text holds a byte above 0x7F.</summary>
    public bool HasNonAscii { get; private set; }

    /// <summary>The first position.</summary>
    public ref int First => ref MemoryMarshal.GetArrayDataReference(_positions);

    public ReadOnlySpan<int> Positions => _positions.AsSpan(0, Count);

    public static bool IsSupported(IndexPath path) => path switch
    {
        IndexPath.Avx512 => Avx512Vbmi2.IsSupported && Avx512BW.IsSupported,
        IndexPath.Avx2 => Vector256.IsHardwareAccelerated,
        IndexPath.Vector128 => Vector128.IsHardwareAccelerated,
        _ => true,
    };

    /// <summary>Indexes <c>[start, end)</c>; 64 bytes after the end must be readable.</summary>
    public void Build(ref byte text, int start, int end)
    {
        // Every chunk stores whole vectors, so there must be room for 64 positions after the last one.
        int needed = end - start + (2 * Chunk);
        if (_positions.Length < needed)
        {
            _positions = new int[Math.Max(needed, 2 * _positions.Length)];
        }

        HasNonAscii = false;
        Count = _path switch
        {
            IndexPath.Avx512 => BuildAvx512(ref text, start, end),
            IndexPath.Avx2 => BuildVector256(ref text, start, end),
            IndexPath.Vector128 => BuildVector128(ref text, start, end),
            _ => BuildScalar(ref text, start, end),
        };
        _positions[Count] = end;
    }

    private int BuildAvx512(ref byte text, int start, int end)
    {
        unchecked
        {
            ref int output = ref First;
            Vector512<byte> iota = Vector512<byte>.Indices;
            Vector512<byte> high = Vector512<byte>.Zero;
            int count = 0;
            for (int at = start; at < end; at += Chunk)
            {
                Vector512<byte> bytes = Vector512.LoadUnsafe(ref text, (nuint)at);
                if (end - at < Chunk)
                {
                    // Bytes after the end are treated as spaces: neither special nor above 0x7F.
                    bytes = Vector512.ConditionalSelect(
                        Vector512.LessThan(iota, Vector512.Create((byte)(end - at))), bytes, Vector512.Create((byte)' '));
                }

                high |= bytes;
                Vector512<byte> special = Vector512.Equals(bytes, Vector512.Create((byte)'"'))
                    | Vector512.Equals(bytes, Vector512.Create((byte)'\\'))
                    | Vector512.LessThan(bytes, Vector512.Create((byte)0x20));
                int found = BitOperations.PopCount(special.ExtractMostSignificantBits());
                Vector512<byte> offsets = Avx512Vbmi2.Compress(Vector512<byte>.Zero, special, iota);
                Vector512<int> origin = Vector512.Create(at);
                ref int slot = ref Unsafe.Add(ref output, count);
                (Avx512F.ConvertToVector512Int32(offsets.GetLower().GetLower()) + origin).StoreUnsafe(ref slot);
                (Avx512F.ConvertToVector512Int32(offsets.GetLower().GetUpper()) + origin).StoreUnsafe(ref slot, 16);
                if (found > 32)
                {
                    (Avx512F.ConvertToVector512Int32(offsets.GetUpper().GetLower()) + origin).StoreUnsafe(ref slot, 32);
                    (Avx512F.ConvertToVector512Int32(offsets.GetUpper().GetUpper()) + origin).StoreUnsafe(ref slot, 48);
                }

                count += found;
            }

            HasNonAscii = high.ExtractMostSignificantBits() != 0;
            return count;
        }
    }

    private int BuildVector256(ref byte text, int start, int end)
    {
        unchecked
        {
            ref int output = ref First;
            ulong high = 0;
            int count = 0;
            for (int at = start; at < end; at += Chunk)
            {
                Vector256<byte> low = Vector256.LoadUnsafe(ref text, (nuint)at);
                Vector256<byte> top = Vector256.LoadUnsafe(ref text, (nuint)at + 32);
                ulong inside = end - at < Chunk ? (1UL << (end - at)) - 1 : ulong.MaxValue;
                high |= (low.ExtractMostSignificantBits() | ((ulong)top.ExtractMostSignificantBits() << 32)) & inside;
                ulong mask = (Special(low) | ((ulong)Special(top) << 32)) & inside;
                count = Spread(ref output, count, mask, at);
            }

            HasNonAscii = high != 0;
            return count;
        }
    }

    private int BuildVector128(ref byte text, int start, int end)
    {
        unchecked
        {
            ref int output = ref First;
            ulong high = 0;
            int count = 0;
            for (int at = start; at < end; at += Chunk)
            {
                ulong mask = 0;
                ulong above = 0;
                for (int part = 0; part < Chunk; part += 16)
                {
                    Vector128<byte> bytes = Vector128.LoadUnsafe(ref text, (nuint)(at + part));
                    Vector128<byte> special = Vector128.Equals(bytes, Vector128.Create((byte)'"'))
                        | Vector128.Equals(bytes, Vector128.Create((byte)'\\'))
                        | Vector128.LessThan(bytes, Vector128.Create((byte)0x20));
                    mask |= (ulong)special.ExtractMostSignificantBits() << part;
                    above |= (ulong)bytes.ExtractMostSignificantBits() << part;
                }

                ulong inside = end - at < Chunk ? (1UL << (end - at)) - 1 : ulong.MaxValue;
                high |= above & inside;
                count = Spread(ref output, count, mask & inside, at);
            }

            HasNonAscii = high != 0;
            return count;
        }
    }

    private int BuildScalar(ref byte text, int start, int end)
    {
        unchecked
        {
            ref int output = ref First;
            byte high = 0;
            int count = 0;
            for (int at = start; at < end; at++)
            {
                byte b = Unsafe.Add(ref text, at);
                high |= b;
                if (b is < 0x20 or (byte)'"' or (byte)'\\')
                {
                    Unsafe.Add(ref output, count++) = at;
                }
            }

            HasNonAscii = high >= 0x80;
            return count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Special(Vector256<byte> bytes) =>
        (Vector256.Equals(bytes, Vector256.Create((byte)'"'))
            | Vector256.Equals(bytes, Vector256.Create((byte)'\\'))
            | Vector256.LessThan(bytes, Vector256.Create((byte)0x20))).ExtractMostSignificantBits();

    /// <summary>Writes the set bits as positions, four at a time; positions beyond the count are overwritten later.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Spread(ref int output, int count, ulong mask, int at)
    {
        unchecked
        {
            int total = count + BitOperations.PopCount(mask);
            for (int next = count; next < total; next += 4)
            {
                ref int slot = ref Unsafe.Add(ref output, next);
                slot = at + BitOperations.TrailingZeroCount(mask);
                mask &= mask - 1;
                Unsafe.Add(ref slot, 1) = at + BitOperations.TrailingZeroCount(mask);
                mask &= mask - 1;
                Unsafe.Add(ref slot, 2) = at + BitOperations.TrailingZeroCount(mask);
                mask &= mask - 1;
                Unsafe.Add(ref slot, 3) = at + BitOperations.TrailingZeroCount(mask);
                mask &= mask - 1;
            }

            return total;
        }
    }
}

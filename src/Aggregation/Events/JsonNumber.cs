using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tidemark.Aggregation.Events;

/// <summary>The grammar of JSON numbers and literals.</summary>
internal static class JsonNumber
{
    /// <summary>Where the number that starts at <paramref name="at"/> ends, or -1 if none does before <paramref name="end"/>.</summary>
    public static int End(ref byte text, int at, int end)
    {
        if (at < end && Unsafe.Add(ref text, at) == '-')
        {
            at++;
        }

        if (at < end && Unsafe.Add(ref text, at) == '0')
        {
            at++;
        }
        else if (!Digits(ref text, ref at, end))
        {
            return -1;
        }

        if (at < end && Unsafe.Add(ref text, at) == '.')
        {
            at++;
            if (!Digits(ref text, ref at, end))
            {
                return -1;
            }
        }

        if (at < end && (Unsafe.Add(ref text, at) | 0x20) == 'e')
        {
            at++;
            if (at < end && Unsafe.Add(ref text, at) is (byte)'+' or (byte)'-')
            {
                at++;
            }

            if (!Digits(ref text, ref at, end))
            {
                return -1;
            }
        }

        return at;
    }

    /// <summary>Length of the literal (<c>true</c>, <c>false</c>, <c>null</c>) at a place, 0 if there is none.</summary>
    public static int LiteralLength(ref byte text, int at, int end)
    {
        ReadOnlySpan<byte> literal = Unsafe.Add(ref text, at) switch
        {
            (byte)'t' => "true"u8,
            (byte)'f' => "false"u8,
            _ => "null"u8,
        };
        if (end - at < literal.Length)
        {
            return 0;
        }

        for (int i = 0; i < literal.Length; i++)
        {
            if (Unsafe.Add(ref text, at + i) != literal[i])
            {
                return 0;
            }
        }

        return literal.Length;
    }

    /// <summary>Whether the bytes between two places are exactly one number or literal. Reads 16 bytes from the start.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsScalar(ref byte text, int start, int end)
    {
        unchecked
        {
            int length = end - start;
            if (length > 16)
            {
                return IsScalarSlow(ref text, start, end);
            }

            // Digits but for a minus in front and one point between digits: the bits of all other bytes are at most these two.
            Vector128<byte> values = Vector128.LoadUnsafe(ref text, (nuint)start) - Vector128.Create((byte)'0');
            uint others = Vector128.GreaterThan(values, Vector128.Create((byte)9)).ExtractMostSignificantBits() & ((1u << length) - 1);
            int first = Unsafe.Add(ref text, start) == '-' ? 1 : 0;
            others &= ~(uint)first;
            int whole = (others == 0 ? length : BitOperations.TrailingZeroCount(others)) - first;
            bool plain = whole > 0
                && (others == 0 || ((others & (others - 1)) == 0 && whole + first + 1 < length && Unsafe.Add(ref text, start + first + whole) == '.'))
                && (whole == 1 || Unsafe.Add(ref text, start + first) != '0');
            return plain || IsScalarSlow(ref text, start, end);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsScalarSlow(ref byte text, int start, int end) =>
        Unsafe.Add(ref text, start) is (byte)'t' or (byte)'f' or (byte)'n'
            ? start + LiteralLength(ref text, start, end) == end
            : End(ref text, start, end) == end;

    private static bool Digits(ref byte text, ref int at, int end)
    {
        int start = at;
        while (at < end && char.IsAsciiDigit((char)Unsafe.Add(ref text, at)))
        {
            at++;
        }

        return at > start;
    }
}

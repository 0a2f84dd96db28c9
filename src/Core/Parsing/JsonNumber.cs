using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tidemark.Core.Parsing;

/// <summary>The grammar of JSON numbers and literals.</summary>
internal static class JsonNumber
{
    /// <summary>
    /// The end of the number that starts at <paramref name="at"/>; -1 if there is no number before <paramref name="end"/>.
    /// </summary>
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

    /// <summary>The length of the literal (<c>true</c>, <c>false</c>, <c>null</c>) at a position; 0 if there is none.</summary>
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

    /// <summary>Whether the bytes of a range are exactly one number or literal.</summary>
    public static bool IsScalar(ref byte text, int start, int end) =>
        Unsafe.Add(ref text, start) is (byte)'t' or (byte)'f' or (byte)'n'
            ? start + LiteralLength(ref text, start, end) == end
            : End(ref text, start, end) == end;

    /// <summary>
    /// A fast check for literals and for numbers of up to 16 bytes without an exponent; false means "use <see cref="IsScalar"/>". Calls
    /// nothing, and reads 16 bytes from the start.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUsualScalar(ref byte text, int start, int end)
    {
        unchecked
        {
            ref byte first = ref Unsafe.Add(ref text, start);
            int length = end - start;
            if (first >= 'a')
            {
                uint word = Unsafe.ReadUnaligned<uint>(ref first);
                return length == 4
                    ? word == BitConverter.ToUInt32("true"u8) || word == BitConverter.ToUInt32("null"u8)
                    : length == 5 && word == BitConverter.ToUInt32("fals"u8) && Unsafe.Add(ref first, 4) == 'e';
            }

            // A number is digits with an optional leading minus and an optional point between digits: at most these two are other bytes.
            Vector128<byte> values = Vector128.LoadUnsafe(ref first) - Vector128.Create((byte)'0');
            uint others = Vector128.GreaterThan(values, Vector128.Create((byte)9)).ExtractMostSignificantBits();
            int minus = first == '-' ? 1 : 0;

            // The byte that ends the number is the last of the other bytes.
            others = (others | (1u << length)) & ((2u << length) - 1) & ~(uint)minus;
            int whole = BitOperations.TrailingZeroCount(others);
            uint more = others & (others - 1);
            return length <= 16 && whole > minus
                && (whole == minus + 1 || Unsafe.Add(ref first, minus) != '0')
                && (more == 0 ? whole == length : more == 1u << length && whole + 1 < length && Unsafe.Add(ref first, whole) == '.');
        }
    }

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

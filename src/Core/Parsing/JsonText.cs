using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace Tidemark.Core.Parsing;

/// <summary>Escape sequences of JSON strings.</summary>
internal static class JsonText
{
    /// <summary>The length of the escape sequence at a backslash, 0 if it is invalid. Reads up to five bytes after the backslash.</summary>
    public static int EscapeLength(ref byte backslash)
    {
        switch (Unsafe.Add(ref backslash, 1))
        {
            case (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t':
                return 2;
            case (byte)'u':
                for (int i = 2; i < 6; i++)
                {
                    if (!char.IsAsciiHexDigit((char)Unsafe.Add(ref backslash, i)))
                    {
                        return 0;
                    }
                }

                return 6;
            default:
                return 0;
        }
    }

    /// <summary>
    /// Writes the text of a string with well-formed escapes and returns its length, which never exceeds the source's.
    /// A surrogate without its partner becomes U+FFFD.
    /// </summary>
    public static int Unescape(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        int written = 0;
        while (true)
        {
            int plain = source.IndexOf((byte)'\\');
            if (plain < 0)
            {
                source.CopyTo(destination[written..]);
                return written + source.Length;
            }

            source[..plain].CopyTo(destination[written..]);
            written += plain;
            source = source[plain..];
            if (source[1] != 'u')
            {
                destination[written++] = Simple(source[1]);
                source = source[2..];
                continue;
            }

            uint unit = Hex(source[2..]);
            source = source[6..];
            if (unit is >= 0xD800 and <= 0xDBFF && IsLowSurrogate(source, out uint low))
            {
                unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                source = source[6..];
            }

            Rune rune = Rune.IsValid(unit) ? new Rune(unit) : Rune.ReplacementChar;
            written += rune.EncodeToUtf8(destination[written..]);
        }
    }

    private static bool IsLowSurrogate(ReadOnlySpan<byte> source, out uint unit)
    {
        unit = source.Length >= 6 && source[0] == '\\' && source[1] == 'u' ? Hex(source[2..]) : 0;
        return unit is >= 0xDC00 and <= 0xDFFF;
    }

    private static byte Simple(byte letter) => letter switch
    {
        (byte)'b' => 8,
        (byte)'f' => 12,
        (byte)'n' => 10,
        (byte)'r' => 13,
        (byte)'t' => 9,
        _ => letter,
    };

    /// <summary>The value of four hex digits. A letter, whose bit 6 is set, is 9 more than its low four bits.</summary>
    private static uint Hex(ReadOnlySpan<byte> digits)
    {
        unchecked
        {
            uint four = BinaryPrimitives.ReadUInt32BigEndian(digits);
            uint nibbles = (four & 0x0F0F0F0F) + (((four >> 6) & 0x01010101) * 9);
            nibbles = (nibbles | (nibbles >> 4)) & 0x00FF00FF;
            return (nibbles | (nibbles >> 8)) & 0xFFFF;
        }
    }
}

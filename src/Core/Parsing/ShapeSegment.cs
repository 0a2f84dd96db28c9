using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tidemark.Core.Parsing;

/// <summary>What follows a segment.</summary>
internal enum SegmentEnd : byte
{
    /// <summary>A string; the segment ends with its opening quote, the next begins with the closing one.</summary>
    String,

    /// <summary>A number or literal.</summary>
    Scalar,

    /// <summary>An array, which the walker skips.</summary>
    Array,

    /// <summary>The next record; the segment ends with LF.</summary>
    Record,

    /// <summary>The first segment of a record: this is the state before it.</summary>
    Start,
}

/// <summary>
/// The constant text between two values of a record: closing and opening brackets, commas, white space, names. A segment is a fact about
/// the grammar: after a value in state <see cref="From"/>, this text leads to a value in state <see cref="To"/>. A state is the kind of the
/// value and the object it is in, so any chain of segments with matching states is a well-formed record, whether or not that record was
/// seen before.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
internal struct ShapeSegment
{
    public const int MaxLength = 64;

    /// <summary>The text, padded with zeros.</summary>
    public SegmentText Text;

    /// <summary>One bit for each byte of the text.</summary>
    public ulong Mask;

    /// <summary>The segments that are tried first and second after this one.</summary>
    public int Likely;
    public int Second;

    /// <summary>How often the second guess was right since a record count; see <see cref="ShapeTable"/>.</summary>
    public int SecondHits;
    public uint SecondSince;

    /// <summary>The next segment with the same hash; 0 at the end.</summary>
    public int Chain;
    public ushort From;
    public ushort To;

    /// <summary>Bits of the fields that the names in the text make absent.</summary>
    public uint Clears;
    public byte Length;

    /// <summary>The number of bytes before the first special one, from which the end of a number is computed.</summary>
    public byte Lead;

    /// <summary>The number of special bytes in the text.</summary>
    public byte Specials;

    /// <summary>The field that stores the value after the text.</summary>
    public Field Field;
    public SegmentEnd End;

    /// <summary>Whether <see cref="Likely"/> is the next segment of the table.</summary>
    public bool LikelyIsNeighbour;

    /// <summary>Whether the text is at a position; reads 64 bytes there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Matches(ref byte place, ref ShapeSegment segment)
    {
        ref byte text = ref Unsafe.As<SegmentText, byte>(ref segment.Text);
        if (Vector512.IsHardwareAccelerated)
        {
            ulong equal = Vector512.Equals(Vector512.LoadUnsafe(ref place), Vector512.LoadUnsafe(ref text)).ExtractMostSignificantBits();
            return (~equal & segment.Mask) == 0;
        }

        if (Vector256.IsHardwareAccelerated)
        {
            uint low = Vector256.Equals(Vector256.LoadUnsafe(ref place), Vector256.LoadUnsafe(ref text)).ExtractMostSignificantBits();
            return (~low & unchecked((uint)segment.Mask)) == 0 && (segment.Length <= 32 || MatchesUpper(ref place, ref text, segment.Mask));
        }

        return MatchesByParts(ref place, ref text, segment.Length);
    }

    private static bool MatchesUpper(ref byte place, ref byte text, ulong mask)
    {
        uint high = Vector256.Equals(Vector256.LoadUnsafe(ref place, 32), Vector256.LoadUnsafe(ref text, 32)).ExtractMostSignificantBits();
        return (~high & (uint)(mask >> 32)) == 0;
    }

    private static bool MatchesByParts(ref byte place, ref byte text, int length) =>
        MemoryMarshal.CreateReadOnlySpan(ref place, length).SequenceEqual(MemoryMarshal.CreateReadOnlySpan(ref text, length));
}

/// <summary>Room for the longest segment.</summary>
[InlineArray(ShapeSegment.MaxLength)]
internal struct SegmentText
{
    private byte _first;
}

using System.Runtime.CompilerServices;

namespace Tidemark.Core.Parsing;

/// <summary>
/// The fast path: matches whole records against learned segments, each time guessing the segment that followed last time. Its size is
/// fixed: records that do not fit are left to the walker.
/// </summary>
internal sealed partial class ShapeTable
{
    public const int MaxSegments = 512;
    private const int MaxChain = 8;
    private const int Start = 0;
    private const int Never = 1;
    private const int FirstLearned = 2;
    private const int EndShift = 12;
    private const ushort StartState = (ushort)SegmentEnd.Start << EndShift;

    // One more than the maximum, so that every segment has a neighbour.
    private readonly ShapeSegment[] _segments = new ShapeSegment[MaxSegments + 1];
    private readonly int[] _buckets = new int[256];
    private int _count;
    private uint _tried;

    private readonly RecordSchema _schema;

    /// <summary>Creates a table that knows no segments.</summary>
    /// <param name="schema">What the members of records mean.</param>
    public ShapeTable(RecordSchema schema)
    {
        _schema = schema;
        Reset();
    }

    /// <summary>The number of known segments.</summary>
    public int Count => _count - FirstLearned;

    public bool IsFull => _count == MaxSegments;

    /// <summary>Removes all segments.</summary>
    public void Reset()
    {
        Array.Clear(_buckets);
        Array.Clear(_segments);
        _count = FirstLearned;
        _segments[Start].Second = Never;
        SetLikely(ref _segments[Start], Never);
        _segments[Start].To = StartState;
        _segments[Start].End = SegmentEnd.Start;

        // Stands for "none yet": no valid UTF-8 matches it.
        ((Span<byte>)_segments[Never].Text).Fill(0xFF);
        _segments[Never].Mask = ulong.MaxValue;
        _segments[Never].Length = ShapeSegment.MaxLength;
        _segments[Never].From = ushort.MaxValue;
        _segments[Never].Likely = _segments[Never].Second = Never;
    }

    /// <summary>The state of a value in an object; the rest of the record depends on nothing else.</summary>
    public static ushort State(SegmentEnd value, byte node, int depth) => (ushort)(((int)value << EndShift) | (node << 4) | depth);

    /// <summary>Adds a segment, unless it is known, and returns its index; -1 when it does not fit.</summary>
    public int Add(int previous, ReadOnlySpan<byte> text, ushort to, Field field, uint clears)
    {
        ushort from = previous < 0 ? StartState : _segments[previous].To;
        bool afterString = from >> EndShift == (int)SegmentEnd.String;
        if (text.Length is 0 or > ShapeSegment.MaxLength)
        {
            return -1;
        }

        int bucket = Bucket(text, afterString, from);
        int found = Find(bucket, from, text, out int chained);
        if (found == Never)
        {
            if (IsFull || chained >= MaxChain)
            {
                return -1;
            }

            found = _count++;
            Fill(ref _segments[found], text, from, to, field, clears);
            _segments[found].Chain = _buckets[bucket];
            _buckets[bucket] = found;
        }

        ref ShapeSegment before = ref _segments[Math.Max(previous, Start)];
        if (before.Likely == Never)
        {
            SetLikely(ref before, found);
        }
        else if (before.Likely != found)
        {
            before.Second = found;
        }

        return found;
    }

    private void SetLikely(ref ShapeSegment segment, int likely)
    {
        segment.Likely = likely;
        segment.LikelyIsNeighbour = Unsafe.AreSame(ref Unsafe.Add(ref segment, 1), ref _segments[likely]);
    }

    private static void Fill(ref ShapeSegment segment, ReadOnlySpan<byte> text, ushort from, ushort to, Field field, uint clears)
    {
        segment = default;
        text.CopyTo(segment.Text);
        segment.Mask = ulong.MaxValue >> (64 - text.Length);
        segment.Likely = segment.Second = Never;
        segment.From = from;
        segment.To = to;
        segment.Length = (byte)text.Length;
        segment.Lead = byte.MaxValue;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is < 0x20 or (byte)'"' or (byte)'\\')
            {
                segment.Lead = Math.Min(segment.Lead, (byte)i);
                segment.Specials++;
            }
        }

        segment.Clears = clears;
        segment.Field = field;
        segment.End = (SegmentEnd)(to >> EndShift);
    }

    private int Find(int bucket, ushort from, ReadOnlySpan<byte> text, out int chained)
    {
        chained = 0;
        for (int i = _buckets[bucket]; i != 0; i = _segments[i].Chain, chained++)
        {
            ref ShapeSegment segment = ref _segments[i];
            if (segment.From == from && ((ReadOnlySpan<byte>)segment.Text)[..segment.Length].SequenceEqual(text))
            {
                return i;
            }
        }

        return Never;
    }

    /// <summary>The bucket of a segment, by the first name in it.</summary>
    private static int Bucket(ReadOnlySpan<byte> text, bool afterString, ushort from)
    {
        ReadOnlySpan<byte> rest = afterString ? text[1..] : text;
        int quote = FirstSpecial(rest);
        if (rest[quote] != '"')
        {
            return Bucket(0, 0, from);
        }

        rest = rest[(quote + 1)..];
        int length = FirstSpecial(rest);
        ulong name = 0;
        for (int i = Math.Min(length, 8) - 1; i >= 0; i--)
        {
            name = (name << 8) | rest[i];
        }

        return Bucket(name, length, from);
    }

    private static int Bucket(ulong name, int length, ushort from) =>
        unchecked((int)((name ^ ((ulong)length << 57) ^ ((ulong)from << 40)) * 0x9E3779B97F4A7C15UL >> 56));

    private static int FirstSpecial(ReadOnlySpan<byte> text)
    {
        int i = 0;
        while (text[i] is not (< 0x20 or (byte)'"' or (byte)'\\'))
        {
            i++;
        }

        return i;
    }
}

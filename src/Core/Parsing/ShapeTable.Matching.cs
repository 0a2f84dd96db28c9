using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tidemark.Core.Parsing;

/// <summary>Matching: first along the guesses, then segment by segment where a guess is wrong.</summary>
internal sealed partial class ShapeTable
{
    /// <summary>
    /// Matches the record at <paramref name="start"/>, which must be valid UTF-8 and end with LF. On success
    /// <paramref name="next"/> is the index entry after the record and <paramref name="end"/> the position of its LF.
    /// </summary>
    public bool TryMatch(ref byte text, ref int index, int start, ref int next, ref RecordFields fields, out int end)
    {
        unchecked
        {
            ref ShapeSegment table = ref MemoryMarshal.GetArrayDataReference(_segments);
            ref ulong ranges = ref Unsafe.As<FieldRanges, ulong>(ref fields.Ranges);
            MatchState state = new() { Next = next, Value = start };
            _tried++;
            while (!FollowGuesses(ref text, ref index, ref table, ref ranges, ref state))
            {
                ref ShapeSegment last = ref Unsafe.AddByteOffset(ref table, state.Last);
                int found = Resolve(ref text, ref index, ref last, ref state, out int at, ref fields);
                if (found == Never)
                {
                    end = 0;
                    return false;
                }

                ref ShapeSegment segment = ref Unsafe.Add(ref table, found);
                Take(ref ranges, last.Field, state.Value, at, ref segment);
                state.Next += segment.Specials;
                state.Value = at + segment.Length;
                state.Last = Unsafe.ByteOffset(ref table, ref segment);
                if (segment.End == SegmentEnd.Record)
                {
                    break;
                }
            }

            next = state.Next;
            end = state.Value - 1;
            return true;
        }
    }

    /// <summary>
    /// Follows the first guesses to the end of the record; false where one is wrong. Calls nothing, so that its state stays in registers.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool FollowGuesses(ref byte text, ref int index, ref ShapeSegment table, ref ulong ranges, ref MatchState state)
    {
        unchecked
        {
            ref ShapeSegment last = ref Unsafe.AddByteOffset(ref table, state.Last);
            int k = state.Next;
            int value = state.Value;
            while (true)
            {
                // Segments learned in sequence are neighbours: the branch is predicted, so nothing waits for a load.
                ref ShapeSegment segment = ref Unsafe.Add(ref last, 1);
                if (!last.LikelyIsNeighbour)
                {
                    segment = ref Unsafe.Add(ref table, last.Likely);
                }

                int at = Unsafe.Add(ref index, k);
                if (last.End != SegmentEnd.String)
                {
                    at -= segment.Lead;
                    if (last.End == SegmentEnd.Scalar
                        ? at <= value || !JsonNumber.IsUsualScalar(ref text, value, at)
                        : at != value || last.End == SegmentEnd.Array)
                    {
                        break;
                    }
                }

                if (!ShapeSegment.Matches(ref Unsafe.Add(ref text, at), ref segment))
                {
                    break;
                }

                Take(ref ranges, last.Field, value, at, ref segment);
                k += segment.Specials;
                value = at + segment.Length;
                last = ref segment;
                if (segment.End == SegmentEnd.Record)
                {
                    state.Next = k;
                    state.Value = value;
                    return true;
                }
            }

            state.Next = k;
            state.Value = value;
            state.Last = Unsafe.ByteOffset(ref table, ref last);
            return false;
        }
    }

    /// <summary>Records the value before a segment, then the fields that the segment's names make absent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Take(ref ulong ranges, Field field, int start, int end, ref ShapeSegment segment)
    {
        Unsafe.Add(ref ranges, (int)field) = RecordFields.Pack(start, end);
        for (uint clears = segment.Clears; clears != 0; clears &= unchecked(clears - 1))
        {
            Unsafe.Add(ref ranges, BitOperations.TrailingZeroCount(clears)) = 0;
        }
    }

    /// <summary>
    /// Finds the next segment when the guess was wrong: the second guess, an escape in a string, or any segment with that name.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Resolve(ref byte text, ref int index, ref ShapeSegment last, ref MatchState state, out int at, ref RecordFields fields)
    {
        int value = state.Value;
        bool moved = false;
        at = Unsafe.Add(ref index, state.Next);
        if (last.End == SegmentEnd.String && Unsafe.Add(ref text, at) == '\\')
        {
            if (!SkipEscapes(ref text, ref index, ref state.Next))
            {
                return Never;
            }

            fields.Escaped |= 1u << (int)last.Field;
            moved = true;
        }
        else if (last.End == SegmentEnd.Array)
        {
            RecordWalker walker = new(_schema, ref text, ref index, value, RecordWalker.LineEnd, state.Next);
            if (Unsafe.Add(ref text, value) != '[' || !walker.SkipArray(last.To & 0xF))
            {
                return Never;
            }

            value = walker.Position;
            state.Next = walker.Next;
            moved = true;
        }

        int next = state.Next;
        // If nothing was skipped, the first guess has just failed, unless the value is a number in an unusual form.
        if ((moved || last.End == SegmentEnd.Scalar) && Accepts(ref text, ref index, ref last, last.Likely, value, next, out at))
        {
            return last.Likely;
        }

        if (Accepts(ref text, ref index, ref last, last.Second, value, next, out at))
        {
            return Second(ref last);
        }

        int found = _buckets[Bucket(ref text, ref index, next, last.End == SegmentEnd.String, last.To)];
        while (found != 0 && (_segments[found].From != last.To || !Accepts(ref text, ref index, ref last, found, value, next, out at)))
        {
            found = _segments[found].Chain;
        }

        if (found == 0)
        {
            return Never;
        }

        last.Second = found;
        return found;
    }

    /// <summary>
    /// Takes the second guess, which becomes the first once it is right for more than half of the records: a shape learned from an
    /// unusual record must not stay in front of the usual one, and two alternating shapes must not displace each other.
    /// </summary>
    private int Second(ref ShapeSegment last)
    {
        int found = last.Second;
        if (++last.SecondHits == 16)
        {
            if (unchecked(_tried - last.SecondSince) < 32)
            {
                last.Second = last.Likely;
                SetLikely(ref last, found);
            }

            last.SecondHits = 0;
            last.SecondSince = _tried;
        }

        return found;
    }

    /// <summary>Whether a segment follows the value that begins at <paramref name="value"/>, with a complete value before it.</summary>
    private bool Accepts(ref byte text, ref int index, ref ShapeSegment last, int candidate, int value, int next, out int at)
    {
        ref ShapeSegment segment = ref _segments[candidate];
        at = Unsafe.Add(ref index, next);
        switch (last.End)
        {
            case SegmentEnd.String:
                return ShapeSegment.Matches(ref Unsafe.Add(ref text, at), ref segment);
            case SegmentEnd.Scalar:
                at -= segment.Lead;
                return at > value && ShapeSegment.Matches(ref Unsafe.Add(ref text, at), ref segment) && JsonNumber.IsScalar(ref text, value, at);
            default:
                at = value;
                return ShapeSegment.Matches(ref Unsafe.Add(ref text, at), ref segment);
        }
    }

    /// <summary>Moves from the first backslash of a string to its end.</summary>
    private static bool SkipEscapes(ref byte text, ref int index, ref int next)
    {
        while (true)
        {
            ref byte special = ref Unsafe.Add(ref text, Unsafe.Add(ref index, next));
            if (special != '\\')
            {
                return special == '"';
            }

            if (JsonText.EscapeLength(ref special) == 0)
            {
                return false;
            }

            next += Unsafe.Add(ref special, 1) is (byte)'"' or (byte)'\\' ? 2 : 1;
        }
    }

    /// <summary>The bucket of the segment expected after the index entry <paramref name="next"/>.</summary>
    private static int Bucket(ref byte text, ref int index, int next, bool afterString, ushort from)
    {
        int special = afterString ? next + 1 : next;
        int quote = Unsafe.Add(ref index, special);
        if (Unsafe.Add(ref text, quote) != '"')
        {
            return Bucket(0, 0, from);
        }

        int length = Unsafe.Add(ref index, special + 1) - quote - 1;
        return Bucket(PaddedBytes.Word(ref Unsafe.Add(ref text, quote + 1), Math.Min(length, 8)), length, from);
    }

    /// <summary>The position of a match: after the segment <see cref="Last"/>, a byte offset in the table.</summary>
    private struct MatchState
    {
        public int Next;
        public int Value;
        public nint Last;
    }
}

using System.Numerics;
using System.Runtime.CompilerServices;

namespace Tidemark.Core.Parsing;

/// <summary>
/// The fields of a record that are used. <see cref="None"/> stands for every other member. The values from <see cref="FirstExtra"/> on are
/// further places of the same fields, see <see cref="FieldPlan"/>.
/// </summary>
internal enum Field : byte
{
    None,
    Timestamp,
    EventType,
    User,
    Page,
    Country,
    Device,
    Amount,
    FirstExtra,
}

/// <summary>
/// The positions of one record's used values. A range holds its start in the low half and its end in the high half; 0 is an absent value
/// (no value starts at 0: a brace does). Ranges of strings exclude the quotes, so the byte before the start distinguishes strings from
/// numbers.
/// </summary>
internal struct RecordFields
{
    public FieldRanges Ranges;

    /// <summary>One bit for each field whose string may contain an escape. A bit set in vain costs time only.</summary>
    public uint Escaped;

    public void Set(Field field, int start, int end, bool escaped)
    {
        Ranges[(int)field] = Pack(start, end);
        if (escaped)
        {
            Escaped |= 1u << (int)field;
        }
    }

    /// <summary>Makes every field whose bit is set absent.</summary>
    public void Clear(uint fields)
    {
        for (; fields != 0; fields &= unchecked(fields - 1))
        {
            Ranges[BitOperations.TrailingZeroCount(fields)] = 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Pack(int start, int end) => unchecked((uint)start | ((ulong)(uint)end << 32));
}

/// <summary>One range for each <see cref="Field"/>.</summary>
[InlineArray(Capacity)]
internal struct FieldRanges
{
    /// <summary>How many fields there may be, <see cref="Field.None"/> and further places included.</summary>
    public const int Capacity = 16;

    private ulong _first;
}

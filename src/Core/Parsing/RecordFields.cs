using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tidemark.Core.Parsing;

/// <summary>
/// The fields of a record that are used. <see cref="None"/> stands for every other member. The values from <see cref="FirstExtra"/> on are
/// further places of the same fields, see <see cref="FieldPlan"/>, and the breakdowns that the configuration adds.
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
    Currency,
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

    /// <summary>Makes all fields absent.</summary>
    /// <param name="isWide">Whether fields beyond <see cref="FieldRanges.NarrowCapacity"/> are used.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Reset(bool isWide)
    {
        Escaped = 0;
        Ranges.Reset(isWide);
    }

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

/// <summary>One range for each <see cref="Field"/>, in two halves: few schemas use the second one, and the others do not pay for it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FieldRanges
{
    /// <summary>How many fields there may be, <see cref="Field.None"/>, further places and added breakdowns included.</summary>
    public const int Capacity = 2 * NarrowCapacity;

    /// <summary>How many fields fit the first half.</summary>
    public const int NarrowCapacity = 16;

    private HalfOfRanges _narrow;
    private HalfOfRanges _wide;

    /// <summary>The range of a field, less than <see cref="Capacity"/>; not checked.</summary>
    [UnscopedRef]
    public ref ulong this[int field]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref Unsafe.Add(ref Unsafe.As<HalfOfRanges, ulong>(ref _narrow), field);
    }

    /// <summary>Makes all fields absent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Reset(bool isWide)
    {
        _narrow = default;
        if (isWide)
        {
            _wide = default;
        }
    }
}

/// <summary>Half of the ranges.</summary>
[InlineArray(FieldRanges.NarrowCapacity)]
internal struct HalfOfRanges
{
    private ulong _first;
}

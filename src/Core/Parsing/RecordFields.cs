using System.Numerics;
using System.Runtime.CompilerServices;

namespace Tidemark.Core.Parsing;

/// <summary>The fields of a record that are used. <see cref="None"/> stands for every other member.</summary>
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
}

/// <summary>The objects whose members are used.</summary>
internal enum Scope : byte
{
    Root,
    Geo,
    Device,
    Metadata,
    Other,
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

/// <summary>One range per <see cref="Field"/>.</summary>
[InlineArray(8)]
internal struct FieldRanges
{
    private ulong _first;
}

/// <summary>The meaning of a member's name in its scope, packed into one word so that it stays in a register.</summary>
internal readonly struct Member
{
    private const int LongestName = 10;

    private readonly uint _bits;

    private Member(Field field, Field clears, Scope inside) => _bits = (uint)field | ((uint)inside << 8) | (1u << ((int)clears + 16));

    /// <summary>A member that is not used.</summary>
    public static Member Unknown => new(Field.None, Field.None, Scope.Other);

    /// <summary>The field that stores its string or number.</summary>
    public Field Field => (Field)unchecked((byte)_bits);

    /// <summary>The scope of the members inside it when its value is an object.</summary>
    public Scope Inside => (Scope)unchecked((byte)(_bits >> 8));

    /// <summary>Bits of the fields that the member makes absent, whatever its value: of duplicate names the last one wins.</summary>
    public uint Clears => (_bits >> 16) & ~1u;

    /// <summary>Resolves a name without escapes.</summary>
    public static Member Resolve(Scope scope, ReadOnlySpan<byte> name)
    {
        switch (scope)
        {
            case Scope.Root:
                return ResolveRoot(name);
            case Scope.Geo:
                return name.SequenceEqual("country"u8) ? Value(Field.Country) : Unknown;
            case Scope.Device:
                return name.SequenceEqual("type"u8) ? Value(Field.Device) : Unknown;
            case Scope.Metadata:
                return name.SequenceEqual("amount"u8) ? Value(Field.Amount) : Unknown;
            default:
                return Unknown;
        }
    }

    /// <summary>Resolves a name with well-formed escapes.</summary>
    public static Member ResolveEscaped(Scope scope, ReadOnlySpan<byte> name)
    {
        // An escape takes at most six bytes per byte of text, so a longer name cannot be a known one.
        if (name.Length > 6 * LongestName)
        {
            return Unknown;
        }

        Span<byte> plain = stackalloc byte[6 * LongestName];
        return Resolve(scope, plain[..JsonText.Unescape(name, plain)]);
    }

    private static Member ResolveRoot(ReadOnlySpan<byte> name) => name.Length switch
    {
        3 when name.SequenceEqual("geo"u8) => Object(Field.Country, Scope.Geo),
        6 when name.SequenceEqual("device"u8) => Object(Field.Device, Scope.Device),
        7 when name.SequenceEqual("user_id"u8) => Value(Field.User),
        8 when name.SequenceEqual("page_url"u8) => Value(Field.Page),
        8 when name.SequenceEqual("metadata"u8) => Object(Field.Amount, Scope.Metadata),
        9 when name.SequenceEqual("timestamp"u8) => Value(Field.Timestamp),
        10 when name.SequenceEqual("event_type"u8) => Value(Field.EventType),
        _ => Unknown,
    };

    private static Member Value(Field field) => new(field, field, Scope.Other);

    private static Member Object(Field member, Scope inside) => new(Field.None, member, inside);
}

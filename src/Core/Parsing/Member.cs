namespace Tidemark.Core.Parsing;

/// <summary>The meaning of a member's name in its object, packed into one word so that it stays in a register.</summary>
internal readonly struct Member
{
    private readonly ulong _bits;

    /// <param name="field">The field that stores its string or number.</param>
    /// <param name="array">The field that stores the whole text of its array.</param>
    /// <param name="inside">The node of the members inside it when its value is an object.</param>
    /// <param name="clears">Bits of the fields that the member makes absent, whatever its value: of duplicate names the last one wins.</param>
    public Member(Field field, Field array, byte inside, uint clears) =>
        _bits = (uint)field | ((ulong)inside << 8) | ((ulong)array << 16) | ((ulong)clears << 32);

    /// <summary>A member that is not used.</summary>
    public static Member Unknown => default;

    /// <summary>The field that stores its string or number.</summary>
    public Field Field => (Field)unchecked((byte)_bits);

    /// <summary>The node of the members inside it when its value is an object.</summary>
    public byte Inside => unchecked((byte)(_bits >> 8));

    /// <summary>The field that stores the whole text of its array.</summary>
    public Field Array => (Field)unchecked((byte)(_bits >> 16));

    /// <summary>Bits of the fields that the member makes absent, whatever its value: of duplicate names the last one wins.</summary>
    public uint Clears => (uint)(_bits >> 32);
}

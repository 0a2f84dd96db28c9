using System.Text;
using System.Text.Json;

namespace Tidemark.Core.Parsing;

/// <summary>Where a field's value comes from, and what is done to it.</summary>
/// <param name="Field">The field.</param>
/// <param name="Places">Where its value may be, in the order in which they are tried.</param>
/// <param name="Constant">Its value when there is none; null for no value.</param>
/// <param name="Normalization">What is done to its text.</param>
internal sealed record FieldPlan(Field Field, Place[] Places, byte[]? Constant, Normalization Normalization)
{
    /// <summary>Whether the value is not simply where the range of the field is.</summary>
    public bool IsElsewhere => Places.Length > 1 || (Places is [var only] && (only.Element is not null || only.Range != Field));

    /// <summary>Whether it uses a range beyond <see cref="FieldRanges.NarrowCapacity"/>.</summary>
    public bool IsWide => (int)Field >= FieldRanges.NarrowCapacity || Places.Any(place => (int)place.Range >= FieldRanges.NarrowCapacity);

    /// <summary>Whether the text may be replaced or changed.</summary>
    public bool IsChanged => Constant is not null || Normalization != Normalization.None;
}

/// <summary>One place of a value.</summary>
/// <param name="Range">The range that the walker fills.</param>
/// <param name="Element">The element of an array, whose whole text is the range; null when the range is the value.</param>
internal sealed record Place(Field Range, ArrayElement? Element);

/// <summary>An element of an array of named values, such as <c>[{"key":"a","value":{"string_value":"x"}}]</c>.</summary>
internal sealed class ArrayElement(string nameMember, string name, string[] path)
{
    private readonly byte[] _nameMember = Encoding.UTF8.GetBytes(nameMember);
    private readonly byte[] _name = Encoding.UTF8.GetBytes(name);
    private readonly byte[][] _path = [.. path.Select(Encoding.UTF8.GetBytes)];

    /// <summary>Finds the value in the first element of that name.</summary>
    /// <param name="array">The text of a well-formed array.</param>
    /// <param name="start">The value's first byte, without a quote.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="escaped">Whether it is a string with an escape.</param>
    /// <returns>Whether there is a string or a number.</returns>
    public bool TryFind(ReadOnlySpan<byte> array, out int start, out int length, out bool escaped)
    {
        start = length = 0;
        escaped = false;
        Utf8JsonReader reader = new(array);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject && IsNamed(reader))
            {
                return TryFollow(reader, 0, ref start, ref length, ref escaped);
            }

            reader.Skip();
        }

        return false;
    }

    private bool IsNamed(Utf8JsonReader reader)
    {
        bool isNamed = false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            bool isName = reader.ValueTextEquals(_nameMember);
            reader.Read();
            isNamed = isName ? reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(_name) : isNamed;
            reader.Skip();
        }

        return isNamed;
    }

    /// <summary>Follows the path from an object on. Of duplicate names the last one wins.</summary>
    private bool TryFollow(Utf8JsonReader reader, int step, ref int start, ref int length, ref bool escaped)
    {
        bool found = false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            bool isOn = reader.ValueTextEquals(_path[step]);
            reader.Read();
            if (isOn && step + 1 < _path.Length)
            {
                found = reader.TokenType == JsonTokenType.StartObject && TryFollow(reader, step + 1, ref start, ref length, ref escaped);
            }
            else if (isOn)
            {
                bool isText = reader.TokenType == JsonTokenType.String;
                found = isText || reader.TokenType == JsonTokenType.Number;
                start = (int)reader.TokenStartIndex + (isText ? 1 : 0);
                length = reader.ValueSpan.Length;
                escaped = isText && reader.ValueIsEscaped;
            }

            reader.Skip();
        }

        return found;
    }
}

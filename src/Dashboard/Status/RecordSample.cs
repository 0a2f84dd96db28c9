using System.Text;

namespace Tidemark.Dashboard.Status;

/// <summary>A record that was not counted.</summary>
/// <param name="Place">Where it is.</param>
/// <param name="Text">How it begins, without control characters; not to be trusted. Null when it cannot be read any more.</param>
public sealed record RecordSample(string Place, string? Text)
{
    /// <summary>The maximum length of the text, not including the mark of the cut.</summary>
    public const int MaxCharacters = 300;

    private const int MaxBytesPerCharacter = 3; // of UTF-8, for each UTF-16 code unit

    /// <summary>The sample of a record.</summary>
    /// <param name="place">Where it is.</param>
    /// <param name="record">The record, of any length and content.</param>
    public static RecordSample Of(string place, ReadOnlySpan<byte> record)
    {
        ReadOnlySpan<byte> begin = record.TrimStart(" \t\r\n"u8);
        string text = Encoding.UTF8.GetString(begin[..Math.Min(begin.Length, (MaxCharacters + 1) * MaxBytesPerCharacter)]);
        bool isCut = text.Length > MaxCharacters;
        string shown = isCut ? text[..(char.IsHighSurrogate(text[MaxCharacters - 1]) ? MaxCharacters - 1 : MaxCharacters)] : text.TrimEnd();
        return new RecordSample(place, string.Concat(shown.Select(Printable)) + (isCut ? "..." : ""));
    }

    private static char Printable(char character) => char.IsControl(character) && character is not ('\t' or '\n' or '\r') ? '\uFFFD' : character;
}

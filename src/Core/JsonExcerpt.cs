using System.Text.Json;

namespace Tidemark.Core;

/// <summary>JSON values and texts in messages.</summary>
public static class JsonExcerpt
{
    private const int MaxLength = 40;

    /// <summary>The text of a value, at most 40 characters of it.</summary>
    public static string Of(JsonElement value) => Of(value.GetRawText());

    /// <summary>A text, at most 40 characters of it.</summary>
    public static string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length <= MaxLength ? text : string.Concat(text.AsSpan(0, MaxLength - 3), "...");
    }
}

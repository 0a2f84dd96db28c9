using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Tidemark.Cli.Configuration;

/// <summary>
/// Finds texts that are none, which the reader of JSON documents takes for the caller's mistake: bytes that are not UTF-8, halves of
/// characters.
/// </summary>
internal static class BrokenText
{
    /// <summary>What was expected and what was found where; null when every text is one.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static string? Find(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            return $"expected UTF-8, got other bytes {Place(json, ValidLength(json))}";
        }

        Utf8JsonReader reader = new(json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String && reader.ValueIsEscaped && !IsText(reader))
            {
                return "expected a text, got half of a character (\\ud800 to \\udfff "
                    + $"without its other half) {Place(json, (int)reader.TokenStartIndex)}";
            }
        }

        return null;
    }

    private static bool IsText(in Utf8JsonReader reader)
    {
        try
        {
            reader.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static int ValidLength(ReadOnlySpan<byte> bytes)
    {
        int length = 0;
        while (Rune.DecodeFromUtf8(bytes[length..], out _, out int used) == OperationStatus.Done)
        {
            length += used;
        }

        return length;
    }

    private static string Place(ReadOnlySpan<byte> json, int index)
    {
        int lineStart = json[..index].LastIndexOf((byte)'\n') + 1;
        return $"in line {json[..index].Count((byte)'\n') + 1} at byte {index - lineStart + 1}";
    }
}

using System.Text;

namespace Tidemark.Core.Parsing;

/// <summary>A path in a record: names from the root on, and possibly an element of an array and the path inside it.</summary>
internal sealed record SchemaPath(string[] Names, string? ElementMember, string? ElementName, string[] Inside)
{
    private const string Form = "expected a path such as properties.url or event_params[key=page_location].value.string_value";

    /// <summary>Reads a path; null when it is none, and then says why.</summary>
    public static SchemaPath? TryParse(string text, out string mistake)
    {
        mistake = $"{Form}, got '{text}'";
        int open = text.IndexOf('[', StringComparison.Ordinal);
        if (open < 0)
        {
            return Split(text) is { } names && Fits(names, RecordSchema.MaxDepth, ref mistake) ? new SchemaPath(names, null, null, []) : null;
        }

        int close = text.IndexOf(']', open);
        string[] element = close < 0 ? [] : text[(open + 1)..close].Split('=', 2);
        if (element is not [{ Length: > 0 }, { Length: > 0 }] || close + 1 >= text.Length || text[close + 1] != '.'
            || Split(text[..open]) is not { } before || Split(text[(close + 2)..]) is not { } inside)
        {
            return null;
        }

        return Fits(before, RecordSchema.MaxDepth, ref mistake) && Fits(inside, RecordSchema.MaxDepth, ref mistake)
            ? new SchemaPath(before, element[0], element[1], inside) : null;
    }

    private static bool Fits(string[] names, int depth, ref string mistake)
    {
        if (names.Length <= depth && names.All(name => Encoding.UTF8.GetByteCount(name) <= RecordSchema.MaxNameBytes))
        {
            return true;
        }

        mistake = $"expected at most {depth} names of at most {RecordSchema.MaxNameBytes} bytes each, got '{string.Join('.', names)}'";
        return false;
    }

    /// <summary>The names between the dots that no backslash precedes; null when one of them is empty.</summary>
    private static string[]? Split(string text)
    {
        List<string> names = [];
        StringBuilder name = new();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length)
            {
                name.Append(text[++i]);
            }
            else if (text[i] == '.')
            {
                names.Add(name.ToString());
                name.Clear();
            }
            else
            {
                name.Append(text[i]);
            }
        }

        names.Add(name.ToString());
        return names.Contains("") ? null : [.. names];
    }
}

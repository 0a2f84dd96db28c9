using System.Text.Json;

namespace Tidemark.Infra.Tests.Bicep;

/// <summary>
/// A value of a template with its expressions read: a string, number, boolean, null, array, object, call, member or index. Objects and
/// arrays that an expression creates are the same as those of the JSON.
/// </summary>
internal sealed record Node(string Kind, string Text, IReadOnlyList<Node> Items, IReadOnlyList<Property> Properties)
{
    public Node? this[string property] => Properties.FirstOrDefault(found => found.Name == property)?.Value;

    public static Node Of(string kind, string text, params IReadOnlyList<Node> items) => new(kind, text, items, []);

    public static Node Object(IReadOnlyList<Property> properties) => new("object", "", [], properties);

    /// <exception cref="FormatException">A text in brackets is no expression.</exception>
    public static Node Read(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => Object([.. json.EnumerateObject().Select(property => new Property(property.Name, Read(property.Value)))]),
        JsonValueKind.Array => Of("array", "", [.. json.EnumerateArray().Select(Read)]),
        JsonValueKind.String => ReadText(json.GetString()!),
        JsonValueKind.Number => Of("number", json.GetRawText()),
        JsonValueKind.True or JsonValueKind.False => Of("boolean", json.GetRawText()),
        _ => Of("null", "null"),
    };

    public bool IsText(string text) => Kind is "string" or "boolean" or "number" && Text == text;

    /// <summary>Whether it is a call of a function with a text as its first argument: <c>parameters('isPrivate')</c>.</summary>
    public bool IsCall(string function, string argument) => Kind == "call" && Text == function && Items.Count > 0 && Items[0].IsText(argument);

    /// <summary>This one and everything in it.</summary>
    public IEnumerable<Node> All() => [this, .. Items.Concat(Properties.Select(property => property.Value)).SelectMany(inner => inner.All())];

    /// <summary>The values of the properties of a name, however deep.</summary>
    public IEnumerable<Node> Find(string property) =>
        All().SelectMany(node => node.Properties).Where(found => found.Name == property).Select(found => found.Value);

    // "[[" is a text that begins with a bracket.
    private static Node ReadText(string text) => text switch
    {
        ['[', '[', ..] => Of("string", text[1..]),
        ['[', .., ']'] => ArmExpression.Parse(text[1..^1]),
        _ => Of("string", text),
    };
}

internal sealed record Property(string Name, Node Value);

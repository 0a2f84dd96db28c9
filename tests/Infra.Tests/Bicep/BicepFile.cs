using System.Text.Json;

namespace Tidemark.Infra.Tests.Bicep;

/// <summary>What tests/tools/bicep.mjs says of a file.</summary>
internal sealed record BicepFile(
    string Path,
    IReadOnlyList<Problem> Problems,
    IReadOnlyList<Declaration> Params,
    IReadOnlyList<Declaration> Types,
    IReadOnlyList<Declaration> Variables,
    IReadOnlyList<Resource> Resources,
    IReadOnlyList<Module> Modules,
    IReadOnlyList<Declaration> Outputs,
    IReadOnlyList<Use> Uses,
    IReadOnlyList<Use> OutputsUsed)
{
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>Everything that an expression may name.</summary>
    public IEnumerable<string> Symbols =>
        [.. Params.Concat(Variables).Select(symbol => symbol.Name), .. Resources.Select(resource => resource.Name), .. Modules.Select(module => module.Name)];

    public Node? Variable(string name) => Variables.FirstOrDefault(variable => variable.Name == name)?.Value;

    /// <summary>Every expression of the file, the outermost first.</summary>
    public IEnumerable<Node> Expressions => new[] { Params.Select(param => param.Value), Variables.Select(variable => variable.Value), Outputs.Select(output => output.Value), Resources.Select(resource => resource.Body), Modules.Select(module => module.Body) }
        .SelectMany(values => values).OfType<Node>().SelectMany(value => value.All());

    public static IReadOnlyList<BicepFile> Parse(params IEnumerable<string> paths)
    {
        (int code, string output, string error) = Repository.Run("node", [Repository.At("tests", "tools", "bicep.mjs"), .. paths]);
        return code == 0 ? JsonSerializer.Deserialize<List<BicepFile>>(output, JsonSerializerOptions.Web)! : throw new InvalidOperationException($"tests/tools/bicep.mjs failed; `make deps` installs what it needs.\n{error}");
    }
}

internal sealed record Problem(int Line, string Text);

internal sealed record Declaration(string Name, int Line, string? Type, Node? Value, IReadOnlyList<Node>? Decorators)
{
    public Node? Decorator(string name) => Decorators?.FirstOrDefault(decorator => decorator.Text == name);
}

internal sealed record Resource(string Name, int Line, string Type, string Version, bool Existing, Node? Body);

internal sealed record Module(string Name, int Line, string Path, Node? Body);

internal sealed record Use(string Name, string? Output, int Line);

internal sealed record Property(string Name, int Line, Node? Value);

/// <summary>An expression: a string, number, boolean, null, identifier, array, object, member, call, interpolated string, or other.</summary>
internal sealed record Node(string Kind, string Text, int Line, IReadOnlyList<Node?>? Items, IReadOnlyList<Property>? Properties)
{
    public Node? this[string property] => Properties?.FirstOrDefault(found => found.Name == property)?.Value;

    public bool IsText(string text) => Kind is "string" or "boolean" or "number" && Text == text;

    /// <summary>This one and everything in it.</summary>
    public IEnumerable<Node> All() =>
        [this, .. (Items ?? []).Concat((Properties ?? []).Select(property => property.Value)).OfType<Node>().SelectMany(inner => inner.All())];

    /// <summary>The values of the properties of a name, however deep.</summary>
    public IEnumerable<Node> Find(string property) => All().SelectMany(node => node.Properties ?? []).Where(found => found.Name == property).Select(found => found.Value!);
}

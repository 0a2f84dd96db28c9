using System.Globalization;
using System.Text.Json;

namespace Tidemark.Infra.Tests.Bicep;

/// <summary>A compiled template: infra/main.bicep, or what it deploys as a module, which has the module's name.</summary>
internal sealed record Template(string Name, Node Body)
{
    public IReadOnlyList<Parameter> Parameters { get; } =
        [.. (Body["parameters"]?.Properties ?? []).Select(property => new Parameter(property.Name, property.Value))];

    /// <summary>By name; a variable that a loop makes has the loop's input.</summary>
    public IReadOnlyDictionary<string, Node> Variables { get; } = (Body["variables"]?.Properties ?? []).Where(property => property.Name != "copy")
        .Concat((Body["variables"]?["copy"]?.Items ?? []).Select(loop => new Property(loop["name"]!.Text, loop["input"]!)))
        .ToDictionary(property => property.Name, property => property.Value);

    public IReadOnlyList<Resource> Resources { get; } = [.. Named(Body["resources"]!).Where(resource => !resource.IsModule)];

    public IReadOnlyList<Module> Modules { get; } =
        [.. Named(Body["resources"]!).Where(resource => resource.IsModule).Select(resource => new Module(resource))];

    public IReadOnlyList<Property> Outputs { get; } = Body["outputs"]?.Properties ?? [];

    public static Template Read(string name, string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return new Template(name, Node.Read(document.RootElement));
    }

    public Parameter Parameter(string name) => Parameters.Single(parameter => parameter.Name == name);

    // With symbolic names the resources are an object, without them an array.
    private static IEnumerable<Resource> Named(Node resources) => resources.Kind == "array"
        ? resources.Items.Select(body => new Resource(body["type"]!.Text, body))
        : resources.Properties.Select(property => new Resource(property.Name, property.Value));
}

internal sealed record Parameter(string Name, Node Body)
{
    public string Type => Body["type"]!.Text;

    public Node? Default => Body["defaultValue"];

    /// <summary>The number of a constraint, such as minLength; null for none.</summary>
    public long? Limit(string constraint) => Body[constraint] is { } limit ? long.Parse(limit.Text, CultureInfo.InvariantCulture) : null;
}

/// <param name="Name">Its symbolic name, or its type where it has none.</param>
/// <param name="Body">All of it.</param>
internal sealed record Resource(string Name, Node Body)
{
    public string Type => Body["type"]!.Text;

    public string Version => Body["apiVersion"]!.Text;

    public bool IsExisting => Body["existing"]?.Text == "true";

    public bool IsModule => Type == "Microsoft.Resources/deployments";
}

/// <summary>A module of a template, with what it is given.</summary>
internal sealed record Module(Resource Resource)
{
    public string Name => Resource.Name;

    public Template Template { get; } = new(Resource.Name, Resource.Body["properties"]!["template"]!);

    public Node Given => Resource.Body["properties"]!["parameters"]!;

    public IEnumerable<string> DependsOn => (Resource.Body["dependsOn"]?.Items ?? []).Select(name => name.Text);
}

using System.Text.RegularExpressions;
using Tidemark.Infra.Tests.Bicep;

namespace Tidemark.Infra.Tests.Checks;

/// <summary>The settings of the app as infra/modules/app.bicep makes them.</summary>
internal static partial class AppSettings
{
    /// <summary>The names of all settings that any choice of parameters sets. The number of a window is written as 0.</summary>
    public static IReadOnlySet<string> Names(Template app)
    {
        Node settings = app.Resources.Single(resource => resource.Type == "Microsoft.Web/sites/config").Body["properties"]!;
        return settings.All().Where(node => node.Kind == "call" && node.Text == "variables")
            .SelectMany(node => app.Variables[node.Items[0].Text].All())
            .SelectMany(node => node.Properties).Select(property => Numbered().Replace(property.Name, "${before}0${after}")).ToHashSet();
    }

    /// <summary>The properties of a variable that are plain texts.</summary>
    public static Dictionary<string, string?> Texts(Template app, string variable) =>
        app.Variables[variable].Properties.Where(property => property.Value.Kind == "string")
            .ToDictionary(property => property.Name, property => (string?)property.Value.Text);

    /// <summary>A list of windows as settings, in the way of app.bicep.</summary>
    public static Dictionary<string, string?> Windows(Node windows) => windows.Items
        .SelectMany((window, i) => window.Properties.Select(property =>
            ($"Windows__{i}__{char.ToUpperInvariant(property.Name[0])}{property.Name[1..]}", property.Value.Text)))
        .ToDictionary(setting => setting.Item1, setting => (string?)setting.Text);

    // [format('Windows__{0}__Name', copyIndex('windowSettings'))]
    [GeneratedRegex(@"^\[format\('(?<before>\w+__)\{0\}(?<after>__\w+)', .*\]$")]
    private static partial Regex Numbered();
}

using System.Text.RegularExpressions;
using Tidemark.Infra.Tests.Bicep;

namespace Tidemark.Infra.Tests.Checks;

/// <summary>The settings of the app as infra/modules/app.bicep makes them.</summary>
internal static partial class AppSettings
{
    /// <summary>The names of all settings that any choice of parameters sets. The number of a window is written as 0.</summary>
    public static IReadOnlySet<string> Names(BicepFile app)
    {
        Node settings = app.Resources.Single(resource => resource.Type == "Microsoft.Web/sites/config").Body!["properties"]!;
        HashSet<string> names = [];
        foreach (Node named in settings.All().Where(node => node.Kind == "identifier"))
        {
            names.UnionWith((app.Variable(named.Text)?.All() ?? []).SelectMany(node => node.Properties ?? []).Select(property => Number().Replace(property.Name, "__0__")));
        }

        return names;
    }

    /// <summary>The properties of a variable that are plain texts.</summary>
    public static Dictionary<string, string?> Texts(BicepFile app, string variable) =>
        app.Variable(variable)!.Properties!.Where(property => property.Value!.Kind == "string").ToDictionary(property => property.Name, property => (string?)property.Value!.Text);

    /// <summary>A list of windows as settings, in the way of app.bicep.</summary>
    public static Dictionary<string, string?> Windows(Node windows)
    {
        Dictionary<string, string?> settings = [];
        for (int i = 0; i < windows.Items!.Count; i++)
        {
            foreach (Property property in windows.Items[i]!.Properties!)
            {
                settings[$"Windows__{i}__{char.ToUpperInvariant(property.Name[0])}{property.Name[1..]}"] = property.Value!.Text;
            }
        }

        return settings;
    }

    [GeneratedRegex(@"__\$\{\w+\}__")]
    private static partial Regex Number();
}

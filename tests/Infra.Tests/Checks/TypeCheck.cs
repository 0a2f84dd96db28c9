using System.Text.RegularExpressions;
using Tidemark.Infra.Tests.Bicep;

namespace Tidemark.Infra.Tests.Checks;

/// <summary>
/// Types of resources that were looked up, and secrets that are declared as such. All else that a file may get wrong the compiler finds.
/// </summary>
internal static partial class TypeCheck
{
    public static IEnumerable<string> Findings(Template template) =>
    [
        .. template.Resources.SelectMany(resource => Findings($"{template.Name}: '{resource.Name}'", resource.Type, resource.Version)),
        .. template.Parameters.Where(parameter => parameter.Name.EndsWith("Password", StringComparison.Ordinal) && parameter.Type != "securestring")
            .Select(parameter => $"{template.Name}: '{parameter.Name}' wants @secure()"),
    ];

    /// <summary>Resources that a file names and does not make are not in its template.</summary>
    public static IEnumerable<string> ExistingFindings(string name, string bicep) =>
        Existing().Matches(bicep).SelectMany(match => Findings(name, match.Groups["type"].Value, match.Groups["version"].Value));

    private static IEnumerable<string> Findings(string where, string type, string version)
    {
        if (!KnownResources.Versions.TryGetValue(type, out string? wanted))
        {
            yield return $"{where}: '{type}' is not on the list of known types";
        }
        else if (version != wanted)
        {
            yield return $"{where}: '{type}' is wanted at {wanted}, not at {version}";
        }
    }

    [GeneratedRegex("^resource \\w+ '(?<type>[^@']+)@(?<version>[^']+)' existing ", RegexOptions.Multiline)]
    private static partial Regex Existing();
}

using Tidemark.Infra.Tests.Bicep;

namespace Tidemark.Infra.Tests.Checks;

/// <summary>What can be said of one file without knowing any other: the grammar, the names, the types of resources.</summary>
internal static class SyntaxCheck
{
    public static IEnumerable<string> Findings(BicepFile file) =>
    [
        .. file.Problems.Select(problem => $"{file.Name}({problem.Line}): {problem.Text}"),
        .. file.Uses.Where(use => !file.Symbols.Contains(use.Name)).Select(use => $"{file.Name}({use.Line}): '{use.Name}' is not declared"),
        .. file.Params.Concat(file.Variables).Where(symbol => file.Uses.All(use => use.Name != symbol.Name)).Select(symbol => $"{file.Name}({symbol.Line}): '{symbol.Name}' is not used"),
        .. file.Symbols.GroupBy(name => name).Where(group => group.Count() > 1).Select(group => $"{file.Name}: '{group.Key}' is declared {group.Count()} times"),
        .. file.Params.Where(param => param.Name.EndsWith("Password", StringComparison.Ordinal) && param.Decorator("secure") is null)
            .Select(param => $"{file.Name}({param.Line}): '{param.Name}' wants @secure()"),
        .. file.Resources.SelectMany(resource => TypeFindings(file, resource)),
    ];

    private static IEnumerable<string> TypeFindings(BicepFile file, Resource resource)
    {
        if (!KnownResources.Versions.TryGetValue(resource.Type, out string? version))
        {
            yield return $"{file.Name}({resource.Line}): '{resource.Type}' is not on the list of known types";
        }
        else if (resource.Version != version)
        {
            yield return $"{file.Name}({resource.Line}): '{resource.Type}' is wanted at {version}, not at {resource.Version}";
        }

        foreach (IGrouping<string, Property> twice in (resource.Body?.All() ?? []).SelectMany(node => (node.Properties ?? []).GroupBy(property => property.Name)).Where(group => group.Count() > 1))
        {
            yield return $"{file.Name}({twice.Last().Line}): the property '{twice.Key}' is there twice";
        }
    }
}

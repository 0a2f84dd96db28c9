using Tidemark.Infra.Tests.Bicep;

namespace Tidemark.Infra.Tests.Checks;

/// <summary>Files against files: paths of modules, parameters passed against parameters declared, outputs used against outputs declared.</summary>
internal static class ModuleCheck
{
    public static IEnumerable<string> Findings(IReadOnlyList<BicepFile> files)
    {
        foreach (BicepFile file in files)
        {
            foreach (Module module in file.Modules)
            {
                string path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file.Path)!, module.Path));
                if (files.FirstOrDefault(other => Path.GetFullPath(other.Path) == path) is not { } target)
                {
                    yield return $"{file.Name}({module.Line}): there is no module at '{module.Path}'";
                    continue;
                }

                foreach (string finding in Findings(file, module, target))
                {
                    yield return finding;
                }
            }

            foreach (Use use in file.OutputsUsed.Where(use => file.Modules.All(module => module.Name != use.Name)))
            {
                yield return $"{file.Name}({use.Line}): '{use.Name}' is no module";
            }
        }
    }

    private static IEnumerable<string> Findings(BicepFile file, Module module, BicepFile target)
    {
        IReadOnlyList<Property> passed = module.Body?["params"]?.Properties ?? [];
        return
        [
            .. passed.Where(property => target.Params.All(param => param.Name != property.Name))
                .Select(property => $"{file.Name}({property.Line}): {target.Name} has no parameter '{property.Name}'"),
            .. target.Params.Where(param => param.Value is null && passed.All(property => property.Name != param.Name))
                .Select(param => $"{file.Name}({module.Line}): {target.Name} wants the parameter '{param.Name}'"),
            .. file.OutputsUsed.Where(use => use.Name == module.Name && target.Outputs.All(output => output.Name != use.Output))
                .Select(use => $"{file.Name}({use.Line}): {target.Name} has no output '{use.Output}'"),
        ];
    }
}

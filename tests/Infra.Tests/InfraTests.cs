using Tidemark.Infra.Tests.Bicep;
using Tidemark.Infra.Tests.Checks;

namespace Tidemark.Infra.Tests;

/// <summary>Goal: what lies in infra/ compiles and gives nobody more than needed. Method: a grammar reads every file, and the checks go through what it says.</summary>
public sealed class InfraTests
{
    private static readonly Lazy<IReadOnlyList<BicepFile>> All = new(() => BicepFile.Parse(Directory.GetFiles(Repository.Infra, "*.bicep", SearchOption.AllDirectories).Order(StringComparer.Ordinal)));

    internal static IReadOnlyList<BicepFile> Files => All.Value;

    internal static BicepFile Main => Files.Single(file => file.Name == "main.bicep");

    [Fact]
    public void Files_Grammar_NamesAndTypes_AreRight()
    {
        Assert.True(Files.Count > 10);
        Assert.Empty(Files.SelectMany(SyntaxCheck.Findings));
    }

    [Fact]
    public void Files_AgainstEachOther_FitTogether()
    {
        Assert.Empty(ModuleCheck.Findings(Files));
        Assert.All(Files.Where(file => file != Main), file => Assert.Contains(Main.Modules, module => Path.GetFileName(module.Path) == file.Name));
    }

    [Fact]
    public void Files_Rights_AreTheLeast() => Assert.Empty(Files.SelectMany(LeastPrivilegeCheck.Findings));

    [Fact]
    public void Private_EveryServiceOfTheSwitch_HasAnEndpointAndAZone()
    {
        string[] services = [.. Files.Where(file => file.Params.Any(param => param.Name == "isPrivate")).Select(file => Path.GetFileNameWithoutExtension(file.Name))];
        string[] reached = [.. Main.Modules.Where(module => module.Path.EndsWith("endpoint.bicep", StringComparison.Ordinal)).Select(module => module.Name.Replace("Endpoints", "", StringComparison.Ordinal).Replace("Endpoint", "", StringComparison.Ordinal).ToLowerInvariant())];
        Assert.Equal(services.Order(), reached.Order());
        Assert.All(Main.Modules.Where(module => services.Contains(module.Name.ToLowerInvariant())), module => Assert.Equal("privateNetworking", module.Body!.Find("isPrivate").Single().Text));
        Assert.All(reached, name => Assert.Contains(Main.Modules.Single(module => module.Name == "app").Body!["dependsOn"]!.Items!, item => item!.Text.StartsWith(name, StringComparison.OrdinalIgnoreCase)));
    }

    [Theory]
    [InlineData("vault.bicep", "vault")]
    [InlineData("eventhubs.bicep", "namespace")]
    public void Logs_OfWhatHoldsOrTakesALogin_GoToTheWorkspace(string file, string resource)
    {
        Resource logs = Files.Single(found => found.Name == file).Resources.Single(found => found.Type == "Microsoft.Insights/diagnosticSettings");
        Assert.Equal(resource, logs.Body!["scope"]!.Text);
        Assert.Equal("workspaceId", logs.Body.Find("workspaceId").Single().Text);
    }

    [Fact]
    public void Params_Main_AreDescribedInTheDocs() =>
        Assert.All(Main.Params, param => Assert.Contains($"`{param.Name}`", Repository.Text("docs", "DEPLOY.md"), StringComparison.Ordinal));

    [Theory]
    [InlineData("main.parameters.json")]
    [InlineData("main.dev.parameters.json")]
    [InlineData("main.prod.parameters.json")]
    public void ParameterFile_AgainstMain_Fits(string name) => Assert.Empty(ParameterCheck.Findings(Main, name, Repository.Text("infra", name)));

    [Fact]
    public void AzureYaml_Service_IsTheTaggedAppAndItsProject()
    {
        string[] lines = [.. Repository.Text("azure.yaml").Split('\n').Select(line => line.Trim())];
        Assert.Contains("functions:", lines);
        Assert.Contains("azd-service-name", Repository.Text("infra", "modules", "app.bicep"), StringComparison.Ordinal);
        string project = lines.Single(line => line.StartsWith("project: ", StringComparison.Ordinal))["project: ".Length..];
        Assert.Single(Directory.GetFiles(Repository.At(project), "*.csproj"));
        Assert.True(File.Exists(Repository.At("infra", "main.bicep")));
    }

    [CompilerFact]
    public void Main_Compiler_HasNothingToSay()
    {
        (int code, _, string error) = Repository.Run(CompilerFactAttribute.Program!, "build", Repository.At("infra", "main.bicep"), "--stdout");
        Assert.Equal("", error);
        Assert.Equal(0, code);
    }

    [CompilerFact]
    public void Compiler_PropertyThatIsNone_IsSaid()
    {
        using TempBicep folder = new("resource r 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {\n  name: 'abc/default'\n  properties: {\n    wrong: 1\n  }\n}\n");
        Assert.Contains("BCP037", Repository.Run(CompilerFactAttribute.Program!, "build", folder.Paths[0], "--stdout").Error, StringComparison.Ordinal);
    }
}

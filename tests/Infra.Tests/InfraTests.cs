using System.Text.Json;
using Tidemark.Infra.Tests.Bicep;
using Tidemark.Infra.Tests.Checks;

namespace Tidemark.Infra.Tests;

/// <summary>
/// Goal: infra/ compiles and grants no more rights than needed. Method: the checks go through the template that the compiler
/// makes of it.
/// </summary>
public sealed class InfraTests
{
    private static readonly Lazy<Compilation> Compiled = new(() => Compiler.Compile(Repository.At("infra", "main.bicep")));

    private static readonly Lazy<Template> Read = new(() => Compiled.Value.Succeeded
        ? Template.Read("main", Compiled.Value.Json)
        : throw new InvalidOperationException($"infra/main.bicep does not compile:\n{Compiled.Value.Diagnostics}"));

    internal static Template Main => Read.Value;

    internal static string Json => Compiled.Value.Json;

    /// <summary>Main and the template of every module; a module that is deployed twice is here twice.</summary>
    internal static IReadOnlyList<Template> Templates => [Main, .. Main.Modules.Select(module => module.Template)];

    internal static Template Module(string name) => Main.Modules.Single(module => module.Name == name).Template;

    [CompilerFact]
    public void Main_Compiler_HasNothingToSay()
    {
        Assert.Equal("", Compiled.Value.Diagnostics);
        Assert.True(Compiled.Value.Succeeded);
    }

    [CompilerFact]
    public void Templates_Types_AreLookedUpAndSecretsAreDeclared()
    {
        Assert.True(Templates.Count > 10);
        Assert.Empty(Templates.SelectMany(TypeCheck.Findings));
    }

    [Fact]
    public void Files_TypesOfWhatExistsAlready_AreLookedUp()
    {
        string[] files = [.. Directory.GetFiles(Repository.Infra, "*.bicep", SearchOption.AllDirectories)];
        Assert.Contains(files, file => File.ReadAllText(file).Contains("' existing =", StringComparison.Ordinal));
        Assert.Empty(files.SelectMany(file => TypeCheck.ExistingFindings(Path.GetFileName(file), File.ReadAllText(file))));
    }

    [Fact]
    public void Files_EveryModule_IsDeployedByMain()
    {
        string main = Repository.Text("infra", "main.bicep");
        Assert.All(
            Directory.GetFiles(Repository.At("infra", "modules"), "*.bicep"),
            file => Assert.Contains($"'modules/{Path.GetFileName(file)}'", main, StringComparison.Ordinal));
    }

    [CompilerFact]
    public void Templates_Rights_AreTheLeast() => Assert.Empty(Templates.SelectMany(LeastPrivilegeCheck.Findings));

    [CompilerFact]
    public void Private_EveryServiceOfTheSwitch_HasAnEndpointAndAZone()
    {
        Module[] services = [.. Main.Modules.Where(module => module.Template.Parameters.Any(parameter => parameter.Name == "isPrivate"))];
        Module[] endpoints = [.. Main.Modules.Where(module => HasType(module, "Microsoft.Network/privateEndpoints"))];
        string[] reached = [.. endpoints.Select(module => module.Name[..module.Name.IndexOf("Endpoint", StringComparison.Ordinal)])];
        Assert.Equal(services.Select(module => module.Name).Order(), reached.Order());
        Assert.All(services, module => Assert.True(module.Given["isPrivate"]!["value"]!.IsCall("parameters", "privateNetworking"), module.Name));
        Assert.All(endpoints, module => Assert.True(HasType(module, "Microsoft.Network/privateEndpoints/privateDnsZoneGroups"), module.Name));
        HashSet<string> waitedFor = [.. Main.Modules.Single(module => module.Name == "app").DependsOn];
        Assert.Superset(endpoints.Select(module => module.Name).ToHashSet(), waitedFor);

        static bool HasType(Module module, string type) => module.Template.Resources.Any(resource => resource.Type == type);
    }

    [CompilerTheory]
    [InlineData("vault", "Microsoft.KeyVault/vaults")]
    [InlineData("eventHubs", "Microsoft.EventHub/namespaces")]
    public void Logs_OfWhatHoldsOrTakesALogin_GoToTheWorkspace(string module, string type)
    {
        Resource logs = Module(module).Resources.Single(found => found.Type == "Microsoft.Insights/diagnosticSettings");
        Assert.True(logs.Body["scope"]!.IsCall("resourceId", type));
        Assert.True(logs.Body.Find("workspaceId").Single().IsCall("parameters", "workspaceId"));
    }

    [CompilerFact]
    public void Parameters_OfMain_AreDescribedInTheDocs() =>
        Assert.All(
            Main.Parameters, parameter => Assert.Contains($"`{parameter.Name}`", Repository.Text("docs", "DEPLOY.md"), StringComparison.Ordinal));

    [CompilerTheory]
    [InlineData("main.parameters.json")]
    [InlineData("main.dev.parameters.json")]
    [InlineData("main.prod.parameters.json")]
    public void ParameterFile_AgainstMain_Fits(string name) => Assert.Empty(ParameterCheck.Findings(Main, name, Repository.Text("infra", name)));

    /// <summary>The name of the resource group is the first thing that Azure works out: a failure in it comes before anything is made.</summary>
    [CompilerFact]
    public void AlertEmails_RequiredAndNone_FailTheNameOfTheResourceGroup()
    {
        Node name = Main.Resources.Single(resource => resource.Type == "Microsoft.Resources/resourceGroups").Body["name"]!;
        Node choice = name.IsCall("variables", "groupName") ? Main.Variables["groupName"] : name;
        Assert.Equal("if", choice.Text);
        Node condition = choice.Items[0];
        Assert.Equal("and", condition.Text);
        Assert.True(condition.Items[0].IsCall("parameters", "requireAlertEmails"));
        Assert.True(condition.Items[1] is { Kind: "call", Text: "empty", Items: [var emails] } && emails.IsCall("parameters", "alertEmails"));
        Assert.True(choice.Items[1] is { Kind: "call", Text: "fail", Items: [{ Kind: "string" } message] }
            && message.Text.Contains("alertEmails", StringComparison.Ordinal));
    }

    [Fact]
    public void AlertEmails_InProduction_AreRequired()
    {
        using JsonDocument document = JsonDocument.Parse(Repository.Text("infra", "main.prod.parameters.json"));
        Assert.True(document.RootElement.GetProperty("parameters").GetProperty("requireAlertEmails").GetProperty("value").GetBoolean());
    }

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
}

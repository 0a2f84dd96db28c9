using Tidemark.Infra.Tests.Bicep;
using Tidemark.Infra.Tests.Checks;

namespace Tidemark.Infra.Tests;

/// <summary>Goal: every check can fail. Method: texts with one fault each, and the finding that it must lead to.</summary>
public sealed class CheckerTests
{
    [Theory]
    [InlineData("param a string = 'x\noutput b string = a\n", "is missing")]
    [InlineData("output b string = 1 +* 2\n", "not understood")]
    [InlineData("var a = { x: 1 y: 2 }\noutput b object = a\n", "two properties on a line")]
    [InlineData("output b string = nowhere\n", "'nowhere' is not declared")]
    [InlineData("output b array = [for x in [1]: y]\n", "'y' is not declared")]
    [InlineData("output b string = 'a${nowhere}'\n", "'nowhere' is not declared")]
    [InlineData("param a string\n", "'a' is not used")]
    [InlineData("param a string\nvar a = 1\noutput b string = a\n", "declared 2 times")]
    [InlineData("param kafkaPassword string\noutput b string = kafkaPassword\n", "wants @secure()")]
    [InlineData("resource r 'Microsoft.Cache/redis@2024-11-01' = {\n  name: 'a'\n}\n", "not on the list of known types")]
    [InlineData("resource r 'Microsoft.Web/sites@2022-03-01' = {\n  name: 'a'\n}\n", "wanted at 2025-03-01")]
    [InlineData("resource r 'Microsoft.Web/sites@2025-03-01' = {\n  name: 'a'\n  name: 'b'\n}\n", "there twice")]
    public void Syntax_Fault_IsFound(string text, string finding) => Assert.Contains(Parse(text).SelectMany(SyntaxCheck.Findings), found => found.Contains(finding, StringComparison.Ordinal));

    [Fact]
    public void Syntax_NamesThatExpressionsBind_AreNoFinding()
    {
        const string Text = "param list array\nvar a = [for (x, i) in list: '${x}${i}']\nvar b = map(a, y => toUpper(y))\nvar c = reduce(b, '', (p, q) => '${p}${q}')\noutput d object = {\n  nowhere: c\n  e: list[0].nowhere\n}\n";
        Assert.Empty(Parse(Text).SelectMany(SyntaxCheck.Findings));
    }

    [Theory]
    [InlineData("module m 'b.bicep' = {\n  params: {\n    p: '1'\n  }\n}\n", "no module at 'b.bicep'")]
    [InlineData("module m 'a.bicep' = {\n  params: {\n    p: '1'\n    z: '1'\n  }\n}\n", "no parameter 'z'")]
    [InlineData("module m 'a.bicep' = {\n}\n", "wants the parameter 'p'")]
    [InlineData("module m 'a.bicep' = {\n  params: {\n    p: '1'\n  }\n}\noutput x string = m.outputs.z\n", "no output 'z'")]
    [InlineData("module m 'a.bicep' = if (true) {\n  params: {\n    p: '1'\n  }\n}\noutput x string = m!.outputs.z\n", "no output 'z'")]
    [InlineData("output x string = n.outputs.z\n", "'n' is no module")]
    public void Modules_Fault_IsFound(string text, string finding) =>
        Assert.Contains(ModuleCheck.Findings(Parse(text, "param p string\nparam q string = ''\noutput o string = '${p}${q}'\n")), found => found.Contains(finding, StringComparison.Ordinal));

    [Fact]
    public void Modules_WithoutFault_NoFinding() => Assert.Empty(ModuleCheck.Findings(
        Parse("module m 'a.bicep' = {\n  params: {\n    p: '1'\n  }\n}\noutput x string = m.outputs.o\n", "param p string\noutput o string = p\n")));

    [Theory]
    [InlineData("allowSharedKeyAccess: false", "allowSharedKeyAccess: true", "wants allowSharedKeyAccess")]
    [InlineData("allowSharedKeyAccess: false", "", "wants allowSharedKeyAccess")]
    [InlineData("allowBlobPublicAccess: false", "allowBlobPublicAccess: isPrivate", "wants allowBlobPublicAccess")]
    [InlineData("minimumTlsVersion: 'TLS1_2'", "minimumTlsVersion: 'TLS1_0'", "wants minimumTlsVersion")]
    [InlineData("isPrivate ? 'Disabled' : 'Enabled'", "'Enabled'", "wants publicNetworkAccess")]
    [InlineData("b7e6dc6d-f1e8-4753-8033-0f276bb0955b", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "'8e3af657-a8ff-443c-a75c-2fe8c4bcb635' is no role")]
    [InlineData("scope: account", "", "it wants a scope")]
    [InlineData("publicAccess: 'None'", "publicAccess: 'Blob'", "wants publicAccess")]
    [InlineData("output id string = account.id", "output id string = account.listKeys().keys[0].value", "tells a key")]
    [InlineData("defaultToOAuthAuthentication: true", "defaultToOAuthAuthentication: account.listKeys().x", "out of Key Vault's sight")]
    public void Rights_FaultInTheStorage_IsFound(string right, string wrong, string finding) => FindsIn("storage", right, wrong, finding);

    [Theory]
    [InlineData("lake", "ba92f5b4-2d11-453d-a403-e96b0029c9fe", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "'app' gives the role")]
    [InlineData("redis", "accessKeysAuthentication: 'Disabled'", "accessKeysAuthentication: 'Enabled'", "wants accessKeysAuthentication")]
    [InlineData("redis", "clientProtocol: 'Encrypted'", "clientProtocol: 'Plaintext'", "wants clientProtocol")]
    [InlineData("eventhubs", "'Listen'", "'Manage'", "may manage the namespace")]
    [InlineData("scheduler", "isPrivate ? 'Disabled' : 'Enabled'", "'Enabled'", "wants publicNetworkAccess")]
    [InlineData("vault", "enableRbacAuthorization: true", "enableRbacAuthorization: false", "wants enableRbacAuthorization")]
    [InlineData("app", "httpsOnly: true", "httpsOnly: false", "wants httpsOnly")]
    [InlineData("app", "allow: false", "allow: true", "wants allow")]
    [InlineData("monitoring", "DisableLocalAuth: true", "DisableLocalAuth: false", "wants DisableLocalAuth")]
    [InlineData("storage", "[blobDataOwner, queueDataContributor", "['b24988ac-6180-42a0-ab88-20f7382dd24c', queueDataContributor", "is no role")]
    public void Rights_Fault_IsFound(string module, string right, string wrong, string finding) => FindsIn(module, right, wrong, finding);

    [Theory]
    [InlineData("{}", "'location' is wanted")]
    [InlineData("""{ "nowhere": { "value": 1 } }""", "no parameter 'nowhere'")]
    [InlineData("""{ "hosting": { "value": "Consumption" } }""", "may not be Consumption")]
    [InlineData("""{ "partitions": { "value": "30" } }""", "is no int")]
    [InlineData("""{ "kafkaPassword": { "value": "x" } }""", "belongs into no file")]
    public void Parameters_Fault_IsFound(string parameters, string finding) =>
        Assert.Contains(ParameterCheck.Findings(InfraTests.Main, "x.json", $$"""{ "parameters": {{parameters}} }"""), found => found.Contains(finding, StringComparison.Ordinal));

    [Fact]
    public void Settings_OneMore_IsSeen()
    {
        string text = Repository.Text("infra", "modules", "app.bicep").Replace("  TASKHUB_NAME: taskHubName\n", "  TASKHUB_NAME: taskHubName\n  Nobody__Reads: 'x'\n", StringComparison.Ordinal);
        Assert.Contains("Nobody__Reads", AppSettings.Names(Parse(text)[0]));
        Assert.Contains("Windows__0__Slide", AppSettings.Names(Parse(text)[0]));
    }

    private static void FindsIn(string module, string right, string wrong, string finding)
    {
        string text = Repository.Text("infra", "modules", $"{module}.bicep");
        Assert.Contains(right, text, StringComparison.Ordinal);
        Assert.Contains(Parse(text.Replace(right, wrong, StringComparison.Ordinal)).SelectMany(LeastPrivilegeCheck.Findings), found => found.Contains(finding, StringComparison.Ordinal));
    }

    private static IReadOnlyList<BicepFile> Parse(params string[] texts)
    {
        using TempBicep files = new(texts);
        return BicepFile.Parse(files.Paths);
    }
}

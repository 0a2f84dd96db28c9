using System.Text.Json;
using Tidemark.Infra.Tests.Bicep;
using Tidemark.Infra.Tests.Checks;

namespace Tidemark.Infra.Tests;

/// <summary>
/// Goal: every check can fail. Method: files with one fault each, and what the compiler says of it; and the compiled templates of infra/
/// with one fault each, and the finding that it must lead to.
/// </summary>
public sealed class CheckerTests
{
    /// <summary>Every fault is a file of its own; main.bicep deploys them all, so that the compiler runs once.</summary>
    private static readonly (string Text, string Code)[] Faults =
    [
        ("param a string = 'x\noutput b string = a\n", "BCP004"), // a text that does not end
        ("output b int = 1 +* 2\n", "BCP009"),
        ("var a = { x: 1 y: 2 }\noutput b object = a\n", "BCP236"),
        ("output b string = nowhere\n", "BCP057"),
        ("output b array = [for x in [1]: y]\n", "BCP057"),
        ("output b string = 'a${nowhere}'\n", "BCP057"),
        ("param a string\n", "Error no-unused-params"),
        ("var a = 1\n", "Error no-unused-vars"),
        ("param a string\nvar a = 1\noutput b string = a\n", "BCP028"),
        ("var a = {\n  name: 'a'\n  name: 'b'\n}\noutput b object = a\n", "BCP025"),
        ("resource r 'Microsoft.Web/sites/config@2025-03-01' = {\n  name: 'a/appsettings'\n  wrong: 1\n}\n", "BCP037"),
        ("module m 'nowhere.bicep' = {\n}\n", "BCP091"),
        ("module m 'part.bicep' = {\n  params: {\n    p: '1'\n    z: '1'\n  }\n}\n", "BCP037"),
        ("module m 'part.bicep' = {\n}\n", "BCP035"),
        ("module m 'part.bicep' = {\n  params: {\n    p: '1'\n  }\n}\noutput x string = m.outputs.z\n", "BCP053"),
        ("output x string = n.outputs.z\n", "BCP057"),
    ];

    private static readonly Lazy<string[]> Said = new(() =>
    {
        using TempBicep folder = new(
        [
            .. Faults.Select((fault, i) => ($"fault{i}.bicep", fault.Text)),
            ("part.bicep", "param p string\nparam q string = ''\noutput o string = '${p}${q}'\n"),
            ("main.bicep", string.Concat(Faults.Select((_, i) => $"module m{i} 'fault{i}.bicep' = {{\n}}\n"))),
        ]);
        Compilation compilation = Compiler.Compile(folder.At("main.bicep"));
        Assert.False(compilation.Succeeded);
        return compilation.Diagnostics.Split('\n');
    });

    public static TheoryData<int> EveryFault => [.. Enumerable.Range(0, Faults.Length)];

    [CompilerTheory]
    [MemberData(nameof(EveryFault))]
    public void Compiler_Fault_IsFound(int fault) => Assert.Contains(
        Said.Value,
        line => line.Contains($"fault{fault}.bicep(", StringComparison.Ordinal) && line.Contains(Faults[fault].Code, StringComparison.Ordinal));

    [CompilerTheory]
    [InlineData("vault", "\"securestring\"", "\"string\"", "'kafkaPassword' wants @secure()")]
    [InlineData("redis", "\"Microsoft.Cache/redisEnterprise\"", "\"Microsoft.Cache/redis\"", "'Microsoft.Cache/redis' is not on the list")]
    [InlineData("identity", "\"2024-11-30\"", "\"2023-01-31\"", "wanted at 2024-11-30, not at 2023-01-31")]
    public void Types_Fault_IsFound(string module, string right, string wrong, string finding) =>
        Finds(TypeCheck.Findings, module, right, wrong, finding);

    [Fact]
    public void Types_FaultInWhatExistsAlready_IsFound() => Assert.Contains(
        TypeCheck.ExistingFindings("a.bicep", "resource r 'Microsoft.Cache/redis@2024-11-01' existing = {\n  name: 'a'\n}\n"),
        found => found.Contains("not on the list of known types", StringComparison.Ordinal));

    [CompilerTheory]
    [InlineData("\"allowSharedKeyAccess\": false", "\"allowSharedKeyAccess\": true", "wants allowSharedKeyAccess")]
    [InlineData("\"allowSharedKeyAccess\": false,", "", "wants allowSharedKeyAccess")]
    [InlineData("\"allowBlobPublicAccess\": false", "\"allowBlobPublicAccess\": \"[parameters('isPrivate')]\"", "wants allowBlobPublicAccess")]
    [InlineData("\"TLS1_2\"", "\"TLS1_0\"", "wants minimumTlsVersion")]
    [InlineData("\"[if(parameters('isPrivate'), 'Disabled', 'Enabled')]\"", "\"Enabled\"", "wants publicNetworkAccess")]
    [InlineData("b7e6dc6d-f1e8-4753-8033-0f276bb0955b", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "'8e3af657-a8ff-443c-a75c-2fe8c4bcb635' is no role")]
    [InlineData("\"scope\": \"[resourceId('Microsoft.Storage/storageAccounts', parameters('name'))]\",", "", "it wants a scope")]
    [InlineData("\"publicAccess\": \"None\"", "\"publicAccess\": \"Blob\"", "wants publicAccess")]
    [InlineData("\"value\": \"[parameters('name')]\"", "\"value\": \"[listKeys(parameters('name'), '2025-06-01').keys[0].value]\"", "tells a key")]
    [InlineData("\"defaultToOAuthAuthentication\": true", "\"defaultToOAuthAuthentication\": \"[listKeys('a', 'b').x]\"", "out of Key Vault's sight")]
    [InlineData("createArray(variables('blobDataOwner'), ", "createArray(parameters('principalId'), ", "gives the role")]
    public void Rights_FaultInTheStorage_IsFound(string right, string wrong, string finding) =>
        Finds(LeastPrivilegeCheck.Findings, "storage", right, wrong, finding);

    [CompilerTheory]
    [InlineData("lake", "ba92f5b4-2d11-453d-a403-e96b0029c9fe", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "gives the role '8e3af657")]
    [InlineData("redis", "\"accessKeysAuthentication\": \"Disabled\"", "\"accessKeysAuthentication\": \"Enabled\"", "wants accessKeysAuthentication")]
    [InlineData("redis", "\"Encrypted\"", "\"Plaintext\"", "wants clientProtocol")]
    [InlineData("eventHubs", "\"Listen\"", "\"Manage\"", "may manage the namespace")]
    [InlineData("scheduler", "\"[if(parameters('isPrivate'), 'Disabled', 'Enabled')]\"", "\"Enabled\"", "wants publicNetworkAccess")]
    [InlineData("vault", "\"enableRbacAuthorization\": true", "\"enableRbacAuthorization\": false", "wants enableRbacAuthorization")]
    [InlineData("app", "\"httpsOnly\": true", "\"httpsOnly\": false", "wants httpsOnly")]
    [InlineData("app", "\"allow\": false", "\"allow\": true", "wants allow")]
    [InlineData("app", "'minTlsVersion', '1.2'", "'minTlsVersion', '1.0'", "wants minTlsVersion")]
    [InlineData("monitoring", "\"DisableLocalAuth\": true", "\"DisableLocalAuth\": false", "wants DisableLocalAuth")]
    [InlineData("storage", "createArray(variables('blobDataOwner'), ", "createArray('b24988ac-6180-42a0-ab88-20f7382dd24c', ", "is no role")]
    public void Rights_Fault_IsFound(string module, string right, string wrong, string finding) =>
        Finds(LeastPrivilegeCheck.Findings, module, right, wrong, finding);

    [CompilerFact]
    public void Rights_KeyGivenToAModule_IsFound()
    {
        string json = InfraTests.Json.Replace("\"[parameters('kafkaPassword')]\"", "\"[listKeys('a', 'b').primaryKey]\"", StringComparison.Ordinal);
        Assert.Contains("main: the module 'vault' is given a key", LeastPrivilegeCheck.Findings(Template.Read("main", json)));
    }

    [CompilerTheory]
    [InlineData("{}", "'location' is wanted")]
    [InlineData("""{ "nowhere": { "value": 1 } }""", "no parameter 'nowhere'")]
    [InlineData("""{ "hosting": { "value": "Consumption" } }""", "may not be Consumption")]
    [InlineData("""{ "partitions": { "value": "30" } }""", "is no int")]
    [InlineData("""{ "partitions": { "value": 0 } }""", "may not be 0")]
    [InlineData("""{ "environmentName": { "value": "a-name-beyond-20-chars" } }""", "may not be a-name-beyond-20-chars")]
    [InlineData("""{ "kafkaPassword": { "value": "x" } }""", "belongs into no file")]
    public void Parameters_Fault_IsFound(string parameters, string finding) =>
        Assert.Contains(
            ParameterCheck.Findings(InfraTests.Main, "x.json", $$"""{ "parameters": {{parameters}} }"""),
            found => found.Contains(finding, StringComparison.Ordinal));

    [CompilerFact]
    public void Settings_OneMore_IsSeen()
    {
        Template app = Changed("app", "\"TASKHUB_NAME\":", "\"Nobody__Reads\": \"x\", \"TASKHUB_NAME\":");
        Assert.Contains("Nobody__Reads", AppSettings.Names(app));
        Assert.Contains("Windows__0__Slide", AppSettings.Names(app));
    }

    [Theory]
    [InlineData("f('it''s', -1).a[0]")]
    [InlineData("if(true(), createObject('a', createArray(null(), 'b')), f())")]
    public void Expression_Right_IsRead(string text) => Assert.True(ArmExpression.Parse(text).All().Count() > 3);

    [Theory]
    [InlineData("f('a'")]
    [InlineData("f('a)")]
    [InlineData("f('a') b")]
    [InlineData("f('a',, 'b')")]
    [InlineData("")]
    public void Expression_Wrong_Throws(string text) => Assert.Throws<FormatException>(() => ArmExpression.Parse(text));

    private static void Finds(Func<Template, IEnumerable<string>> check, string module, string right, string wrong, string finding) =>
        Assert.Contains(check(Changed(module, right, wrong)), found => found.Contains(finding, StringComparison.Ordinal));

    /// <summary>The compiled template of a module with another text in place of one that it must have.</summary>
    private static Template Changed(string module, string right, string wrong)
    {
        using JsonDocument main = JsonDocument.Parse(InfraTests.Json);
        string json = main.RootElement.GetProperty("resources").GetProperty(module).GetProperty("properties").GetProperty("template").GetRawText();
        Assert.Contains(right, json, StringComparison.Ordinal);
        return Template.Read(module, json.Replace(right, wrong, StringComparison.Ordinal));
    }
}

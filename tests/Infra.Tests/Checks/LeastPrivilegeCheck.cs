using System.Text.RegularExpressions;
using Tidemark.Infra.Tests.Bicep;

namespace Tidemark.Infra.Tests.Checks;

/// <summary>No keys where an identity can do, no role that manages, no role on more than one resource, no public blob, no TLS before 1.2.</summary>
internal static partial class LeastPrivilegeCheck
{
    /// <summary>What a resource of a type must say of itself, somewhere in its body and nowhere otherwise.</summary>
    private static readonly (string Type, string Property, string[] Values)[] Wanted =
    [
        ("Microsoft.Storage/storageAccounts", "allowSharedKeyAccess", ["false"]),
        ("Microsoft.Storage/storageAccounts", "allowBlobPublicAccess", ["false"]),
        ("Microsoft.Storage/storageAccounts", "supportsHttpsTrafficOnly", ["true"]),
        ("Microsoft.Storage/storageAccounts", "minimumTlsVersion", ["TLS1_2", "TLS1_3"]),
        ("Microsoft.Storage/storageAccounts/blobServices/containers", "publicAccess", ["None"]),
        ("Microsoft.KeyVault/vaults", "enableRbacAuthorization", ["true"]),
        ("Microsoft.KeyVault/vaults", "enableSoftDelete", ["true"]),
        ("Microsoft.Cache/redisEnterprise", "minimumTlsVersion", ["1.2", "1.3"]),
        ("Microsoft.Cache/redisEnterprise/databases", "accessKeysAuthentication", ["Disabled"]),
        ("Microsoft.Cache/redisEnterprise/databases", "clientProtocol", ["Encrypted"]),
        ("Microsoft.EventHub/namespaces", "minimumTlsVersion", ["1.2", "1.3"]),
        ("Microsoft.Web/sites", "httpsOnly", ["true"]),
        ("Microsoft.Web/sites", "minTlsVersion", ["1.2", "1.3"]),
        ("Microsoft.Web/sites", "scmMinTlsVersion", ["1.2", "1.3"]),
        ("Microsoft.Web/sites", "ftpsState", ["Disabled"]),
        ("Microsoft.Web/sites/basicPublishingCredentialsPolicies", "allow", ["false"]),
        ("Microsoft.Insights/components", "DisableLocalAuth", ["true"]),
        ("Microsoft.OperationalInsights/workspaces", "disableLocalAuth", ["true"]),
    ];

    /// <summary>Types that the private switch takes from the public network.</summary>
    private static readonly string[] Private =
        ["Microsoft.Storage/storageAccounts", "Microsoft.KeyVault/vaults", "Microsoft.Cache/redisEnterprise", "Microsoft.EventHub/namespaces", "Microsoft.DurableTask/schedulers"];

    public static IEnumerable<string> Findings(BicepFile file) =>
    [
        .. file.Resources.Where(resource => !resource.Existing).SelectMany(resource => Findings(file, resource)),
        .. file.Expressions.Where(node => node.Kind is "string" && Guid().IsMatch(node.Text) && !KnownResources.Roles.ContainsKey(node.Text))
            .Select(node => $"{file.Name}({node.Line}): '{node.Text}' is no role on the list of known ones"),
        .. file.Outputs.Where(output => output.Value!.All().Any(IsKeyCall)).Select(output => $"{file.Name}({output.Line}): the output '{output.Name}' tells a key"),
    ];

    private static IEnumerable<string> Findings(BicepFile file, Resource resource)
    {
        Node body = resource.Body!;
        foreach ((_, string property, string[] values) in Wanted.Where(wanted => wanted.Type == resource.Type))
        {
            Node[] said = [.. body.Find(property)];
            if (said.Length == 0 || said.Any(value => !values.Contains(value.Text) || value.Kind is not ("string" or "boolean")))
            {
                yield return $"{file.Name}({resource.Line}): '{resource.Name}' wants {property}: {string.Join(" or ", values)}";
            }
        }

        if (Private.Contains(resource.Type) && !body.Find("publicNetworkAccess").Any(IsSwitched))
        {
            yield return $"{file.Name}({resource.Line}): '{resource.Name}' wants publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'";
        }

        if (resource.Type == "Microsoft.Authorization/roleAssignments")
        {
            if (body["scope"] is null)
            {
                yield return $"{file.Name}({resource.Line}): '{resource.Name}' gives its role on the whole group: it wants a scope";
            }

            if (RoleIds(file, body).FirstOrDefault(id => !KnownResources.Roles.ContainsKey(id)) is { } unknown)
            {
                yield return $"{file.Name}({resource.Line}): '{resource.Name}' gives the role '{unknown}', which is not on the list of known ones";
            }
        }

        if (resource.Type == "Microsoft.EventHub/namespaces/authorizationRules" && body.Find("rights").SelectMany(rights => rights.All()).Any(right => right.IsText("Manage")))
        {
            yield return $"{file.Name}({resource.Line}): '{resource.Name}' may manage the namespace";
        }

        if (resource.Type != "Microsoft.KeyVault/vaults/secrets" && body.All().Any(IsKeyCall))
        {
            yield return $"{file.Name}({resource.Line}): '{resource.Name}' takes a key out of Key Vault's sight";
        }
    }

    /// <summary>The ids that a role assignment may come to: what its definition names, and the lists that a loop goes through.</summary>
    private static IEnumerable<string> RoleIds(BicepFile file, Node body)
    {
        Node[] arguments = [.. body.Find("roleDefinitionId").SelectMany(id => id.Items ?? []).OfType<Node>().Where(node => !node.Text.StartsWith("Microsoft.", StringComparison.Ordinal))];
        foreach (Node argument in arguments)
        {
            Node? named = argument.Kind == "identifier" ? file.Variable(argument.Text) : argument;
            if (named is not null)
            {
                yield return named.Text;
            }
        }

        if (arguments.Length == 0)
        {
            yield return "(none)";
        }
    }

    private static bool IsKeyCall(Node node) => node.Kind == "call" && (node.Text.Contains("listKeys", StringComparison.OrdinalIgnoreCase) || node.Text.Contains("listSecrets", StringComparison.OrdinalIgnoreCase));

    private static bool IsSwitched(Node node) =>
        node.Text == "ternary_expression" && node.Items is [{ Kind: "identifier", Text: "isPrivate" }, { Text: "Disabled" }, { Text: "Enabled" }];

    [GeneratedRegex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    private static partial Regex Guid();
}

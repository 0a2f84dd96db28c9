using System.Text.RegularExpressions;
using Tidemark.Infra.Tests.Bicep;

namespace Tidemark.Infra.Tests.Checks;

/// <summary>No keys where an identity can do, no role that manages, no role on more than one resource, no public blob, no TLS before 1.2.</summary>
internal static partial class LeastPrivilegeCheck
{
    /// <summary>A property that resources of a type must have, with no other value anywhere in their body.</summary>
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
    [
        "Microsoft.Storage/storageAccounts", "Microsoft.KeyVault/vaults", "Microsoft.Cache/redisEnterprise", "Microsoft.EventHub/namespaces",
        "Microsoft.DurableTask/schedulers",
    ];

    public static IEnumerable<string> Findings(Template template) =>
    [
        .. template.Resources.Where(resource => !resource.IsExisting).SelectMany(resource => Findings(template, resource)),
        .. template.Modules.Where(module => module.Given.All().Any(IsKeyCall))
            .Select(module => $"{template.Name}: the module '{module.Name}' is given a key"),
        .. template.Body.All().Where(node => node.Kind == "string" && Guid().IsMatch(node.Text) && !KnownResources.Roles.ContainsKey(node.Text))
            .Select(node => $"{template.Name}: '{node.Text}' is no role on the list of known ones"),
        .. template.Outputs.Where(output => output.Value.All().Any(IsKeyCall))
            .Select(output => $"{template.Name}: the output '{output.Name}' tells a key"),
    ];

    private static IEnumerable<string> Findings(Template template, Resource resource)
    {
        Node body = resource.Body;
        string where = $"{template.Name}: '{resource.Name}'";
        foreach ((_, string property, string[] values) in Wanted.Where(wanted => wanted.Type == resource.Type))
        {
            Node[] said = [.. body.Find(property)];
            if (said.Length == 0 || said.Any(value => !values.Contains(value.Text) || value.Kind is not ("string" or "boolean")))
            {
                yield return $"{where} wants {property}: {string.Join(" or ", values)}";
            }
        }

        if (Private.Contains(resource.Type) && !body.Find("publicNetworkAccess").Any(IsSwitched))
        {
            yield return $"{where} wants publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'";
        }

        if (resource.Type == "Microsoft.Authorization/roleAssignments")
        {
            if (body["scope"] is null)
            {
                yield return $"{where} gives its role on the whole group: it wants a scope";
            }

            if (RoleIds(template, body).FirstOrDefault(id => !KnownResources.Roles.ContainsKey(id)) is { } unknown)
            {
                yield return $"{where} gives the role '{unknown}', which is not on the list of known ones";
            }
        }

        if (resource.Type == "Microsoft.EventHub/namespaces/authorizationRules"
            && body.Find("rights").SelectMany(rights => rights.All()).Any(right => right.IsText("Manage")))
        {
            yield return $"{where} may manage the namespace";
        }

        if (resource.Type != "Microsoft.KeyVault/vaults/secrets" && body.All().Any(IsKeyCall))
        {
            yield return $"{where} takes a key out of Key Vault's sight";
        }
    }

    /// <summary>
    /// The ids that a role assignment may come to: the texts that its definition leads to, through variables. Anything else is told as it
    /// stands.
    /// </summary>
    private static IEnumerable<string> RoleIds(Template template, Node body)
    {
        Node definition = body["properties"]!["roleDefinitionId"]!;
        Node[] ids = definition.Text == "subscriptionResourceId" && definition.Items is [_, { } id] ? [id] : [];
        string[] named = [.. ids.SelectMany(Named)];
        return named.Length == 0 ? ["(none)"] : named;

        IEnumerable<string> Named(Node node) => node switch
        {
            { Kind: "string" } => [node.Text],
            { Kind: "call", Text: "variables" } => Named(template.Variables[node.Items[0].Text]),
            { Kind: "call", Text: "if" } => node.Items.Skip(1).SelectMany(Named),
            { Kind: "index" } => Named(node.Items[0]),
            { Kind: "array" } => node.Items.SelectMany(Named),
            _ => [$"{node.Kind} {node.Text}"],
        };
    }

    private static bool IsKeyCall(Node node) => node.Kind == "call" && node.Text.StartsWith("list", StringComparison.OrdinalIgnoreCase);

    private static bool IsSwitched(Node node) =>
        node is { Kind: "call", Text: "if", Items: [var condition, { Text: "Disabled" }, { Text: "Enabled" }] }
            && condition.IsCall("parameters", "isPrivate");

    [GeneratedRegex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    private static partial Regex Guid();
}

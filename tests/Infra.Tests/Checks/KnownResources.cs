namespace Tidemark.Infra.Tests.Checks;

/// <summary>The resource types and roles that infra/ may use. An entry is made after the type was looked up, not before.</summary>
internal static class KnownResources
{
    /// <summary>Type and version. All of them are known to the Bicep compiler 0.49.2, which holds their properties against their types.</summary>
    public static IReadOnlyDictionary<string, string> Versions { get; } = new Dictionary<string, string>
    {
        ["Microsoft.Authorization/roleAssignments"] = "2022-04-01",
        ["Microsoft.Cache/redisEnterprise"] = "2025-07-01",
        ["Microsoft.Cache/redisEnterprise/databases"] = "2025-07-01",
        ["Microsoft.Cache/redisEnterprise/databases/accessPolicyAssignments"] = "2025-07-01",
        ["Microsoft.Consumption/budgets"] = "2024-08-01",
        ["Microsoft.DurableTask/schedulers"] = "2026-02-01",
        ["Microsoft.DurableTask/schedulers/taskHubs"] = "2026-02-01",
        ["Microsoft.EventHub/namespaces"] = "2024-01-01",
        ["Microsoft.EventHub/namespaces/authorizationRules"] = "2024-01-01",
        ["Microsoft.EventHub/namespaces/eventhubs"] = "2024-01-01",
        ["Microsoft.Insights/actionGroups"] = "2023-01-01",
        ["Microsoft.Insights/components"] = "2020-02-02",
        ["Microsoft.Insights/diagnosticSettings"] = "2021-05-01-preview",
        ["Microsoft.Insights/metricAlerts"] = "2018-03-01",
        ["Microsoft.Insights/scheduledQueryRules"] = "2023-12-01",
        ["Microsoft.Insights/workbooks"] = "2023-06-01",
        ["Microsoft.KeyVault/vaults"] = "2025-05-01",
        ["Microsoft.KeyVault/vaults/secrets"] = "2025-05-01",
        ["Microsoft.ManagedIdentity/userAssignedIdentities"] = "2024-11-30",
        ["Microsoft.Network/privateDnsZones"] = "2024-06-01",
        ["Microsoft.Network/privateDnsZones/virtualNetworkLinks"] = "2024-06-01",
        ["Microsoft.Network/privateEndpoints"] = "2025-05-01",
        ["Microsoft.Network/privateEndpoints/privateDnsZoneGroups"] = "2025-05-01",
        ["Microsoft.Network/virtualNetworks"] = "2025-05-01",
        ["Microsoft.OperationalInsights/workspaces"] = "2025-07-01",
        ["Microsoft.Resources/resourceGroups"] = "2025-04-01",
        ["Microsoft.Storage/storageAccounts"] = "2025-06-01",
        ["Microsoft.Storage/storageAccounts/blobServices"] = "2025-06-01",
        ["Microsoft.Storage/storageAccounts/blobServices/containers"] = "2025-06-01",
        ["Microsoft.Storage/storageAccounts/managementPolicies"] = "2025-06-01",
        ["Microsoft.Web/serverfarms"] = "2025-03-01",
        ["Microsoft.Web/sites"] = "2025-03-01",
        ["Microsoft.Web/sites/basicPublishingCredentialsPolicies"] = "2025-03-01",
        ["Microsoft.Web/sites/config"] = "2025-03-01",
    };

    /// <summary>
    /// Azure's built-in roles by id. None of them manages anything: Owner, Contributor and their like are not here, so they are findings.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Roles { get; } = new Dictionary<string, string>
    {
        ["b7e6dc6d-f1e8-4753-8033-0f276bb0955b"] = "Storage Blob Data Owner",
        ["ba92f5b4-2d11-453d-a403-e96b0029c9fe"] = "Storage Blob Data Contributor",
        ["2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"] = "Storage Blob Data Reader",
        ["974c5e8b-45b9-4653-ba55-5f855dd0fb88"] = "Storage Queue Data Contributor",
        ["0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"] = "Storage Table Data Contributor",
        ["3913510d-42f4-4e42-8a64-420c390055eb"] = "Monitoring Metrics Publisher",
        ["4633458b-17de-408a-b874-0445c86b69e6"] = "Key Vault Secrets User",
        ["b86a8fe4-44ce-4948-aee5-eccb2c155cd7"] = "Key Vault Secrets Officer",
        ["2b629674-e913-4c01-ae53-ef4638d8f975"] = "Azure Event Hubs Data Sender",
        ["0ad04412-c4d5-4796-b79c-f76d14c8d402"] = "Durable Task Data Contributor",
        ["d6a5505f-6ebb-45a4-896e-ac8274cfc0ac"] = "Durable Task Data Reader",
    };
}

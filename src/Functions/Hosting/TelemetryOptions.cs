using Azure.Identity;

namespace Tidemark.Functions.Hosting;

/// <summary>The destinations of telemetry. The settings have the names that the Functions host and OpenTelemetry use.</summary>
/// <param name="OtlpEndpoint">The OTLP endpoint; null for none.</param>
/// <param name="AzureMonitor">
/// The connection string of Application Insights, which is not a secret if an identity is required; null for none.
/// </param>
/// <param name="Identity">The managed identity to authenticate with; null for none.</param>
internal sealed record TelemetryOptions(string? OtlpEndpoint, string? AzureMonitor, ManagedIdentityId? Identity)
{
    /// <summary>Whether there is any destination.</summary>
    public bool IsWanted => OtlpEndpoint is not null || AzureMonitor is not null;

    /// <summary>Reads the settings.</summary>
    public static TelemetryOptions Read(Settings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return new TelemetryOptions(
            settings.Text("OTEL_EXPORTER_OTLP_ENDPOINT"),
            settings.Text("APPLICATIONINSIGHTS_CONNECTION_STRING"),
            IdentityOf(settings.Text("APPLICATIONINSIGHTS_AUTHENTICATION_STRING")));
    }

    /// <summary>
    /// Parses an identity as the Functions host does: <c>Authorization=AAD;ClientId=...</c>; without a client id, the app's own identity.
    /// </summary>
    private static ManagedIdentityId? IdentityOf(string? text)
    {
        Dictionary<string, string> parts = (text ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(part => part.Split('=', 2)).Where(part => part.Length == 2)
            .ToDictionary(part => part[0], part => part[1], StringComparer.OrdinalIgnoreCase);
        if (!parts.TryGetValue("Authorization", out string? kind) || !kind.Equals("AAD", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        return parts.TryGetValue("ClientId", out string? clientId)
            ? ManagedIdentityId.FromUserAssignedClientId(clientId)
            : ManagedIdentityId.SystemAssigned;
    }
}

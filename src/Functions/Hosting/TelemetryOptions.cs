using Azure.Identity;

namespace Tidemark.Functions.Hosting;

/// <summary>Where telemetry goes. The names are those that the Functions host and OpenTelemetry use themselves.</summary>
/// <param name="OtlpEndpoint">An OTLP endpoint; null for none.</param>
/// <param name="AzureMonitor">The connection string of Application Insights, which names it and is no secret where identities are wanted; null for none.</param>
/// <param name="Identity">The managed identity to come as; null to come as nobody.</param>
internal sealed record TelemetryOptions(string? OtlpEndpoint, string? AzureMonitor, ManagedIdentityId? Identity)
{
    /// <summary>Whether anybody takes it.</summary>
    public bool IsWanted => OtlpEndpoint is not null || AzureMonitor is not null;

    /// <summary>Reads it.</summary>
    public static TelemetryOptions Read(Settings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return new TelemetryOptions(
            settings.Text("OTEL_EXPORTER_OTLP_ENDPOINT"),
            settings.Text("APPLICATIONINSIGHTS_CONNECTION_STRING"),
            IdentityOf(settings.Text("APPLICATIONINSIGHTS_AUTHENTICATION_STRING")));
    }

    /// <summary>As the Functions host reads it: <c>Authorization=AAD;ClientId=...</c>, without a client id the identity of the app itself.</summary>
    private static ManagedIdentityId? IdentityOf(string? text)
    {
        Dictionary<string, string> parts = (text ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(part => part.Split('=', 2)).Where(part => part.Length == 2)
            .ToDictionary(part => part[0], part => part[1], StringComparer.OrdinalIgnoreCase);
        if (!parts.TryGetValue("Authorization", out string? kind) || !kind.Equals("AAD", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        return parts.TryGetValue("ClientId", out string? clientId) ? ManagedIdentityId.FromUserAssignedClientId(clientId) : ManagedIdentityId.SystemAssigned;
    }
}

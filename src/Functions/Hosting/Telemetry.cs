using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Tidemark.Functions.Hosting;

/// <summary>Metrics by OpenTelemetry, sent where the standard variable <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says.</summary>
public static class Telemetry
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Adds it.</summary>
    public static IServiceCollection AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        IOpenTelemetryBuilder telemetry = services.AddOpenTelemetry().UseFunctionsWorkerDefaults();
        if (configuration[Endpoint] is { Length: > 0 })
        {
            telemetry.WithMetrics(metrics => metrics.AddMeter(TidemarkMetrics.MeterName).AddOtlpExporter());
        }

        return services;
    }
}

using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
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
        IOpenTelemetryBuilder telemetry = new Builder(services);
        telemetry.UseFunctionsWorkerDefaults();
        if (configuration[Endpoint] is { Length: > 0 })
        {
            telemetry.WithMetrics(metrics => metrics.AddMeter(TidemarkMetrics.MeterName).AddOtlpExporter());
            services.AddHostedService<MetricsStart>();
        }

        return services;
    }

    private sealed class Builder(IServiceCollection services) : IOpenTelemetryBuilder
    {
        public IServiceCollection Services => services;
    }

    /// <summary>A meter provider works from when it is made, and nobody else asks for it.</summary>
    private sealed class MetricsStart(MeterProvider provider) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            ArgumentNullException.ThrowIfNull(provider);
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

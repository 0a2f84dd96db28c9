using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Tidemark.Functions.Hosting;

/// <summary>What the worker says about itself, by OpenTelemetry: to Application Insights, to an OTLP endpoint, to both or to neither.</summary>
public static class Telemetry
{
    /// <summary>Adds it.</summary>
    public static IServiceCollection AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        TelemetryOptions options = TelemetryOptions.Read(new Settings(configuration));
        IOpenTelemetryBuilder telemetry = services.AddOpenTelemetry().UseFunctionsWorkerDefaults();
        if (options.IsWanted)
        {
            telemetry.WithMetrics(metrics => metrics.AddMeter(TidemarkMetrics.MeterName));
        }

        if (options.OtlpEndpoint is not null)
        {
            // The exporter reads the address itself, with the other standard variables.
            telemetry.WithMetrics(metrics => metrics.AddOtlpExporter());
        }

        if (options.AzureMonitor is not null)
        {
            // The host no longer passes on what the worker logs once the worker has telemetry of its own.
            telemetry
                .WithMetrics(metrics => metrics.AddAzureMonitorMetricExporter(Configure))
                .WithTracing(traces => traces.AddAzureMonitorTraceExporter(Configure))
                .WithLogging(logs => logs.AddAzureMonitorLogExporter(Configure));
        }

        return services;

        void Configure(AzureMonitorExporterOptions exporter)
        {
            exporter.ConnectionString = options.AzureMonitor;

            // Traces are sampled, 5 a second. A log that told of a failure would be dropped with the trace of its call.
            exporter.EnableTraceBasedLogsSampler = false;
            exporter.Credential = options.Identity is { } identity ? new ManagedIdentityCredential(identity) : null;
        }
    }
}

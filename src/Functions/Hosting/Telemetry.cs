using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Tidemark.Functions.Hosting;

/// <summary>
/// OpenTelemetry for the worker's logs, traces and metrics: exported to Application Insights, to an OTLP endpoint, to both or to neither.
/// Logs are also sent to the host, whose console shows them.
/// </summary>
public static class Telemetry
{
    /// <summary>The capability with which the worker declares the schema of its spans and log scopes.</summary>
    internal const string SchemaVersionCapability = "WorkerOpenTelemetrySchemaVersion";

    /// <summary>Adds telemetry to the services.</summary>
    public static IServiceCollection AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        TelemetryOptions options = TelemetryOptions.Read(new Settings(configuration));
        IOpenTelemetryBuilder telemetry = services.AddOpenTelemetry().UseFunctionsWorkerDefaults();

        // With the schema of the defaults, a log's scope lacks the key by which the worker finds its invocation, and the host drops the log
        // (azure-functions-dotnet-worker issues 3487 and 3489). Without the capability the scope is as the host expects.
        services.PostConfigure<WorkerOptions>(worker => worker.Capabilities.Remove(SchemaVersionCapability));
        if (options.IsWanted)
        {
            telemetry.WithMetrics(metrics => metrics.AddMeter(TidemarkMetrics.MeterName));
        }

        if (options.OtlpEndpoint is not null)
        {
            // The exporters read the endpoint and the other standard variables themselves.
            telemetry
                .WithMetrics(metrics => metrics.AddOtlpExporter())
                .WithTracing(traces => traces.AddOtlpExporter())
                .WithLogging(logs => logs.AddOtlpExporter());
        }

        if (options.AzureMonitor is not null)
        {
            telemetry
                .WithMetrics(metrics => metrics.AddAzureMonitorMetricExporter(Configure))
                .WithTracing(traces => traces.AddAzureMonitorTraceExporter(Configure))
                .WithLogging(logs => logs.AddAzureMonitorLogExporter(Configure));
        }

        return services;

        void Configure(AzureMonitorExporterOptions exporter)
        {
            exporter.ConnectionString = options.AzureMonitor;

            // Traces are sampled at 5 per second. With this sampler, the log of a failure would be dropped together with the trace of its
            // call.
            exporter.EnableTraceBasedLogsSampler = false;
            exporter.Credential = options.Identity is { } identity ? new ManagedIdentityCredential(identity) : null;
        }
    }
}

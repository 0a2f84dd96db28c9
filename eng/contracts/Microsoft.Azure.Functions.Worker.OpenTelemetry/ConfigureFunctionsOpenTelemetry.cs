using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;

namespace Microsoft.Azure.Functions.Worker.OpenTelemetry;

public static class ConfigureFunctionsOpenTelemetry
{
    /// <summary>Tells the host that the worker sends the telemetry, and listens to the worker's traces. The resource is the real package's.</summary>
    public static IOpenTelemetryBuilder UseFunctionsWorkerDefaults(this IOpenTelemetryBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure<WorkerOptions>(options =>
        {
            options.Capabilities["WorkerOpenTelemetryEnabled"] = bool.TrueString;
            options.Capabilities["WorkerOpenTelemetrySchemaVersion"] = "1.37.0";
        });
        builder.WithTracing(traces => traces.AddSource("Microsoft.Azure.Functions.Worker"));
        return builder;
    }
}

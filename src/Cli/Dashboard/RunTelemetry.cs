using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Tidemark.Dashboard.Status;

namespace Tidemark.Cli.Dashboard;

/// <summary>
/// The figures of a run as OpenTelemetry metrics, sent by OTLP to where the standard variables say. Names are those of the Functions app. Who
/// sets no endpoint does not load any of it.
/// </summary>
internal sealed class RunTelemetry : IDisposable
{
    /// <summary>The variable that switches it on; the exporter reads it and the others of its kind.</summary>
    public const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private const string Name = "Tidemark";
    private const int MaxShutdownMs = 2000;

    private readonly Meter _meter = new(Name);
    private readonly MeterProvider _provider;

    /// <summary>Starts sending. Not inlined: its caller would load the exporter to be compiled.</summary>
    /// <param name="source">How the run stands.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static IDisposable Start(IStatusSource source) => new RunTelemetry(source);

    private RunTelemetry(IStatusSource source)
    {
        _meter.CreateObservableCounter("tidemark.events", () => Read().Records.Counted, description: "Events counted in a window");
        _meter.CreateObservableCounter("tidemark.late", () => Read().Records.Late, description: "Events past their allowed lateness");
        _meter.CreateObservableCounter(
            "tidemark.rejected",
            () => Read().Rejected.Select(rejected => new Measurement<long>(rejected.Count, KeyValuePair.Create("reason", (object?)rejected.Reason))),
            description: "Records that cannot be counted");
        _meter.CreateObservableGauge(
            "tidemark.watermark_lag", () => Optional(Read().WatermarkLagSeconds), "s", "Clock minus watermark");
        _meter.CreateObservableGauge("tidemark.open_windows", () => Read().OpenWindows, description: "Windows that can still change");
        _meter.CreateObservableGauge(
            "tidemark.state_age", () => Optional(Read().StateAgeSeconds), "s", "Age of the last saved state");
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(Name)
            .ConfigureResource(resource => resource.AddService("tidemark").AddEnvironmentVariableDetector())
            .AddOtlpExporter()
            .Build();

        DashboardStatus Read() => source.ReadAsync(CancellationToken.None).GetAwaiter().GetResult();

        static IEnumerable<Measurement<double>> Optional(double? value) => value is { } known ? [new Measurement<double>(known)] : [];
    }

    /// <summary>Sends the last figures, if the receiver takes them soon.</summary>
    public void Dispose()
    {
        _provider.Shutdown(MaxShutdownMs);
        _provider.Dispose();
        _meter.Dispose();
    }
}

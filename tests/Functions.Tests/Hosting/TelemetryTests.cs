using System.Collections;
using System.Diagnostics;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Moq;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Tidemark.Functions.Hosting;

namespace Tidemark.Functions.Tests.Hosting;

/// <summary>
/// Goal: what the app logs, measures and traces reaches Application Insights, an OTLP endpoint and the Functions host. Method: the app as
/// Program.cs builds it, the real exporters, and an endpoint of our own.
/// </summary>
public sealed class TelemetryTests
{
    // Tests beside these count with instruments of the same name.
    private const string Step = "TheStepOfTheTelemetryTests";

    [Fact]
    public async Task AzureMonitor_Metrics_Arrive()
    {
        using TelemetryReceiver azure = new();
        using IHost app = Build(azure.AzureMonitor);
        await FlushMetricAsync(app);
        Assert.Contains("tidemark.close_failures", await azure.WaitForAsync(Step), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AzureMonitor_LogOfACallWhoseTraceIsNotSampled_Arrives()
    {
        using TelemetryReceiver azure = new();
        using IHost app = Build(azure.AzureMonitor);
        using Activity call = new Activity("call").SetIdFormat(ActivityIdFormat.W3C).Start();
        Assert.False(call.Recorded);
        FlushLog(app, "said within a call that is not traced");
        await azure.WaitForAsync("said within a call that is not traced");
    }

    [Fact]
    public async Task AzureMonitor_Traces_Arrive()
    {
        // Not sampled: the first seconds of a process may sample nothing.
        using TelemetryReceiver azure = new();
        using IHost app = Build(azure.AzureMonitor, ("OTEL_TRACES_SAMPLER", "microsoft.fixed_percentage"), ("OTEL_TRACES_SAMPLER_ARG", "1.0"));
        FlushSpan(app, "a span for Azure");
        await azure.WaitForAsync("a span for Azure");
    }

    [Fact]
    public async Task Otlp_Metrics_Arrive()
    {
        using TelemetryReceiver collector = new();
        using IHost app = Build(Otlp(collector));
        await FlushMetricAsync(app);
        Assert.Contains("tidemark.close_failures", await collector.WaitForAsync(Step, "/v1/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Otlp_Logs_Arrive()
    {
        using TelemetryReceiver collector = new();
        using IHost app = Build(Otlp(collector));
        FlushLog(app, "said to a collector");
        await collector.WaitForAsync("said to a collector", "/v1/logs");
    }

    [Fact]
    public async Task Otlp_Traces_Arrive()
    {
        using TelemetryReceiver collector = new();
        using IHost app = Build(Otlp(collector));
        FlushSpan(app, "a span for a collector");
        await collector.WaitForAsync("a span for a collector", "/v1/traces");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Host_LogOfAnInvocation_CarriesTheIdByWhichTheHostTakesIt(bool isExported)
    {
        using TelemetryReceiver collector = new();
        using IHost app = isExported ? Build(Otlp(collector)) : Build();
        using IDisposable? scope = Logger(app).BeginScope(ScopeOf(app, "invocation-7"));
        Logger(app).Log(LogLevel.Warning, default, "said to the host", null, (text, _) => text);
        string log = Assert.Single(SentToTheHost(app), message => message.Contains("said to the host", StringComparison.Ordinal));
        Assert.Contains("\"invocationId\": \"invocation-7\"", log, StringComparison.Ordinal);
    }

    [Fact]
    public void Host_Capabilities_TellThatTheWorkerExportsAndNotASchemaThatLosesLogs()
    {
        using IHost app = Build();
        IDictionary<string, string> told = app.Services.GetRequiredService<IOptions<WorkerOptions>>().Value.Capabilities;
        Assert.Contains("WorkerOpenTelemetryEnabled", told.Keys);
        Assert.DoesNotContain(Telemetry.SchemaVersionCapability, told.Keys);
    }

    [Fact]
    public void AddTelemetry_NothingSet_NobodyListens()
    {
        using IHost app = Build();
        Assert.DoesNotContain(
            app.Services.GetServices<ILoggerProvider>(), logs => logs.GetType().FullName!.StartsWith("OpenTelemetry.", StringComparison.Ordinal));
        Assert.Null(app.Services.GetService<MeterProvider>());
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("Authorization=Basic;ClientId=x", null)]
    [InlineData("Authorization=AAD", "SystemAssigned")]
    [InlineData("Authorization=AAD;ClientId=5ba2f1b9-1d8e-4f5e-9a3c-0d8f3f2f6a10", "5ba2f1b9-1d8e-4f5e-9a3c-0d8f3f2f6a10")]
    [InlineData("authorization=aad; clientid=5ba2f1b9-1d8e-4f5e-9a3c-0d8f3f2f6a10;", "5ba2f1b9-1d8e-4f5e-9a3c-0d8f3f2f6a10")]
    public void Read_AuthenticationString_NamesTheIdentity(string? text, string? identity)
    {
        IConfiguration settings = new ConfigurationBuilder()
            .AddInMemoryCollection([KeyValuePair.Create("APPLICATIONINSIGHTS_AUTHENTICATION_STRING", text)]).Build();
        TelemetryOptions options = TelemetryOptions.Read(new Settings(settings));
        if (identity is null)
        {
            Assert.Null(options.Identity);
        }
        else
        {
            Assert.Contains(identity, options.Identity!.ToString(), StringComparison.Ordinal);
        }
    }

    private static (string Name, string? Value)[] Otlp(TelemetryReceiver collector) =>
        [("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")];

    /// <summary>The app as Program.cs builds it; it is not started, since there is no host to connect to.</summary>
    private static IHost Build(params (string Name, string? Value)[] telemetry) => TidemarkApp.CreateBuilder(
        [
            .. RepositoryFiles.SampleSettings().Where(setting => setting.Value is { Length: > 0 })
            .Select(setting => $"--{setting.Key}={setting.Value}"),
            .. telemetry.Select(setting => $"--{setting.Name}={setting.Value}"),
        ]).Build();

    private static ILogger Logger(IHost app) => app.Services.GetRequiredService<ILogger<TelemetryTests>>();

    private static async Task FlushMetricAsync(IHost app)
    {
        MeterProvider meters = app.Services.GetRequiredService<MeterProvider>();
        app.Services.GetRequiredService<TidemarkMetrics>().CloseFailed(Step);
        Assert.True(await Task.Run(() => meters.ForceFlush(20_000)));
    }

    private static void FlushLog(IHost app, string text)
    {
        LoggerProvider logs = app.Services.GetRequiredService<LoggerProvider>();
        Logger(app).Log(LogLevel.Error, default, text, null, (said, _) => said);
        Assert.True(logs.ForceFlush(20_000));
    }

    private static void FlushSpan(IHost app, string name)
    {
        TracerProvider traces = app.Services.GetRequiredService<TracerProvider>();
        using ActivitySource worker = new("Microsoft.Azure.Functions.Worker");
        worker.StartActivity(name)?.Dispose();
        Assert.True(traces.ForceFlush(20_000));
    }

    /// <summary>What the worker puts around an invocation's logs. The worker has no public name for it.</summary>
    private static object ScopeOf(IHost app, string invocationId)
    {
        Type type = typeof(WorkerOptions).Assembly.GetType("Microsoft.Azure.Functions.Worker.Diagnostics.IFunctionTelemetryProvider",
            throwOnError: true)!;
        Mock<FunctionContext> context = new() { DefaultValue = DefaultValue.Mock };
        context.Setup(c => c.InvocationId).Returns(invocationId);
        object attributes = type.GetMethod("GetScopeAttributes")!.Invoke(app.Services.GetRequiredService(type), [context.Object])!;
        return ((IEnumerable)attributes).Cast<KeyValuePair<string, object>>().ToList();
    }

    /// <summary>The messages that wait for a connection to the host.</summary>
    private static List<string> SentToTheHost(IHost app)
    {
        Type type = Assembly.Load("Microsoft.Azure.Functions.Worker.Grpc")
            .GetType("Microsoft.Azure.Functions.Worker.GrpcHostChannel", throwOnError: true)!;
        object channel = type.GetProperty("Channel")!.GetValue(app.Services.GetRequiredService(type))!;
        object reader = channel.GetType().GetProperty("Reader")!.GetValue(channel)!;
        MethodInfo tryRead = reader.GetType().GetMethod("TryRead")!;
        List<string> messages = [];
        object?[] message = [null];
        while ((bool)tryRead.Invoke(reader, message)!)
        {
            messages.Add(message[0]!.ToString()!);
        }

        return messages;
    }
}

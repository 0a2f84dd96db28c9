using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using Tidemark.Functions.Hosting;

namespace Tidemark.Functions.Tests.Hosting;

/// <summary>Goal: what the app measures reaches Application Insights. Method: the real exporter, and an endpoint of our own in place of Azure's.</summary>
public sealed class TelemetryTests
{
    // Tests beside these count with instruments of the same name.
    private const string Step = "TheStepOfTheTelemetryTests";

    [Fact]
    public async Task AddTelemetry_ConnectionString_MetricsArriveThere()
    {
        using HttpListener azure = Listen(out string address);
        Task<string> received = ReceiveAsync(azure, Step);
        ServiceCollection services = Services(("APPLICATIONINSIGHTS_CONNECTION_STRING", $"InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint={address}"));
        services.AddMetrics().AddSingleton<TidemarkMetrics>();
        await using ServiceProvider provider = services.BuildServiceProvider();
        MeterProvider meters = provider.GetRequiredService<MeterProvider>();
        provider.GetRequiredService<TidemarkMetrics>().CloseFailed(Step);
        Assert.True(meters.ForceFlush(20_000));
        string body = await received.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Contains("tidemark.close_failures", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddTelemetry_ConnectionString_LogsAreTakenToo()
    {
        ServiceCollection services = Services(("APPLICATIONINSIGHTS_CONNECTION_STRING", "InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint=http://127.0.0.1:9/"));
        await using ServiceProvider provider = services.BuildServiceProvider();
        Assert.Contains(provider.GetServices<ILoggerProvider>(), logs => logs.GetType().FullName!.StartsWith("OpenTelemetry.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AddTelemetry_CallWhoseTraceIsNotSampled_ItsLogsArrive()
    {
        const string Text = "said within a call that is not traced";
        using HttpListener azure = Listen(out string address);
        Task<string> received = ReceiveAsync(azure, Text);
        ServiceCollection services = Services(("APPLICATIONINSIGHTS_CONNECTION_STRING", $"InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint={address}"));
        await using ServiceProvider provider = services.BuildServiceProvider();
        LoggerProvider logs = provider.GetRequiredService<LoggerProvider>();
        using Activity call = new Activity("call").SetIdFormat(ActivityIdFormat.W3C).Start();
        Assert.False(call.Recorded);
        provider.GetRequiredService<ILogger<TelemetryTests>>().Log(LogLevel.Error, default, Text, null, (text, _) => text);
        Assert.True(logs.ForceFlush(20_000));
        Assert.Contains(Text, await received.WaitAsync(TimeSpan.FromSeconds(20)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddTelemetry_NothingSet_NobodyListens()
    {
        ServiceCollection services = Services();
        services.AddMetrics().AddSingleton<TidemarkMetrics>();
        await using ServiceProvider provider = services.BuildServiceProvider();
        provider.GetRequiredService<TidemarkMetrics>();
        Assert.DoesNotContain(provider.GetServices<ILoggerProvider>(), logs => logs.GetType().FullName!.StartsWith("OpenTelemetry.", StringComparison.Ordinal));
        Assert.Null(provider.GetService<MeterProvider>());
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
        TelemetryOptions options = TelemetryOptions.Read(new Settings(Configuration(("APPLICATIONINSIGHTS_AUTHENTICATION_STRING", text))));
        if (identity is null)
        {
            Assert.Null(options.Identity);
        }
        else
        {
            Assert.Contains(identity, options.Identity!.ToString(), StringComparison.Ordinal);
        }
    }

    private static ServiceCollection Services(params (string Name, string? Value)[] settings)
    {
        IConfiguration configuration = Configuration(settings);
        ServiceCollection services = new();
        services.AddLogging();
        services.AddSingleton(configuration);
        services.AddTelemetry(configuration);
        return services;
    }

    private static IConfiguration Configuration(params (string Name, string? Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, setting.Value))).Build();

    private static HttpListener Listen(out string address)
    {
        using TcpListener probe = new(IPAddress.Loopback, 0);
        probe.Start();
        address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/";
        probe.Stop();
        HttpListener listener = new();
        listener.Prefixes.Add(address);
        listener.Start();
        return listener;
    }

    /// <summary>Takes whatever comes, until a body holds a text.</summary>
    private static async Task<string> ReceiveAsync(HttpListener listener, string text)
    {
        while (true)
        {
            HttpListenerContext call = await listener.GetContextAsync();
            await using Stream plain = call.Request.Headers["Content-Encoding"] == "gzip" ? new GZipStream(call.Request.InputStream, CompressionMode.Decompress) : call.Request.InputStream;
            string body = await new StreamReader(plain, Encoding.UTF8).ReadToEndAsync();
            call.Response.ContentType = "application/json";
            await call.Response.OutputStream.WriteAsync("{\"itemsReceived\":1,\"itemsAccepted\":1,\"errors\":[]}"u8.ToArray());
            call.Response.Close();
            if (body.Contains(text, StringComparison.Ordinal))
            {
                return body;
            }
        }
    }
}

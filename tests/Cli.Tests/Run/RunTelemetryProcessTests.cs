using System.Net;
using System.Text;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Run;

/// <summary>Goal: a receiver of OTLP gets the figures of a run. Method: a receiver that keeps what it gets.</summary>
public sealed class RunTelemetryProcessTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_OtlpEndpoint_GetsTheFigures()
    {
        int port = RedisServer.FreePort();
        using HttpListener receiver = new();
        receiver.Prefixes.Add($"http://127.0.0.1:{port}/");
        receiver.Start();
        Task<string> received = ReceiveAsync(receiver);
        await File.WriteAllTextAsync(
            _folder.File("events.ndjson"), "{\"timestamp\":\"2026-11-22T06:00:00Z\",\"event_type\":\"click\"}\nnonsense\n");

        using TidemarkProcess run = TidemarkProcess.StartShell(
            _folder.Path,
            $"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:{port} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf \"$T\" run --source events.ndjson --json");
        run.Input.Close();

        Assert.Equal(0, await run.ExitAsync());
        string metrics = await received.WaitAsync(Until.Patience);
        Assert.Contains("tidemark.events", metrics, StringComparison.Ordinal);
        Assert.Contains("malformed_json", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OtlpReceiverAway_IsDoneAllTheSame()
    {
        await File.WriteAllTextAsync(_folder.File("events.ndjson"), "{\"timestamp\":\"2026-11-22T06:00:00Z\",\"event_type\":\"click\"}\n");

        using TidemarkProcess run = TidemarkProcess.StartShell(
            _folder.Path, $"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:{RedisServer.FreePort()} \"$T\" run --source events.ndjson --json");
        run.Input.Close();

        Assert.Equal(0, await run.ExitAsync());
        Assert.Contains("\"clicks\":1", run.Output, StringComparison.Ordinal);
    }

    private static async Task<string> ReceiveAsync(HttpListener receiver)
    {
        HttpListenerContext request = await receiver.GetContextAsync();
        using MemoryStream body = new();
        await request.Request.InputStream.CopyToAsync(body);
        request.Response.Close();
        return request.Request.Url!.AbsolutePath == "/v1/metrics" ? Encoding.Latin1.GetString(body.ToArray()) : request.Request.Url.AbsolutePath;
    }
}

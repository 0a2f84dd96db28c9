using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Tidemark.Functions.Tests.Hosting;

/// <summary>
/// An address of this machine that telemetry is sent to over HTTP, as JSON to Application Insights or as protobuf by OTLP. Texts are in
/// both as they are.
/// </summary>
internal sealed class TelemetryReceiver : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpListener _listener = new();
    private readonly Lock _lock = new();
    private readonly List<(string Path, string Body)> _received = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TelemetryReceiver()
    {
        using TcpListener probe = new(IPAddress.Loopback, 0);
        probe.Start();
        Address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/";
        probe.Stop();
        _listener.Prefixes.Add(Address);
        _listener.Start();
        _ = ListenAsync();
    }

    /// <summary>Ends in a slash.</summary>
    public string Address { get; }

    /// <summary>Settings that send everything here as to Application Insights.</summary>
    public (string Name, string? Value) AzureMonitor =>
        ("APPLICATIONINSIGHTS_CONNECTION_STRING", $"InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint={Address}");

    public void Dispose() => ((IDisposable)_listener).Dispose();

    /// <summary>Waits for a text in what is sent to paths that end so.</summary>
    /// <returns>The body it was in.</returns>
    public async Task<string> WaitForAsync(string text, string path = "")
    {
        using CancellationTokenSource late = new(Patience);
        while (true)
        {
            Task more;
            lock (_lock)
            {
                if (_received.Find(call => call.Path.EndsWith(path, StringComparison.Ordinal)
                    && call.Body.Contains(text, StringComparison.Ordinal)).Body is { } body)
                {
                    return body;
                }

                more = _more.Task;
            }

            await more.WaitAsync(late.Token);
        }
    }

    private async Task ListenAsync()
    {
        while (true)
        {
            HttpListenerContext call;
            try
            {
                call = await _listener.GetContextAsync();
            }
            catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            await using Stream plain =
                call.Request.Headers["Content-Encoding"] == "gzip"
                    ? new GZipStream(call.Request.InputStream, CompressionMode.Decompress)
                    : call.Request.InputStream;
            string body = await new StreamReader(plain, Encoding.UTF8).ReadToEndAsync();
            bool isOtlp = call.Request.Url!.AbsolutePath.StartsWith("/v1/", StringComparison.Ordinal);
            call.Response.ContentType = isOtlp ? "application/x-protobuf" : "application/json";
            await call.Response.OutputStream.WriteAsync(isOtlp ? [] : "{\"itemsReceived\":1,\"itemsAccepted\":1,\"errors\":[]}"u8.ToArray());
            call.Response.Close();
            Take(call.Request.Url.AbsolutePath, body);
        }
    }

    private void Take(string path, string body)
    {
        lock (_lock)
        {
            _received.Add((path, body));
            _more.SetResult();
            _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}

using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Tidemark.Dashboard.Api;
using Tidemark.Dashboard.Live;

namespace Tidemark.Cli.Dashboard;

/// <summary>A server of a dashboard. What it serves with is loaded only with the one class behind this.</summary>
internal interface IDashboardServer : IDisposable
{
    /// <summary>Where it is served, for a browser on this machine.</summary>
    Uri Url { get; }

    /// <summary>How long nobody has asked for anything; zero while somebody listens to the stream.</summary>
    TimeSpan Unused { get; }
}

/// <summary>
/// Serves the API, the stream and the page by Kestrel. The only class that knows of it: whoever asks for no dashboard does not load it. Requests
/// have no bodies, and everything about them is bounded.
/// </summary>
internal sealed class DashboardServer : IHttpApplication<HttpContext>, IDashboardServer
{
    private const int MaxConnections = 2000;
    private const int MaxLineBytes = 8 * 1024;

    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(1);

    private readonly DashboardApi _api;
    private readonly ResultStream _stream;
    private readonly DashboardAddress _address;
    private readonly TimeProvider _time;
    private readonly Action<string> _say;
    private readonly CancellationTokenSource _stop = new();
    private KestrelServer? _server;
    private long _lastRequest;
    private int _hasFailed;

    private DashboardServer(DashboardAddress address, DashboardApi api, ResultStream stream, TimeProvider time, Action<string> say)
    {
        (_address, _api, _stream, _time, _say) = (address, api, stream, time, say);
        _lastRequest = time.GetTimestamp();
    }

    /// <inheritdoc/>
    public Uri Url { get; private set; } = null!;

    /// <inheritdoc/>
    public TimeSpan Unused => _stream.Clients > 0 ? TimeSpan.Zero : _time.GetElapsedTime(Interlocked.Read(ref _lastRequest));

    /// <summary>Starts serving.</summary>
    /// <param name="address">Where.</param>
    /// <param name="api">Answers the requests.</param>
    /// <param name="stream">Sent to those that listen.</param>
    /// <param name="time">The clock.</param>
    /// <param name="say">Told of a defect, once.</param>
    /// <exception cref="IOException">The address cannot be listened on.</exception>
    /// <exception cref="SocketException">The name is not known, or may not be used.</exception>
    public static async Task<IDashboardServer> StartAsync(
        DashboardAddress address, DashboardApi api, ResultStream stream, TimeProvider time, Action<string> say)
    {
        DashboardServer server = new(address, api, stream, time, say);
        try
        {
            await server.ListenAsync(address.Port).ConfigureAwait(false);
        }
        catch (IOException) when (address.FallsBack && address.Port != 0)
        {
            await server.ListenAsync(0).ConfigureAwait(false);
        }

        return server;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        if (_server is not null)
        {
            using CancellationTokenSource timeout = new(StopTimeout, _time);
            try
            {
                _server.StopAsync(timeout.Token).GetAwaiter().GetResult();
            }
            catch (OperationCanceledException)
            {
                // Connections that were not closed by then are dropped.
            }

            _server.Dispose();
        }

        _stop.Dispose();
    }

    HttpContext IHttpApplication<HttpContext>.CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    void IHttpApplication<HttpContext>.DisposeContext(HttpContext context, Exception? exception)
    {
    }

    async Task IHttpApplication<HttpContext>.ProcessRequestAsync(HttpContext context)
    {
        Interlocked.Exchange(ref _lastRequest, _time.GetTimestamp());
        try
        {
            await ProcessAsync(context).ConfigureAwait(false);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested || _stop.IsCancellationRequested)
        {
            // The client has gone, or the server is going.
        }
#pragma warning disable CA1031 // A defect here must not stop the run.
        catch (Exception error)
#pragma warning restore CA1031
        {
            if (Interlocked.Exchange(ref _hasFailed, 1) == 0)
            {
                _say($"the dashboard could not answer {context.Request.Path}: {error.GetType().Name}: {error.Message}. The run goes on");
            }

            if (!context.Response.HasStarted)
            {
                await SendAsync(context, ApiResponse.Problem(500, "Defect", "This is a defect of tidemark, please report it.")).ConfigureAwait(false);
            }
        }
    }

    private async Task ListenAsync(int port)
    {
        KestrelServerOptions options = new() { AddServerHeader = false };
        options.Limits.MaxConcurrentConnections = MaxConnections;
        options.Limits.MaxRequestBodySize = 0;
        options.Limits.MaxRequestLineSize = MaxLineBytes;
        options.Limits.MaxRequestHeadersTotalSize = 2 * MaxLineBytes;
        options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        options.Listen(_address.Resolve(), port, static listen => listen.Protocols = HttpProtocols.Http1);
        SocketTransportFactory sockets = new(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance);
        KestrelServer server = new(Options.Create(options), sockets, NullLoggerFactory.Instance);
        try
        {
            await server.StartAsync(this, CancellationToken.None).ConfigureAwait(false);
        }
        catch
        {
            server.Dispose();
            throw;
        }

        _server = server;
        string bound = server.Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Url = _address.Url(new Uri(bound.Replace("[::]", Loopback6, StringComparison.Ordinal)).Port);
    }

    private const string Loopback6 = "[::1]";

    private async Task ProcessAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (!_address.Accepts(request.Host.Host))
        {
            await SendAsync(context, ApiResponse.Problem(
                421, "Misdirected request",
                $"This server is not '{request.Host.Host}'. Use its address, or name it at the start: --dashboard HOST:PORT")).ConfigureAwait(false);
            return;
        }

        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            await SendAsync(context, ApiResponse.Problem(405, "Method not allowed", "Everything here is read by GET.")).ConfigureAwait(false);
            return;
        }

        ApiRequest asked = ApiRequest.Of(
            request.Path.Value ?? "/", request.Query.Select(pair => (pair.Key, pair.Value.LastOrDefault())), name => request.Headers[name]);
        bool wantsDocument = request.Headers.Accept.ToString().Contains("application/json", StringComparison.Ordinal);
        if (asked.Path == DashboardApi.StreamPath && !wantsDocument && HttpMethods.IsGet(request.Method))
        {
            await StreamAsync(context, asked).ConfigureAwait(false);
            return;
        }

        await SendAsync(context, await _api.GetAsync(asked, context.RequestAborted).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private static async Task SendAsync(HttpContext context, ApiResponse answer)
    {
        HttpResponse response = context.Response;
        response.StatusCode = answer.Status;
        foreach ((string name, string value) in answer.AllHeaders)
        {
            response.Headers[name] = value;
        }

        if (answer.Body.Length > 0 && !HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(answer.Body, context.RequestAborted).ConfigureAwait(false);
        }
    }

    private async Task StreamAsync(HttpContext context, ApiRequest asked)
    {
        (IReadOnlySet<string> families, ApiResponse? problem) = _api.FamiliesOf(asked);
        string? lastEventId = context.Request.Headers["Last-Event-ID"] is [{ Length: > 0 } id, ..] ? id : asked.Parameter("last_event_id");
        using ResultStream.Listener? listener = problem is null ? _stream.Listen(lastEventId, families) : null;
        if (listener is null)
        {
            context.Response.Headers.RetryAfter = "10";
            await SendAsync(context, problem ?? ApiResponse.Problem(
                503, "Too many listeners", $"At most {_stream.Limits.MaxClients} clients listen at a time; come again.")).ConfigureAwait(false);
            return;
        }

        foreach ((string name, string value) in SecurityHeaders.Data)
        {
            context.Response.Headers[name] = value;
        }

        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        await SendAsync(context, listener).ConfigureAwait(false);
    }

    /// <summary>Sends until the client goes, the server stops, or the client does not take what is sent: it has to come back and resume.</summary>
    private async Task SendAsync(HttpContext context, ResultStream.Listener listener)
    {
        using CancellationTokenSource ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stop.Token);
        IReadOnlyList<ReadOnlyMemory<byte>> frames = ["retry: 2000\n\n"u8.ToArray()];
        while (!ends.IsCancellationRequested)
        {
            using CancellationTokenSource sending = CancellationTokenSource.CreateLinkedTokenSource(ends.Token);
            using ITimer timer = _time.CreateTimer(
                static state => ((CancellationTokenSource)state!).Cancel(), sending, _stream.Limits.SendTimeout, Timeout.InfiniteTimeSpan);
            try
            {
                foreach (ReadOnlyMemory<byte> frame in frames)
                {
                    await context.Response.Body.WriteAsync(frame, sending.Token).ConfigureAwait(false);
                }

                await context.Response.Body.FlushAsync(sending.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                context.Abort();
                return;
            }

            frames = await listener.NextAsync(_time, ends.Token).ConfigureAwait(false);
        }
    }
}

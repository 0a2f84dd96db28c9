using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Tidemark.Dashboard.Live;
using Tidemark.Dashboard.Tests.Support;

namespace Tidemark.Dashboard.Tests.Host;

public sealed class DashboardServerTests : IDisposable
{
    private readonly LiveServer _server = LiveServer.Start(Shop.Midnight, limits: new StreamLimits { MaxClients = 1 });
    private readonly HttpClient _http = new();

    public DashboardServerTests() => _http.BaseAddress = _server.Url;

    public void Dispose()
    {
        _http.Dispose();
        _server.Dispose();
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:80")]
    public async Task Request_ForAnotherHost_Is421(string host)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/v1/status");
        request.Headers.Host = host;

        using HttpResponseMessage answer = await _http.SendAsync(request);

        Assert.Equal(HttpStatusCode.MisdirectedRequest, answer.StatusCode);
        Assert.DoesNotContain("clickstream", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task Request_OtherThanGet_Is405(string method)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), "/api/v1/status");

        using HttpResponseMessage answer = await _http.SendAsync(request);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal(["GET", "HEAD"], answer.Content.Headers.Allow);
    }

    [Fact]
    public async Task Head_Document_HasItsHeadersAndNoBody()
    {
        using HttpRequestMessage request = new(HttpMethod.Head, "/api/v1/columns");

        using HttpResponseMessage answer = await _http.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(answer.Content.Headers.ContentLength > 1000);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/js/main.js")]
    [InlineData("/api/v1/status")]
    [InlineData("/metrics")]
    [InlineData("/nothing")]
    public async Task Answer_Any_MayNotBeFramedSniffedOrReadByOthers(string path)
    {
        using HttpResponseMessage answer = await _http.GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        string policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.False(answer.Headers.Contains("Server"));
    }

    [Fact]
    public async Task Document_ETagSentBack_Is304()
    {
        using HttpResponseMessage first = await _http.GetAsync(new Uri("/app.css", UriKind.Relative));
        using HttpRequestMessage again = new(HttpMethod.Get, "/app.css");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);

        using HttpResponseMessage second = await _http.SendAsync(again);

        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/vendor/uPlot.iife.min.js")]
    [InlineData("/api/v1/openapi.json")]
    [InlineData("/metrics")]
    public async Task Document_ClientAcceptsGzip_IsSentInItAndIsTheSame(string path)
    {
        string whole = await _http.GetStringAsync(new Uri(path, UriKind.Relative));
        using HttpResponseMessage packed = await GetPackedAsync(path);

        Assert.Equal("gzip", Assert.Single(packed.Content.Headers.ContentEncoding));
        Assert.Equal("Accept-Encoding", Assert.Single(packed.Headers.Vary));
        Assert.True(packed.Content.Headers.ContentLength < whole.Length / 2);
        await using GZipStream unpacked = new(await packed.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        using StreamReader reader = new(unpacked);
        Assert.Equal(whole, await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task Stream_ClientAcceptsGzip_IsSentAsItIs()
    {
        using HttpResponseMessage stream = await GetPackedAsync("/api/v1/stream");

        Assert.Equal("text/event-stream", stream.Content.Headers.ContentType!.MediaType);
        Assert.Empty(stream.Content.Headers.ContentEncoding);
    }

    [Fact]
    public async Task Stream_MoreListenersThanAllowed_AreToldWhenToComeAgain()
    {
        Uri stream = new("/api/v1/stream", UriKind.Relative);
        using HttpResponseMessage first = await _http.GetAsync(stream, HttpCompletionOption.ResponseHeadersRead);

        using HttpResponseMessage second = await _http.GetAsync(stream);

        Assert.Equal("text/event-stream", first.Content.Headers.ContentType!.MediaType);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(10), second.Headers.RetryAfter!.Delta);
    }

    [Fact]
    public async Task Stream_UnknownFamily_Is404()
    {
        using HttpResponseMessage answer = await _http.GetAsync(new Uri("/api/v1/stream?window=2min", UriKind.Relative));

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Theory]
    [InlineData("/../../etc/passwd")]
    [InlineData("/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("/vendor/package.json")]
    [InlineData("/vendor/")]
    public async Task Page_PathOfNoFile_Is404(string path)
    {
        using HttpResponseMessage answer = await _http.GetAsync(new Uri(_server.Url, path));

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    private async Task<HttpResponseMessage> GetPackedAsync(string path)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"));
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}

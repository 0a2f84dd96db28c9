using System.IO.Compression;
using System.Text;
using Tidemark.Dashboard.Api;

namespace Tidemark.Dashboard.Tests.Api;

/// <summary>Goal: a client gets a form that it accepts, with an ETag of that form, and never another one.</summary>
public sealed class ContentCodingTests
{
    private static readonly byte[] Body = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 500).Select(i => $"{{\"clicks\":{i}}}")));
    private static readonly ApiResponse Document = ApiResponse.Of(ApiResponse.Json, Body, SecurityHeaders.Data);

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("identity", null)]
    [InlineData("deflate, zstd", null)]
    [InlineData("gzip", "gzip")]
    [InlineData("GZIP", "gzip")]
    [InlineData("gzip, deflate, br, zstd", "br")]
    [InlineData("gzip;q=1.0, br;q=0.5", "gzip")]
    [InlineData("gzip; q=0.2, br; q=0.5", "br")]
    [InlineData("br;q=0, gzip;q=0.001", "gzip")]
    [InlineData("*", "br")]
    [InlineData("*;q=0, gzip", "gzip")]
    [InlineData("br;q=0, *", "gzip")]
    [InlineData("br;q=, gzip;q=-1", null)]
    [InlineData("br;x=1, ;, ,;;q=1", null)]
    public void For_AcceptEncoding_TakesWhatTheClientPrefers(string? accepted, string? expected)
    {
        ApiResponse answer = Document.For(Request(accepted));

        Assert.Equal(expected, answer.Headers.GetValueOrDefault("Content-Encoding"));
        Assert.Equal(Body, Decoded(answer));
        Assert.Equal("Accept-Encoding", answer.Headers["Vary"]);
    }

    [Fact]
    public void For_EveryForm_HasAnETagOfItsOwn()
    {
        string[] etags = [.. new[] { null, "br", "gzip" }.Select(accepted => Document.For(Request(accepted)).Headers["ETag"])];

        Assert.Equal(3, etags.Distinct().Count());
        Assert.All(etags, etag => Assert.Matches("\\A\"[0-9a-z-]+\"\\z", etag));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("br")]
    [InlineData("gzip")]
    public void For_ETagOfTheSameForm_Is304WithIt(string? accepted)
    {
        string etag = Document.For(Request(accepted)).Headers["ETag"];

        ApiResponse again = Document.For(Request(accepted) with { IfNoneMatch = "\"other\", W/" + etag });

        Assert.Equal((304, 0), (again.Status, again.Body.Length));
        Assert.Equal(etag, again.Headers["ETag"]);
        Assert.Equal("Accept-Encoding", again.Headers["Vary"]);
        Assert.DoesNotContain(again.AllHeaders, header => header.Key is "Content-Length" or "Content-Type" or "Content-Encoding");
    }

    [Fact]
    public void For_ETagOfAnotherForm_IsSentAnew()
    {
        string etag = Document.For(Request("br")).Headers["ETag"];

        Assert.Equal(200, Document.For(Request("gzip") with { IfNoneMatch = etag }).Status);
    }

    [Fact]
    public void For_ShortBody_IsSentAsItIs()
    {
        ApiResponse answer = ApiResponse.Of(ApiResponse.Json, Body.AsMemory(0, ApiResponse.MinEncodedBytes - 1), SecurityHeaders.Data)
            .For(Request("br"));

        Assert.False(answer.Headers.ContainsKey("Content-Encoding"));
    }

    [Fact]
    public void For_Problem_IsSentAsItIs()
    {
        ApiResponse answer = ApiResponse.Problem(404, "Not found", new string('x', 5000)).For(Request("br"));

        Assert.Equal(404, answer.Status);
        Assert.False(answer.Headers.ContainsKey("Content-Encoding"));
    }

    [Fact]
    public void For_KeptBody_IsEncodedOnce()
    {
        ApiResponse kept = ApiResponse.OfKept(ApiResponse.Json, Body, SecurityHeaders.Data);

        Assert.True(kept.For(Request("br")).Body.Equals(kept.For(Request("br")).Body));
        Assert.Equal(Body, Decoded(kept.For(Request("gzip"))));
    }

    private static ApiRequest Request(string? accepted) => ApiRequest.Of("/", [], name => name == "Accept-Encoding" ? accepted : null);

    private static byte[] Decoded(ApiResponse answer)
    {
        using MemoryStream source = new(answer.Body.ToArray());
        using Stream decoder = answer.Headers.GetValueOrDefault("Content-Encoding") switch
        {
            "br" => new BrotliStream(source, CompressionMode.Decompress),
            "gzip" => new GZipStream(source, CompressionMode.Decompress),
            _ => source,
        };
        using MemoryStream decoded = new();
        decoder.CopyTo(decoded);
        return decoded.ToArray();
    }
}

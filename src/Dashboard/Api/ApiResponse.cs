using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Tidemark.Sinks;

namespace Tidemark.Dashboard.Api;

/// <summary>An answer that a host sends as it is.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="ContentType">The media type of the body; null when there is no body.</param>
/// <param name="Body">The body.</param>
public sealed record ApiResponse(int Status, string? ContentType, ReadOnlyMemory<byte> Body)
{
    /// <summary>The media type of JSON.</summary>
    public const string Json = "application/json; charset=utf-8";

    /// <summary>Bodies below this length are sent as they are: they fit in one packet either way.</summary>
    internal const int MinEncodedBytes = 1024;

    private const int NotModified = 304;
    private const string ProblemJson = "application/problem+json; charset=utf-8";

    /// <summary>Headers besides the media type, those for security included.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = SecurityHeaders.Data;

    /// <summary>All headers to send, the media type and the length of the body included.</summary>
    public IEnumerable<KeyValuePair<string, string>> AllHeaders
    {
        get
        {
            IEnumerable<KeyValuePair<string, string>> ofBody = Status == NotModified
                ? []
                :
                [
                    KeyValuePair.Create("Content-Type", ContentType ?? "application/octet-stream"),
                    KeyValuePair.Create("Content-Length", Body.Length.ToString(CultureInfo.InvariantCulture)),
                ];
            return Headers.Concat(ofBody);
        }
    }

    private EncodedBodies? Kept { get; init; }

    /// <summary>A JSON document with status 200, which carries the hash of its bytes as its ETag.</summary>
    /// <param name="write">Writes the document.</param>
    public static ApiResponse Of(Action<Utf8JsonWriter> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        ArrayBufferWriter<byte> body = new();
        using (Utf8JsonWriter json = ResultJson.WriterTo(body))
        {
            write(json);
        }

        return Of(Json, body.WrittenMemory, SecurityHeaders.Data);
    }

    /// <summary>A body with status 200, which carries the hash of its bytes as its ETag.</summary>
    public static ApiResponse Of(string contentType, ReadOnlyMemory<byte> body, IReadOnlyDictionary<string, string> headers) =>
        new(200, contentType, body)
        {
            // no-cache: kept, but asked for again each time, which costs no body while nothing has changed.
            Headers = new Dictionary<string, string>(headers)
            {
                ["ETag"] = EtagOf(body.Span), ["Cache-Control"] = "no-cache", ["Vary"] = "Accept-Encoding",
            },
        };

    /// <summary>The same for a body that is sent again and again: its encoded forms are kept.</summary>
    public static ApiResponse OfKept(string contentType, ReadOnlyMemory<byte> body, IReadOnlyDictionary<string, string> headers) =>
        Of(contentType, body, headers) with { Kept = new EncodedBodies() };

    /// <summary>What is wrong, as RFC 9457 has it (problem+json).</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="title">What is wrong in general.</param>
    /// <param name="detail">What was expected, what came, and what to do.</param>
    public static ApiResponse Problem(int status, string title, string detail)
    {
        ArrayBufferWriter<byte> body = new();
        using (Utf8JsonWriter json = ResultJson.WriterTo(body))
        {
            json.WriteStartObject();
            json.WriteString("type", "about:blank");
            json.WriteString("title", title);
            json.WriteNumber("status", status);
            json.WriteString("detail", detail);
            json.WriteEndObject();
        }

        return new ApiResponse(status, ProblemJson, body.WrittenMemory)
        {
            Headers = new Dictionary<string, string>(SecurityHeaders.Data) { ["Cache-Control"] = "no-store" },
        };
    }

    /// <summary>
    /// What is sent to a request: the body in a form that the client accepts, or status 304 without a body when the client has this very form.
    /// Each form has an ETag of its own, as caches require.
    /// </summary>
    internal ApiResponse For(ApiRequest request)
    {
        if (Status != 200 || !Headers.TryGetValue("ETag", out string? etag))
        {
            return this;
        }

        ContentCoding? coding = Body.Length < MinEncodedBytes ? null : ContentCoding.Choose(request.AcceptEncoding);
        etag = coding is null ? etag : $"{etag[..^1]}-{coding.Name}\"";
        bool isKnown = request.IfNoneMatch is { } known
            && known.Split(',', StringSplitOptions.TrimEntries).Any(one => one == etag || one == "*" || one == "W/" + etag);
        if (isKnown)
        {
            return this with { Status = NotModified, ContentType = null, Body = default, Headers = With(("ETag", etag)) };
        }

        return coding is null ? this : this with
        {
            Body = Kept is null ? coding.Encode(Body, CompressionLevel.Fastest) : Kept.Get(coding, Body),
            Headers = With(("ETag", etag), ("Content-Encoding", coding.Name)),
        };
    }

    private Dictionary<string, string> With(params ReadOnlySpan<(string Name, string Value)> more)
    {
        Dictionary<string, string> headers = new(Headers);
        foreach ((string name, string value) in more)
        {
            headers[name] = value;
        }

        return headers;
    }

    private static string EtagOf(ReadOnlySpan<byte> body)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        return $"\"{Convert.ToHexStringLower(hash[..12])}\"";
    }
}

using System.Buffers;
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

    private const string ProblemJson = "application/problem+json; charset=utf-8";

    /// <summary>Headers besides the media type, those for security included.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = SecurityHeaders.Data;

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
            Headers = new Dictionary<string, string>(headers) { ["ETag"] = EtagOf(body.Span), ["Cache-Control"] = "no-cache" },
        };

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

    /// <summary>The same without a body and with status 304, when the client has this very body.</summary>
    internal ApiResponse UnlessUnchanged(string? ifNoneMatch) =>
        Status == 200 && ifNoneMatch is not null && Headers.TryGetValue("ETag", out string? etag)
            && ifNoneMatch.Split(',', StringSplitOptions.TrimEntries).Any(known => known == etag || known == "*" || known == "W/" + etag)
            ? this with { Status = 304, ContentType = null, Body = default }
            : this;

    private static string EtagOf(ReadOnlySpan<byte> body)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        return $"\"{Convert.ToHexStringLower(hash[..12])}\"";
    }
}

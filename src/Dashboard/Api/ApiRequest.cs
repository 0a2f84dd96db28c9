namespace Tidemark.Dashboard.Api;

/// <summary>A request as both hosts see it. Hosts hand over what came; nothing in it is trusted.</summary>
/// <param name="Path">The decoded path, such as <c>/api/v1/status</c>.</param>
/// <param name="Query">The decoded parameters; of a repeated one the last value.</param>
public sealed record ApiRequest(string Path, IReadOnlyDictionary<string, string> Query)
{
    /// <summary>The header <c>If-None-Match</c>; null when there is none.</summary>
    public string? IfNoneMatch { get; init; }

    /// <summary>The header <c>Accept-Encoding</c>; null when there is none.</summary>
    public string? AcceptEncoding { get; init; }

    /// <summary>A request in the words of a host.</summary>
    /// <param name="path">The decoded path.</param>
    /// <param name="query">The decoded parameters; of a repeated one the last value.</param>
    /// <param name="header">The value of a header; null or empty when there is none.</param>
    public static ApiRequest Of(string path, IEnumerable<(string Name, string? Value)> query, Func<string, string?> header)
    {
        ArgumentNullException.ThrowIfNull(header);
        return new ApiRequest(path, query.ToDictionary(parameter => parameter.Name, parameter => parameter.Value ?? ""))
        {
            IfNoneMatch = header("If-None-Match") is { Length: > 0 } known ? known : null,
            AcceptEncoding = header("Accept-Encoding") is { Length: > 0 } accepted ? accepted : null,
        };
    }

    /// <summary>The value of a parameter; null when it is absent or empty.</summary>
    public string? Parameter(string name) => Query.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;
}

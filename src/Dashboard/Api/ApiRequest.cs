namespace Tidemark.Dashboard.Api;

/// <summary>A request as both hosts see it. Hosts hand over what came; nothing in it is trusted.</summary>
/// <param name="Path">The decoded path, such as <c>/api/v1/status</c>.</param>
/// <param name="Query">The decoded parameters; of a repeated one the last value.</param>
public sealed record ApiRequest(string Path, IReadOnlyDictionary<string, string> Query)
{
    /// <summary>The header <c>If-None-Match</c>; null when there is none.</summary>
    public string? IfNoneMatch { get; init; }

    /// <summary>The value of a parameter; null when it is absent or empty.</summary>
    public string? Parameter(string name) => Query.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;
}

using Azure;

namespace Tidemark.Sinks.Lake;

/// <summary>Where a lake lies in Azure Data Lake Storage.</summary>
/// <param name="FileSystem">The address of the container: <c>https://account.dfs.core.windows.net/container</c>.</param>
/// <param name="Container">The container's name.</param>
/// <param name="Path">The folder in the container, without a slash at either end; may be empty.</param>
public sealed record AdlsRoot(Uri FileSystem, string Container, string Path)
{
    /// <summary>Whether a text is meant as such a root, and not as a local directory.</summary>
    public static bool IsMeant(string root) => root.Contains("://", StringComparison.Ordinal);

    /// <summary>Reads <c>abfss://container@account.dfs.core.windows.net/path</c> or <c>https://account.dfs.core.windows.net/container/path</c>.</summary>
    /// <exception cref="SinkException">It is neither.</exception>
    public static AdlsRoot Parse(string root)
    {
        if (Uri.TryCreate(root, UriKind.Absolute, out Uri? uri) && uri is { Query: "", Fragment: "", Host.Length: > 0 })
        {
            string[] parts = Uri.UnescapeDataString(uri.AbsolutePath).Split('/', StringSplitOptions.RemoveEmptyEntries);
            bool hasUser = uri.UserInfo.Length > 0;
            if (uri.Scheme == "abfss" && hasUser && !uri.UserInfo.Contains(':', StringComparison.Ordinal))
            {
                return Of(uri, uri.UserInfo, parts);
            }

            if (uri.Scheme == "https" && !hasUser && parts.Length > 0)
            {
                return Of(uri, parts[0], parts[1..]);
            }
        }

        // The text itself may hold a key or a signature.
        throw new SinkException(
            "cannot use the root of the lake: expected abfss://container@account.dfs.core.windows.net/path or "
            + "https://account.dfs.core.windows.net/container/path, without a query");
    }

    /// <summary>A connection string cannot be read. Why is not told: that might quote it.</summary>
    internal static SinkException Unusable(AdlsRoot root) =>
        new($"cannot use the connection string of the lake {root}: it is not in the form in which Azure shows it");

    /// <summary>A request has failed for good. The SDK's own message is not passed on: it may show headers and addresses.</summary>
    internal static SinkException Failed(string verb, string file, Exception error) => new(
        $"cannot {verb} {file}: "
        + (error is RequestFailedException { Status: > 0 } answer ? $"Azure answered {answer.Status} {answer.ErrorCode}".TrimEnd() : $"no answer from Azure ({error.GetType().Name})"));

    /// <inheritdoc/>
    public override string ToString() => $"abfss://{Container}@{FileSystem.Authority}{(Path.Length == 0 ? "" : "/" + Path)}";

    private static AdlsRoot Of(Uri uri, string container, string[] path) =>
        new(new Uri($"https://{uri.Authority}/{Uri.EscapeDataString(container)}"), container, string.Join('/', path));
}

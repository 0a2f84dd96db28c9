using System.Text.RegularExpressions;

namespace Tidemark.Sinks.Lake;

/// <summary>The storage service of a lake.</summary>
public enum AzureService
{
    /// <summary>Data Lake Storage Gen2, for accounts with a hierarchical namespace.</summary>
    DataLake,

    /// <summary>Blob storage, of any account or of the emulator Azurite.</summary>
    Blob,
}

/// <summary>The location of a lake in a storage account.</summary>
/// <param name="Service">The service.</param>
/// <param name="ContainerAddress">The address of the container, such as <c>https://account.dfs.core.windows.net/container</c>.</param>
/// <param name="Container">The container's name.</param>
/// <param name="Path">The folder in the container, without leading or trailing slash; may be empty.</param>
public sealed partial record AzureRoot(AzureService Service, Uri ContainerAddress, string Container, string Path)
{
    /// <summary>The accepted forms of a root, for messages.</summary>
    public const string Expected =
        "abfss://container@account.dfs.core.windows.net/path, https://account.dfs.core.windows.net/container/path, "
        + "https://account.blob.core.windows.net/container/path or, for the emulator Azurite, "
        + "http://127.0.0.1:10000/devstoreaccount1/container/path, without a query";

    /// <summary>The account of every Azurite; its key is public.</summary>
    internal const string EmulatorAccount = "devstoreaccount1";

    /// <summary>Whether the root is in the emulator's account, whose container is created when it is missing.</summary>
    public bool IsEmulator => ContainerAddress.Scheme == Uri.UriSchemeHttp && ContainerAddress.Segments[1] == EmulatorAccount + "/";

    /// <summary>
    /// Whether a text is meant as a root in Azure (or is a connection string given by mistake) rather than as a local directory.
    /// </summary>
    public static bool IsMeant(string root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return root.Contains("://", StringComparison.Ordinal) || ConnectionStringForm().IsMatch(root);
    }

    /// <summary>Parses a root in one of the forms of <see cref="Expected"/>.</summary>
    /// <exception cref="SinkException">
    /// The root has another form. The message does not contain it, since it may hold a key or a signature.
    /// </exception>
    public static AzureRoot Parse(string root)
    {
        ArgumentNullException.ThrowIfNull(root);
        bool isAddress = Uri.TryCreate(root, UriKind.Absolute, out Uri? uri) && uri is { Query: "", Fragment: "", Host.Length: > 0 };
        AzureRoot? parsed = isAddress ? Of(uri!) : null;
        if (parsed is null)
        {
            string hint = ConnectionStringForm().IsMatch(root) ? "; a connection string is a setting of its own" : "";
            throw new SinkException($"cannot use the root of the lake: expected {Expected}{hint}");
        }

        return ContainerForm().IsMatch(parsed.Container)
            ? parsed
            : throw new SinkException(
                "cannot use the root of the lake: expected a container's name of 3 to 63 lower-case letters, digits and single hyphens, "
                + "which begins and ends with a letter or digit");
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        string path = Path.Length == 0 ? "" : "/" + Path;
        return Service == AzureService.DataLake
            ? $"abfss://{Container}@{ContainerAddress.Authority}{path}"
            : $"{ContainerAddress.GetLeftPart(UriPartial.Path)}{path}";
    }

    private static AzureRoot? Of(Uri uri)
    {
        string[] parts = Uri.UnescapeDataString(uri.AbsolutePath).Split('/', StringSplitOptions.RemoveEmptyEntries);
        string authority = $"{(uri.Scheme == Uri.UriSchemeHttp ? uri.Scheme : Uri.UriSchemeHttps)}://{uri.Authority}";
        if (uri.Scheme == "abfss")
        {
            bool isContainer = uri.UserInfo.Length > 0 && !uri.UserInfo.Contains(':', StringComparison.Ordinal);
            return isContainer ? Of(AzureService.DataLake, authority, uri.UserInfo, parts) : null;
        }

        bool isPlain = uri.Scheme == Uri.UriSchemeHttp;
        if (uri.UserInfo.Length > 0 || parts.Length == 0 || (!isPlain && uri.Scheme != Uri.UriSchemeHttps))
        {
            return null;
        }

        // Without a domain of its own, an account is the first part of the path. Plain HTTP is not encrypted, so it is allowed only on this
        // machine or for the emulator's account, whose key is public.
        bool isEmulator = isPlain && parts[0] == EmulatorAccount;
        if (isEmulator || uri.IsLoopback || uri.HostNameType != UriHostNameType.Dns)
        {
            bool isAllowed = !isPlain || isEmulator || uri.IsLoopback;
            return isAllowed && parts.Length > 1 ? Of(AzureService.Blob, $"{authority}/{parts[0]}", parts[1], parts[2..]) : null;
        }

        AzureService? service = HasLabel(uri, "blob") ? AzureService.Blob : HasLabel(uri, "dfs") ? AzureService.DataLake : null;
        return isPlain || service is null ? null : Of(service.Value, authority, parts[0], parts[1..]);
    }

    private static AzureRoot Of(AzureService service, string endpoint, string container, string[] path) =>
        new(service, new Uri($"{endpoint}/{Uri.EscapeDataString(container)}"), container, string.Join('/', path));

    private static bool HasLabel(Uri uri, string label) => uri.Host.Split('.').Skip(1).Contains(label);

    [GeneratedRegex(@"^(?=.{3,63}\z)[a-z0-9]+(-[a-z0-9]+)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex ContainerForm();

    [GeneratedRegex("(AccountKey|SharedAccessSignature|UseDevelopmentStorage)=", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex ConnectionStringForm();
}
